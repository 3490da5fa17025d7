"""Needs of a run, looked for on the machine before anything is measured.

Only the standard library is imported here: it may be the packages that are missing.
"""

import resource
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

PACKAGES = (
    *("fastapi", "httpx", "msgspec", "ocpp", "picows", "playwright", "psycopg", "structlog"),
    *("uvicorn", "uvloop", "voltyard", "websockets"),
)
"""Ours, the peer's, and what is measured beside them."""

LINKS = {
    "backend": 1.0,
    "charger": 1.0,
    "command": 1.0,
    "fleet": 5.0,
    "gateway": 1.0,
    "network": 10.0,
    "start": 1.0,
}
"""Number of links that one process of a figure has for each of --chargers."""

LINKS_AT_LEAST = {"limit": 19_000}
"""The same, where --chargers does not matter."""

_OTHER_FILES = 128
_LEAST_CHARGERS = 10
_FREE_BYTES = 1_000_000_000
_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True)
class Machine:
    """Means of this machine, as far as they can be told at once."""

    open_files: float
    """As many as a process may have."""
    ports: int
    """From which as many links can be dialled to one address."""
    free_bytes: int
    folder: str
    """The folder that data is written to while measuring."""
    tells_memory: bool
    has_loopback: bool

    @classmethod
    def this(cls) -> "Machine":
        """The one this runs on."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        folder = tempfile.gettempdir()
        ports = 1 << 16
        if _PORT_RANGE.exists():
            first, last = map(int, _PORT_RANGE.read_text().split())
            ports = last - first + 1
        return cls(
            open_files=float("inf") if hard == resource.RLIM_INFINITY else hard,
            ports=ports,
            free_bytes=shutil.disk_usage(folder).free,
            folder=folder,
            tells_memory=_STATM.exists(),
            has_loopback=_can_listen(),
        )


def missing_packages(find: Callable[[str], object | None] = find_spec) -> list[str]:
    """The packages that are not there, each with the way to get it."""
    absent = [name for name in PACKAGES if find(name) is None]
    if not absent:
        return []
    return [
        f"not installed: {', '.join(absent)}. `make bench` installs them, and so does "
        f"`{sys.executable} -m pip install -r requirements/dev.lock -e .`"
    ]


def missing(
    names: Sequence[str],
    known: Collection[str],
    numbers: Mapping[str, float],
    machine: Machine,
) -> list[str]:
    """Obstacles to these figures, with the way out of each. `numbers` are the options by name:
    chargers, peer_chargers, virtual_chargers, seconds."""
    found = [_unknown(name, known) for name in names if name not in known]
    for name, number in numbers.items():
        least = _LEAST_CHARGERS if name.endswith("chargers") else 0.1
        if number < least:
            found.append(f"--{name.replace('_', '-')} {number:g} is too few: {least:g} or more")
    links = max((_links(name, numbers["chargers"]) for name in names), default=0)
    if links + _OTHER_FILES > machine.open_files:
        found.append(
            f"{links + _OTHER_FILES:,} open files a process are needed, and {machine.open_files:,} "
            f"are allowed: raise the hard limit (ulimit -Hn) or measure fewer --chargers"
        )
    if links > machine.ports:
        found.append(
            f"{links:,} links need as many local ports, and there are {machine.ports:,}: widen "
            f"{_PORT_RANGE}, or measure fewer --chargers"
        )
    if machine.free_bytes < _FREE_BYTES:
        found.append(
            f"{_FREE_BYTES / 1e9:g} GB are needed in {machine.folder}, and "
            f"{machine.free_bytes / 1e9:.1f} GB are free: make room, or set TMPDIR"
        )
    if not machine.tells_memory:
        found.append(f"memory is read from {_STATM}, which Linux has: run it there")
    if not machine.has_loopback:
        found.append("127.0.0.1 cannot be listened on: every figure goes over loopback")
    return found


def _unknown(name: str, known: Collection[str]) -> str:
    meant = get_close_matches(name, known, n=1)
    guess = f"; did you mean {meant[0]}?" if meant else ""
    return f"there is no figure {name}{guess} (one of: {', '.join(known)})"


def _links(name: str, chargers: float) -> int:
    return LINKS_AT_LEAST.get(name, round(LINKS.get(name, 0.0) * chargers))


def _can_listen() -> bool:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return True
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    """Ports of loopback that are free just now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()
