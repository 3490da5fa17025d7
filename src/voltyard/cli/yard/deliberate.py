"""Deliberate faults of a charger, or of all chargers of a location: where they are asked for, and
how the answer is printed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from voltyard.cli.client.answers import CommandFailed
from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import location_id
from voltyard.cli.client.terminal import Terminal
from voltyard.cli.display.tables import Column

Fault: TypeAlias = Literal["quirks", "network"]

_COLUMNS: Final = (
    Column("identity"),
    Column("quirks", lambda row: [one["name"] for one in row["quirks"]]),
    Column("network"),
    Column("error"),
)


def is_location(target: str) -> bool:
    """True where it stands for all chargers of a location."""
    return target.startswith("@")


def path_of(terminal: Terminal, target: str, fault: Fault) -> str:
    """The path of a target's faults of that kind."""
    if is_location(target):
        return path_to("/ocpp/locations", location_id(terminal.api, target[1:]), fault)
    return path_to("/ocpp/chargers", target, fault)


def print_faults(terminal: Terminal, target: str, answer: Any, sentence: str) -> None:
    """Print what came of a change: a sentence of a charger, a row each of a location's.
    CommandFailed where one of those could not be changed."""
    if not is_location(target):
        terminal.done(answer or {"charger_id": target}, f"{target}: {sentence}")
        return
    rows: Sequence[Mapping[str, Any]] = answer["chargers"]
    if terminal.is_json:
        terminal.document(answer)
    else:
        terminal.rows(rows, _COLUMNS)
    bad = [one for one in rows if one["error"]]
    if bad:
        raise CommandFailed(f"{len(bad):,} of {len(rows):,} could not be changed")
