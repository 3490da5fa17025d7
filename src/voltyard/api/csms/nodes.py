"""Nodes of the backend: the processes that have the chargers."""

from typing import Any, Final

from pydantic import Field

from voltyard import __version__
from voltyard.api.auth import Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import BackendAnswer, example
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router

router = api_router(prefix=BACKEND_PREFIX + "/nodes", tags=["summary"], responses=error_responses())

_EXAMPLE: Final[dict[str, Any]] = {
    "nodes": [
        {"name": None, "version": "0.1.0", "chargers": 340, "answers": True},
        {"name": "hall-1", "version": "0.1.0", "chargers": 4120, "answers": True},
        {"name": "hall-2", "version": "0.1.0", "chargers": 4087, "answers": False},
    ]
}


class BackendNode(BackendAnswer):
    """A process that has chargers."""

    name: str | None
    """Null: the server itself."""
    version: str
    """Of the program."""
    chargers: int
    """The organization's chargers that are this process's: whichever dialled it last."""
    answers: bool
    """False where it has not answered lately; if that lasts, its chargers become the server's."""


class BackendNodes(BackendAnswer):
    """The server and its nodes, by their names."""

    model_config = example(**_EXAMPLE)

    nodes: list[BackendNode] = Field(min_length=1)


@router.get("", summary="The server and its nodes")
async def get_nodes(here: BackendDep, principal: Reader) -> BackendNodes:
    """The processes of the backend, and how many of the organization's chargers each has. The
    server is the first, and without nodes the only one."""
    organization_id, backend = principal.organization_id, here.backend
    server = BackendNode(
        name=None,
        version=__version__,
        chargers=len(backend.chargers(organization_id)),
        answers=True,
    )
    nodes = [
        BackendNode(
            name=node.name,
            version=node.version,
            chargers=backend.elsewhere.count(organization_id, node.name),
            answers=node.answers,
        )
        for node in here.nodes()
    ]
    return BackendNodes(nodes=[server, *nodes])
