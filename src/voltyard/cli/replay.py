"""`voltyard replay`: a recorded log, said again by the charger's side."""

import asyncio
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.cli.display.progress import Progress
from voltyard.kernel import pace
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds

if TYPE_CHECKING:
    from voltyard.replay.machine import Difference, Replay
    from voltyard.replay.recording import Recording

_SAYS = {
    "answer": "answered otherwise",
    "silence": "was not answered",
    "unexpected": "was asked, and is not in the log",
    "missing": "was not asked",
    "closed": "the link ended",
}
_LOOK_S: Seconds = 0.25
_SHOWN_CHARS = 200


def replay(
    log: Annotated[Path, typer.Argument(help="NDJSON, as the gateway or the backend exports it.")],
    url: Annotated[
        str, typer.Option(help="The CSMS: ws://host:port/path; the identity is appended.")
    ],
    identity: Annotated[str, typer.Option(help="Identity to replay it under.")] = "REPLAY",
    rate: Annotated[float, typer.Option(help="Recorded seconds per real second.")] = 1.0,
    version: Annotated[str | None, typer.Option(help="1.6 or 2.0.1. [as the log tells]")] = None,
    password: Annotated[
        str | None, typer.Option(help="For basic authentication; the user is the identity.")
    ] = None,
    commands: Annotated[
        bool,
        typer.Option("--commands", help="The CSMS is to send the recorded commands by itself."),
    ] = False,
    is_json: JsonOption = False,
) -> None:
    """Play a recorded charger again, and compare the answers.

    Calls go out in their order and with their pauses, under new message ids, with the transaction
    ids that the CSMS gives now; what the CSMS asks is answered as it was then. Commands that it
    does not send again are listed: an operator may have asked for them. The exit code is 0 where
    everything else went as recorded, 1 where something differed.

    For example: voltyard replay frames.ndjson --url ws://localhost:9000/ocpp --rate 60
    """
    from voltyard.loop.run import run
    from voltyard.network.links.address import read_url
    from voltyard.ports.links import DialFailed
    from voltyard.replay.recording import VERSIONS

    recording = _recording(log)
    pace.check(rate)
    if version is not None and version not in VERSIONS:
        raise Invalid(f"--version {version!r} is neither 1.6 nor 2.0.1")
    try:
        read_url(url)
    except DialFailed as error:
        raise Invalid(f"--url: {error.message}", hint="such as ws://127.0.0.1:9000/ocpp") from None
    came = run(_replay(recording, url, identity, rate, version, password, commands))
    (_print_document if is_json else _tell)(came, len(recording.calls))
    sys.exit(1 if came.differences else 0)


async def _replay(
    recording: "Recording",
    url: str,
    identity: str,
    rate: float,
    version: str | None,
    password: str | None,
    commands: bool,
) -> "Replay":
    from voltyard.network.links.picows_links import PicowsDialler
    from voltyard.replay.runner import replay as play

    origin = time.time() - time.monotonic()
    with Progress("replay") as progress:
        return await play(
            recording,
            PicowsDialler(),
            lambda: origin + time.monotonic(),
            url=url,
            identity=identity,
            version=version,
            password=password,
            rate=rate,
            expects_commands=commands,
            watched=partial(_watched, progress, len(recording.calls)),
        )


async def _watched(progress: Progress, calls: int, came: "Replay") -> None:
    """Tell how far it is, until cancelled."""
    began = time.monotonic()
    while True:
        note = f"{came.sent:,} of {calls:,} calls"
        progress.at(time.monotonic() - began, came.lasts_s, note)
        await asyncio.sleep(_LOOK_S)


def _print_document(came: "Replay", calls: int) -> None:
    from msgspec import to_builtins

    print_document(
        {
            "calls": calls,
            "sent": came.sent,
            "answered": came.answered,
            "asked": came.asked,
            "differences": to_builtins(came.differences),
            "not_asked": to_builtins(came.not_asked),
        }
    )


def _tell(came: "Replay", calls: int) -> None:
    for difference in came.differences:
        print(_line(difference))
    for command in came.not_asked:
        print(f"{command.action} #{command.number}: not asked for; an operator's command?")
    left = f"{len(came.not_asked)} not asked for, " if came.not_asked else ""
    print(
        f"{came.sent} of {calls} calls sent, {came.answered} answered, {came.asked} asked by the "
        f"CSMS; {left}{len(came.differences)} differences"
    )


def _line(difference: "Difference") -> str:
    import msgspec

    number = f" #{difference.number}" if difference.number else ""
    line = f"{difference.action}{number}: {_SAYS[difference.what]}"
    if difference.what == "closed":
        return f"{line}: {difference.given}"
    for name, value in (("recorded", difference.recorded), ("given", difference.given)):
        if value is not None:
            line += f"\n  {name}: {msgspec.json.encode(value).decode()[:_SHOWN_CHARS]}"
    return line


def _recording(log: Path) -> "Recording":
    from voltyard.replay.recording import read_log

    try:
        with log.open(encoding="utf-8") as lines:
            return read_log(lines)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise Invalid(f"cannot read {log}: {why}") from error
