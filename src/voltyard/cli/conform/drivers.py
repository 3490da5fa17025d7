"""Drivers by the names that `--driver` takes."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds

if TYPE_CHECKING:
    from voltyard.conformance.attendants.attendant import Attendant
    from voltyard.conformance.charger.tls_door import DoorCertificates
    from voltyard.conformance.mapped_requests import HttpMapping
    from voltyard.conformance.operators.operator import Operator
    from voltyard.conformance.subject import Subject

PROMPT: Final = "prompt"
_RUN_DIGITS: Final = 6
_OF_A_CSMS: Final = ("http:FILE", "python:MODULE:CLASS", PROMPT, "none")
_OF_A_CHARGER: Final = ("own", "voltyard", "http:FILE", "python:MODULE:CLASS", PROMPT)


class DriverWish(Struct, frozen=True, kw_only=True):
    """A driver by its name, and what it is given."""

    name: str
    subject: Subject
    jobs: int
    paused: Callable[[], AbstractContextManager[None]]
    """Keeps what is drawn on the terminal from it, while a person is asked."""
    run: str
    """Short and new for each run: identities that the run makes begin with it."""
    environment: Mapping[str, str] = os.environ
    time_out_s: Seconds = limits.CONFORMANCE_PATIENCE_S


def new_run() -> str:
    """A name for a run."""
    return f"VY-{ids.hexadecimal()[:_RUN_DIGITS]}"


def operator_of(wish: DriverWish) -> Operator:
    """The driver of a CSMS. Invalid where there is none of that name."""
    from voltyard.conformance.operators.http import HttpOperator, known_operations
    from voltyard.conformance.operators.operator import NoOperator
    from voltyard.conformance.operators.prompt import PromptOperator
    from voltyard.conformance.operators.ready_drivers import READY, ready_mapping

    kind, _, value = wish.name.partition(":")
    if wish.name == "none":
        return NoOperator()
    if wish.name == PROMPT:
        return PromptOperator(_person(wish))
    if kind == "python" and value:
        written: Operator = _from_python(value)
        return written
    if wish.name in READY:
        mapping = ready_mapping(wish.name)
    elif kind == "http" and value:
        mapping = _mapping(Path(value))
        _check(value, lambda: mapping.check("operations", known_operations()))
    else:
        raise _unknown(wish.name, (*READY, *_OF_A_CSMS))
    return HttpOperator(mapping, wish.environment, time_out_s=wish.time_out_s)


def attendant_of(wish: DriverWish, certificates: DoorCertificates | None = None) -> Attendant:
    """The driver of a charger. Invalid where there is none of that name."""
    from voltyard.conformance.attendants.http import HttpAttendant, known_acts
    from voltyard.conformance.attendants.own import OwnChargers
    from voltyard.conformance.attendants.prompt import PromptAttendant
    from voltyard.network.links.picows_links import PicowsDialler
    from voltyard.network.transfers.transfers import NetworkTransfers

    kind, _, value = wish.name.partition(":")
    if wish.name == "own":
        return OwnChargers(
            PicowsDialler(),
            time.time,
            transfers=NetworkTransfers(),
            jobs=wish.jobs,
            certificates=certificates,
        )
    if wish.name in ("voltyard", "gateway"):
        return _gateway(wish)
    if wish.name == PROMPT:
        return PromptAttendant(_person(wish), wish.subject)
    if kind == "python" and value:
        found: Attendant = _from_python(value)
        return found
    if kind == "http" and value:
        mapping = _mapping(Path(value))
        _check(value, lambda: mapping.check("acts", known_acts()))
        return HttpAttendant(
            mapping,
            wish.environment,
            wish.subject,
            time_out_s=wish.time_out_s,
            jobs=wish.jobs,
            run=wish.run,
        )
    raise _unknown(wish.name, _OF_A_CHARGER)


def _gateway(wish: DriverWish) -> Attendant:
    import httpx

    from voltyard.cli.client.address import server_address
    from voltyard.conformance.attendants.gateway import GatewayChargers

    server = server_address(None)
    client = httpx.AsyncClient(
        base_url=server.url,
        headers={"Authorization": f"Bearer {server.key}"},
        timeout=wish.time_out_s,
    )
    return GatewayChargers(
        client, wish.subject, time_out_s=wish.time_out_s, jobs=wish.jobs, run=wish.run
    )


def _person(wish: DriverWish) -> Any:
    from voltyard.cli.conform.person import TerminalPerson

    person = TerminalPerson()
    person.paused = wish.paused
    return person


def _mapping(path: Path) -> HttpMapping:
    from voltyard.cli.conform.yaml_files import read_yaml
    from voltyard.conformance.mapped_requests import HttpMapping

    return read_yaml(path, HttpMapping)


def _check(file: str, check: Callable[[], None]) -> None:
    try:
        check()
    except Invalid as error:
        raise Invalid(f"{file}: {error.message}", hint=error.advice) from None


def _unknown(name: str, known: Iterable[str]) -> Invalid:
    names = list(known)
    kinds = {one.partition(":")[0]: one for one in names}
    near = get_close_matches(name.partition(":")[0], kinds, n=1)
    guess = f"did you mean {kinds[near[0]]}? " if near else ""
    return Invalid(f"--driver {name!r} is not known", hint=f"{guess}there are {', '.join(names)}")


def _from_python(value: str) -> Any:
    module, _, name = value.partition(":")
    try:
        return getattr(importlib.import_module(module), name or "Driver")()
    except (ImportError, AttributeError, TypeError) as error:
        raise Invalid(
            f"--driver python:{value}: {error}", hint="python:package.module:Class"
        ) from None
