"""What the gateway's routes work with, and the parts of a query many of them share."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Query, Request

from voltyard.lab.lab import Lab
from voltyard.lab.repositories import Page


async def _lab(request: Request) -> Lab:
    found: Lab = request.app.state.lab
    return found


Here: TypeAlias = Annotated[Lab, Depends(_lab)]
"""A dependency: the lab of this app."""


async def _page(
    page: Annotated[int, Query(ge=1, le=1_000_000, description="From 1.")] = 1,
    limit: Annotated[int, Query(ge=1, le=100, description="Entries of a page.")] = 50,
) -> Page:
    return Page(number=page, size=limit)


Part: TypeAlias = Annotated[Page, Depends(_page)]
"""A dependency: page and limit of the query."""
