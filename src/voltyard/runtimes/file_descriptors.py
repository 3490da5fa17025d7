"""Limit of open file descriptors, of which every link takes one."""

import resource
from math import ceil

from voltyard.kernel.errors import Overfull

RESERVED = 128
"""Descriptors left to everything that is not a charger's link: files, databases, REST."""

_UNLIMITED = 1_000_000

_SHARE = 8
"""One of so many descriptors is for each of these."""

WORKERS_HINT = (
    "raise the hard limit of open files (ulimit -Hn), or let more workers host them: "
    "voltyard up --provider process --workers {workers}"
)
"""Advice where a process has no room for more chargers."""


def raise_limit() -> int:
    """Raise this process's limit of open descriptors as far as it may go; returns the new one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _UNLIMITED if hard == resource.RLIM_INFINITY else hard
    if soft not in (wanted, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def share() -> int:
    """The connections to REST, and those to a charger socket that have said nothing yet, that leave
    the other descriptors to chargers."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, (_UNLIMITED if soft == resource.RLIM_INFINITY else soft) // _SHARE)


def capacity(limit: int, descriptors_per_charger: int = 1) -> int:
    """The number of chargers that fit under a limit of descriptors."""
    return max(0, limit - RESERVED) // descriptors_per_charger


def require(chargers: int, room: int) -> None:
    """Overfull, saying what to do, where so many chargers do not fit."""
    if chargers > room:
        raise Overfull(
            f"{chargers} chargers need more open files than this process may have: {room} fit",
            hint=WORKERS_HINT.format(workers=ceil(chargers / room) if room else 1)
            + ", or start several fleets, each with its own --prefix",
            chargers=chargers,
            room=room,
        )
