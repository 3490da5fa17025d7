"""The context of the gateway's routes, and their paging."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Query, Request

from voltyard.yard.repositories import PageRequest
from voltyard.yard.yard import Yard


async def _yard(request: Request) -> Yard:
    found: Yard = request.app.state.yard
    return found


YardDep: TypeAlias = Annotated[Yard, Depends(_yard)]
"""A dependency: the yard of this app."""


async def _page(
    page: Annotated[int, Query(ge=1, le=1_000_000, description="From 1.")] = 1,
    limit: Annotated[int, Query(ge=1, le=100, description="Entries of a page.")] = 50,
) -> PageRequest:
    return PageRequest(number=page, size=limit)


PageDep: TypeAlias = Annotated[PageRequest, Depends(_page)]
"""A dependency: page and limit of the query."""
