"""Waiting for the results of commands that were queued."""

import time
from collections.abc import Mapping
from typing import Any, Final

from voltyard.cli.client.answers import CommandFailed
from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.terminal import Terminal
from voltyard.cli.display.printable import fields
from voltyard.cli.display.progress import Progress
from voltyard.cli.display.tables import Column
from voltyard.kernel.text.printable_text import printable
from voltyard.kernel.time import Seconds

_FIRST_LOOK_S: Final[Seconds] = 0.02
_LOOK_EACH_S: Final[Seconds] = 0.5
_WIDER: Final = 1.5

_WAITING: Final = ("queued", "delivered")
_RESULTS: Final = (
    Column("identity"),
    Column("status"),
    Column("result", lambda row: result_of(row)),
)


def wait_for_command(terminal: Terminal, verb: str, command_id: str, time_out_s: Seconds) -> None:
    """Print what came of a command. CommandFailed where the charger refused it, or has not answered
    in time."""
    give_up_at, pause_s = time.monotonic() + time_out_s, _FIRST_LOOK_S
    with Progress(verb) as progress:
        while True:
            command = terminal.api.get(path_to("/ocpp/commands", command_id))
            if command["finished_at"] is not None:
                break
            left_s = give_up_at - time.monotonic()
            if left_s <= 0:
                raise CommandFailed(
                    f"{command['identity']}: {verb} is still {command['status']}",
                    hint=f"wait longer with --time-out; its id is {command_id}",
                )
            progress.at(0, 0, f"{command['identity']}, {command['status']}")
            time.sleep(min(pause_s, left_s))
            pause_s = min(pause_s * _WIDER, _LOOK_EACH_S)
    if command["status"] == "completed":
        told = result_of(command)
        said = f"{command['identity']}: {verb} done"
        terminal.done(command, f"{said}: {told}" if told else said)
        return
    if terminal.is_json:
        terminal.document(command)
    raise CommandFailed(
        f"{printable(command['identity'])}: {verb} {command['status']}: {result_of(command)}"
    )


def wait_for_batch(
    terminal: Terminal, verb: str, posted: dict[str, Any], time_out_s: Seconds
) -> None:
    """Print what came of a location's commands. CommandFailed where one of them was refused, or is
    still waiting."""
    batch, total = posted["batch_id"], posted["queued_count"]
    give_up_at, pause_s = time.monotonic() + time_out_s, _FIRST_LOOK_S
    with Progress(verb) as progress:
        while total:
            waiting = sum(
                terminal.api.get("/ocpp/commands", batch_id=batch, status=one, limit=1)["total"]
                for one in _WAITING
            )
            left_s = give_up_at - time.monotonic()
            if not waiting or left_s <= 0:
                break
            progress.at(total - waiting, total)
            time.sleep(min(pause_s, left_s))
            pause_s = min(pause_s * _WIDER, _LOOK_EACH_S)
    found = terminal.api.listed("/ocpp/commands", max(total, 1), batch_id=batch) if total else []
    untaken = [{"status": "failed", **one} for one in posted["failed"]]
    rows = [*sorted(found, key=lambda one: str(one["identity"])), *untaken]
    terminal.rows(rows, _RESULTS)
    bad = [one for one in rows if one["status"] != "completed"]
    if bad:
        raise CommandFailed(f"{verb}: {len(bad):,} of {len(rows):,} did not succeed")


def result_of(command: Mapping[str, Any]) -> str:
    """The result of a command in one line, or the reason why there is none."""
    error = command.get("error")
    if isinstance(error, dict):
        hint = (error.get("details") or {}).get("hint")
        message = printable(str(error.get("message", "")))
        return f"{message} ({printable(str(hint))})" if hint else message
    if error:
        return printable(str(error))
    told = [(name, value) for name, value in fields(command.get("result") or {}) if value]
    return ", ".join(f"{name} {value}" for name, value in told)
