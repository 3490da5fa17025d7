"""`voltyard trace`: recorded frames as one HTML file with a time line."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import tzinfo
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final
from zoneinfo import ZoneInfo

import typer

from voltyard.cli.client.terminal import UrlOption
from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant, from_rfc3339

if TYPE_CHECKING:
    from voltyard.traces.formats.log_entries import LogContext
    from voltyard.traces.formats.reading import TraceLog
    from voltyard.traces.trace import Trace

_STANDARD_INPUT: Final = "-"


def trace(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|ID...",
            help="Logs, or chargers of the running server by id or identity; - reads a log.",
            show_default=False,
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path(
        "trace.html"
    ),
    charger: Annotated[
        list[str] | None,
        typer.Option(
            help="Charger of a log to show alone; repeat it for more.", show_default=False
        ),
    ] = None,
    since: Annotated[str | None, typer.Option(help="Start of the time shown (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="End of the time shown (RFC 3339).")] = None,
    zone: Annotated[
        str, typer.Option(help="Time zone of logs that name none (SteVe, evcc).")
    ] = "UTC",
    title: Annotated[str | None, typer.Option(help="Its title. [the sources' names]")] = None,
    url: UrlOption = None,
    is_json: JsonOption = False,
) -> None:
    """Write recorded frames as one HTML file: a time line of what happened.

    The file opens in any browser, offline. Frames, connectors, transactions, power, limits and
    events of one charger or many stand side by side; each moment can be picked, and what breaks a
    rule of OCPP is shown with that rule. Sources are exports of the yard and of the backend, logs
    of `voltyard simulate`, Open OCPP Trace 1.1 (shiv3), and logs of SteVe and evcc; or chargers of
    a running server.

    For example: voltyard trace CP-1 -o trace.html
    """
    from voltyard.traces.formats.log_entries import LogContext
    from voltyard.traces.html import built_viewer, write_html
    from voltyard.traces.trace import trace_of

    viewer = built_viewer()
    context = LogContext(
        charger="",
        zone=_zone(zone),
        since=_moment(since, "--since", 0.0),
        until=_moment(until, "--until", inf),
        chargers=frozenset(charger or ()),
    )
    told = trace_of(list(_logs(sources, context, url)), title or ", ".join(map(_name, sources)))
    html = write_html(told, viewer)
    try:
        output.write_text(html, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Invalid(f"cannot write {output}: {error.strerror}") from error
    if is_json:
        print_document({"file": str(output), **_counts(told), "size_bytes": len(html.encode())})
    else:
        print(f"{output}: {_summary(told)}, {len(html) // 1_000:,} kB")


def _logs(sources: list[str], context: "LogContext", url: str | None) -> "Iterator[TraceLog]":
    """The logs, one after another; the server is asked where a source is no file."""
    from msgspec.structs import replace

    from voltyard.cli.client.address import server_address
    from voltyard.cli.client.api_client import ApiClient
    from voltyard.cli.tracing.server_log import read_server_log
    from voltyard.traces.formats.reading import read_trace_log

    with ExitStack() as stack:
        api: ApiClient | None = None
        for source in sources:
            if source == _STANDARD_INPUT:
                named = replace(context, charger="charger")
                yield read_trace_log(sys.stdin.buffer, "standard input", named)
            elif Path(source).is_file():
                with _opened(source) as stream:
                    named = replace(context, charger=Path(source).stem)
                    yield read_trace_log(stream, Path(source).name, named)
            elif _means_file(source):
                raise Invalid(f"there is no file {source}")
            else:
                if api is None:
                    api = stack.enter_context(ApiClient(server_address(url)))
                yield read_server_log(api, source, context)


def _means_file(source: str) -> bool:
    return os.sep in source or Path(source).suffix in (".json", ".jsonl", ".log", ".ndjson", ".txt")


def _name(source: str) -> str:
    return "standard input" if source == _STANDARD_INPUT else Path(source).name


def _opened(source: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise Invalid(f"cannot read {source}: {error.strerror}") from error


def _moment(text: str | None, option: str, default: Instant) -> Instant:
    if text is None:
        return default
    try:
        return from_rfc3339(text)
    except ValueError as error:
        raise Invalid(
            f"{option} cannot be read: {error}", hint="such as 2026-01-05T00:00:00Z"
        ) from None


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid(f"there is no time zone {name!r}", hint="such as Europe/Berlin") from None


def _counts(told: "Trace") -> dict[str, int]:
    return {
        "frames": len(told.frames),
        "chargers": len(told.chargers),
        "violations": sum(len(frame.violations) for frame in told.frames),
    }


def _summary(told: "Trace") -> str:
    return ", ".join(
        f"{number:,} {words.removesuffix('s') if number == 1 else words}"
        for words, number in _counts(told).items()
    )
