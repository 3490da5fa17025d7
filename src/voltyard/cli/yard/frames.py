"""`voltyard frames`: the OCPP frames of a simulated charger."""

import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

import typer

from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import Charger
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column, print_line
from voltyard.kernel.time import Seconds

_LOOK_EACH_S: Final[Seconds] = 0.5
_AT_ONCE: Final = 1_000
"""The most frames of one answer."""

_WAYS: Final = {"out": "cp_to_csms", "in": "csms_to_cp"}
_COLUMNS: Final = (
    Column("timestamp"),
    Column("", lambda row: "→" if row["direction"] == _WAYS["out"] else "←"),
    Column("action"),
    Column("ms", "latency_ms"),
    Column("verdict", lambda row: "" if row["verdict"] == "valid" else row["verdict"]),
    Column("message"),
)


def add_frames(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    asking(app, "frames", rich_help_panel=panel)(_frames)


def _frames(
    terminal: Terminal,
    charger: Charger,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as they flow.")] = False,
    action: Annotated[str | None, typer.Option(help="Only this action, e.g. MeterValues.")] = None,
    direction: Annotated[
        Literal["in", "out"] | None, typer.Option(help="To the charger, or from it.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_AT_ONCE, help="How many of the past.")] = 20,
) -> None:
    """Show the OCPP frames of a charger, the newest last.

    For example: voltyard frames CP-1 --follow --action MeterValues
    """
    query = {"event": action, "direction": _WAYS.get(direction or "")}
    path = path_to("/ocpp/chargers", charger, "logs")
    past = terminal.api.get(path, limit=limit, **query)["data"][::-1]
    if not follow:
        terminal.rows(past, _COLUMNS)
        return
    for frame in past:
        _tell(terminal, frame)
    for frame in _new(terminal, path, query, past):
        _tell(terminal, frame)


def _new(
    terminal: Terminal, path: str, query: Mapping[str, Any], past: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Frames after those, for ever. Asked for from the last one's moment on, which several may
    have."""
    since = past[-1]["timestamp"] if past else None
    seen = [_key(one) for one in past if one["timestamp"] == since]
    while True:
        time.sleep(_LOOK_EACH_S)
        answer = terminal.api.get(path, limit=_AT_ONCE, start_date=since, **query)
        found = answer["data"][::-1]
        if answer["total"] > _AT_ONCE:
            terminal.note(f"{answer['total'] - _AT_ONCE:,} frames are left out")
        for frame in found:
            if _key(frame) not in seen:
                yield frame
        if found:
            since = found[-1]["timestamp"]
            seen = [_key(one) for one in found if one["timestamp"] == since]


def _key(frame: Mapping[str, Any]) -> tuple[str, ...]:
    return (frame["timestamp"], frame["direction"], frame["message"])


def _tell(terminal: Terminal, frame: Mapping[str, Any]) -> None:
    if terminal.is_json:
        terminal.line(frame)
    else:
        print_line(_COLUMNS, frame)
