"""`python -m bench`: measure, and print a table in Markdown."""

import argparse
import asyncio
import os
import platform
import resource
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import needs

if lacking := needs.missing_packages():  # without them nothing below can be imported
    sys.exit("\n".join(lacking))

from bench import figures as of_links
from bench import fleet, floods, network, overload, yard
from bench.beside import nodes
from bench.browser import page
from bench.conformity.whole_runs import conformance
from bench.figures import Figure, Options, as_json
from bench.plugin.fixtures import fixtures
from bench.samples import following
from tests import postgres

FIGURES = {
    "charger": of_links.charger_cpu,
    "fleet": fleet.fleet,
    "backend": of_links.backend_cpu,
    "start": of_links.start_up,
    "command": of_links.command_latency,
    "network": network.network,
    "floods": floods.floods,
    "overload": overload.overload,
    "nodes": nodes.nodes,
    "gateway": yard.gateway,
    "samples": following.samples,
    "page": page.page,
    "virtual": of_links.virtual_time,
    "cold": of_links.first_answer,
    "fixtures": fixtures,
    "conformance": conformance,
    "limit": fleet.limit,
}
_ON_DEMAND = ("limit",)
"""Figures that are measured only where they are named."""

_PACKAGES = ("picows", "uvloop", "msgspec", "ocpp", "websockets", "fastapi", "uvicorn")


def main() -> None:
    arguments = _arguments()
    names = arguments.only or _usual()
    _look(names, arguments)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard) if soft < hard else (soft, hard))
    options = Options(
        chargers=arguments.chargers,
        peer_chargers=min(arguments.peer_chargers, arguments.chargers),
        seconds=arguments.seconds,
        virtual_chargers=arguments.virtual_chargers,
    )
    figures, failures = asyncio.run(_measure(names, options))
    print(as_json(figures) if arguments.json else _report(figures))
    for failure in failures:
        print(f"\nNot measured: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


def _usual() -> list[str]:
    return [name for name in FIGURES if name not in _ON_DEMAND]


def _look(names: Sequence[str], arguments: argparse.Namespace) -> None:
    """Look for what is needed before anything is measured; the end where something is missing."""
    numbers = {
        name: getattr(arguments, name)
        for name in ("chargers", "peer_chargers", "virtual_chargers", "seconds")
    }
    lacking = needs.missing(names, FIGURES, numbers, needs.Machine.this())
    if lacking:
        sys.exit("\n".join(["Nothing was measured:", *(f"- {one}" for one in lacking)]))
    if "gateway" in names and (why := postgres.why_missing()):
        without = f"No figure of the gateway on PostgreSQL: {why.strip()}"
        print(f"{without}\nSet {postgres.VARIABLE} to the URL of a server.", file=sys.stderr)


async def _measure(names: Sequence[str], options: Options) -> tuple[list[Figure], list[str]]:
    figures: list[Figure] = []
    failures: list[str] = []
    for name in names:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        try:
            figures += await FIGURES[name](options)
        except Exception as error:  # the others are still worth having
            failures.append(f"{name}: {error}")
    return figures, failures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--chargers", type=int, default=1_000, help="how many of ours (1000)")
    parser.add_argument("--peer-chargers", type=int, default=200, help="of the peer's (200)")
    parser.add_argument("--virtual-chargers", type=int, default=1_000, help="simulated (1000)")
    parser.add_argument("--seconds", type=float, default=5.0, help="a stretch of measuring (5)")
    parser.add_argument("--json", action="store_true", help="JSON in place of the table")
    parser.add_argument("only", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}")
    return parser.parse_args()


def _report(figures: Sequence[Figure]) -> str:
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d} with `{_command()}` on {_machine()}.",
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
        + ".",
        "The peer is a charger or a CSMS built on `ocpp` and `websockets`, on the same event loop,",
        "measured in the same run. Server and load are separate processes over loopback; CPU is",
        "that of the measured process alone, user and system.",
        "",
        "| what | Voltyard | peer | peer / Voltyard | budget |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    notes: list[str] = []
    for figure in figures:
        mark = ""
        if figure.note:
            notes.append(figure.note)
            mark = f" ({len(notes)})"
        lines.append(
            f"| {figure.what}{mark} | {_number(figure.ours)} {figure.unit} | {_peer(figure)} "
            f"| {_ratio(figure)} | {figure.budget} |"
        )
    lines.append("")
    lines += [f"{number}. {note}" for number, note in enumerate(notes, 1)]
    return "\n".join(lines)


def _peer(figure: Figure) -> str:
    return "-" if figure.peer is None else f"{_number(figure.peer)} {figure.unit}"


def _ratio(figure: Figure) -> str:
    return "-" if figure.peer is None else f"{figure.peer / figure.ours:.1f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _command() -> str:
    return shlex.join(["python", "-m", "bench", *sys.argv[1:]])


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        if names:
            cpu = names[0].partition(":")[2].strip()
    release = platform.release().partition("-")[0]
    return f"{os.cpu_count()} cores of {cpu}, {platform.system()} {release}"


if __name__ == "__main__":
    main()
