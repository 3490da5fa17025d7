"""Names of what a server has: to complete what is typed, and to guess what was meant."""

import contextlib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeAlias

import typer

from voltyard.cli.client.address import server_address
from voltyard.cli.client.answers import ServerRefusal
from voltyard.cli.client.api_client import PAGE_ROWS, ApiClient
from voltyard.kernel.errors import Invalid, VoltyardError
from voltyard.kernel.text.printable_text import printable
from voltyard.kernel.time import Seconds

_NAMED_ROWS: Final = 1_000
"""The most names that are asked for: a guess need not know all of a large fleet."""

_FEW_NAMES: Final = 5
"""So many are told where none is near."""

_COMPLETION_S: Final[Seconds] = 1.0

_Names: TypeAlias = Callable[[ApiClient, int], list[str]]


def charger_names(api: ApiClient, limit: int = _NAMED_ROWS) -> list[str]:
    """Identities of the yard's chargers."""
    return [str(one["identity"]) for one in api.listed("/ocpp/chargers", limit)]


def charge_box_ids(api: ApiClient, limit: int = _NAMED_ROWS) -> list[str]:
    """Identities of the backend's chargers."""
    return [str(one["chargeBoxId"]) for one in api.listed("/api/v1/chargers", limit)]


def location_names(api: ApiClient, limit: int = _NAMED_ROWS) -> list[str]:
    """Names of the yard's locations."""
    return [str(one["name"]) for one in api.listed("/ocpp/locations", limit)]


def template_names(api: ApiClient, limit: int = _NAMED_ROWS) -> list[str]:
    """Slugs of the presets for locations."""
    return [str(one["slug"]) for one in api.listed("/ocpp/templates/locations", limit)]


def id_tags(api: ApiClient, limit: int = _NAMED_ROWS) -> list[str]:
    """The backend's id tags."""
    return [str(one["idTag"]) for one in api.listed("/api/v1/id-tags", limit)]


def targets(api: ApiClient, limit: int = _NAMED_ROWS) -> list[str]:
    """Targets of a verb: chargers, and locations after an @."""
    sites = [f"@{name}" for name in location_names(api, limit)]
    return charger_names(api, limit) + sites


def completed(names: _Names) -> Callable[[typer.Context, str], list[str]]:
    """A completion of typer's; a server that is not there, or is slow, completes nothing."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        with contextlib.suppress(Exception):  # whatever it is, a prompt is no place to tell it
            address = server_address(ctx.params.get("url"))
            with ApiClient(address, time_out_s=_COMPLETION_S) as api:
                found = names(api, PAGE_ROWS)
            return [one for one in found if one.startswith(incomplete) and printable(one) == one]
        return []

    return complete


Charger: TypeAlias = Annotated[
    str, typer.Argument(help="Identity or id.", autocompletion=completed(charger_names))
]
ChargeBox: TypeAlias = Annotated[
    str, typer.Argument(help="Identity.", autocompletion=completed(charge_box_ids))
]
Location: TypeAlias = Annotated[
    str, typer.Argument(help="Name, slug or id.", autocompletion=completed(location_names))
]
Target: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="A charger's identity or id; @SITE is all chargers of a location.",
        autocompletion=completed(targets),
    ),
]
Limit: TypeAlias = Annotated[int, typer.Option("--limit", min=1, help="Largest number of rows.")]

_BY_PARAMETER: Final[Mapping[str, _Names]] = {
    "charger": charger_names,
    "target": charger_names,
    "charge_box": charge_box_ids,
    "location": location_names,
    "template": template_names,
    "id_tag": id_tags,
}


def with_nearest(api: ApiClient, error: ServerRefusal, given: Mapping[str, Any]) -> VoltyardError:
    """The error, with the names nearest to one that the server does not know."""
    if error.status != HTTPStatus.NOT_FOUND:
        return error
    for parameter, names in _BY_PARAMETER.items():
        name = given.get(parameter)
        if not isinstance(name, str) or name not in error.message:
            continue
        with contextlib.suppress(VoltyardError):
            error.advice = nearest(name, names(api, _NAMED_ROWS)) or error.advice
    return error


def nearest(name: str, known: list[str]) -> str:
    """A guess at the name that was meant, or all names where there are few; else empty."""
    by_lower = {one.lower(): one for one in known}
    near = [by_lower[one] for one in get_close_matches(name.lower(), by_lower, n=3)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there is {', '.join(known)}" if 0 < len(known) <= _FEW_NAMES else ""


def location_id(api: ApiClient, location: str) -> str:
    """A location's id, by its id, slug or name. ServerRefusal where there is none, Invalid where
    several have the name."""
    found = [
        one
        for one in api.listed("/ocpp/locations", _NAMED_ROWS)
        if location in (one["id"], one["slug"], one["name"])
    ]
    if len(found) > 1:
        slugs = ", ".join(str(one["slug"]) for one in found)
        raise Invalid(f"several locations are called {location!r}", hint=f"say which: {slugs}")
    if not found:
        raise ServerRefusal(404, "/ocpp/locations", f"there is no location {location!r}")
    return str(found[0]["id"])
