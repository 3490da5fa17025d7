"""The gateway's HTTP surface, under /ocpp: simulated chargers on demand."""

from typing import Final

from fastapi import APIRouter, Depends, Request

from voltyard.api.gateway import catalog, chargers, commands, locations, queued
from voltyard.lab.lab import Lab

PREFIX: Final = "/ocpp"


def gateway_router(lab: Lab) -> APIRouter:
    """Every operation of the gateway, on this lab."""

    async def hand_over(request: Request) -> None:
        request.state.lab = lab

    router = APIRouter(prefix=PREFIX, dependencies=[Depends(hand_over)])
    for part in (catalog, chargers, locations, queued, commands):
        router.include_router(part.router)
    return router
