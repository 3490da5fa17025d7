"""Huge pages for the heap of a process that holds much.

What belongs to one charger lies scattered over the heap, and with a thousand chargers nearly each
step meets pages of 4 KB whose addresses the processor has to look up anew. Linux can gather 512 of
them into one: a tenth of a charger's CPU is saved so. It is asked to, from a thread, as the heap
grows; on other systems, and where transparent huge pages are switched off, nothing happens.
"""

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Final, NamedTuple

from voltyard.kernel.time import Seconds

HUGE_BYTES: Final = 2 * 1024 * 1024
LOOK_S: Final[Seconds] = 5.0
"""Pause between two looks at the heap."""

_GROWTH_BYTES: Final = 4 * HUGE_BYTES
"""Growth since the last time for which it is worth while."""

_FILLED: Final = 0.75
"""Share of a region that is in use where it is gathered: the rest of it takes memory then."""

_MADV_COLLAPSE: Final = 25
"""Linux 6.1 and later, include/uapi/asm-generic/mman-common.h; an older one refuses it."""

_SMAPS = Path("/proc/self/smaps")
_STATM = Path("/proc/self/statm")
_ENABLED = Path("/sys/kernel/mm/transparent_hugepage/enabled")


class Region(NamedTuple):
    """A stretch of memory of this process that belongs to no file, in bytes."""

    start: int
    end: int
    used: int
    huge: int
    """The part of it that is in huge pages."""

    @property
    def huge_places(self) -> range:
        """The addresses at which a huge page fits."""
        first = -(-self.start // HUGE_BYTES) * HUGE_BYTES
        return range(first, self.end - HUGE_BYTES + 1, HUGE_BYTES)


def follow(look_s: Seconds = LOOK_S) -> Event:
    """Gather the heap from here on, as it grows, until the event is set or the process ends."""
    ended = Event()
    if _is_wanted():
        Thread(target=_follow, args=(ended, look_s), name="huge-pages", daemon=True).start()
    return ended


def gather() -> int:
    """Gather what lies in small pages now; the number of huge pages that came of it."""
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return sum(
        madvise(place, HUGE_BYTES, _MADV_COLLAPSE) == 0
        for region in regions(_SMAPS.read_text())
        if _is_worth_while(region)
        for place in region.huge_places
    )


def regions(smaps: str) -> Iterator[Region]:
    """The regions that hold the process's own data, of a text such as /proc/self/smaps has."""
    start = end = used = 0
    is_ours = False
    for line in smaps.splitlines():
        name, *values = line.split()
        if not name.endswith(":"):
            # address, rights, offset, device, inode, and whose it is
            start, end = (int(part, 16) for part in name.split("-"))
            is_ours = values[0] == "rw-p" and values[4:] in ([], ["[heap]"])
        elif is_ours and name == "Rss:":
            used = int(values[0]) * 1024
        elif is_ours and name == "AnonHugePages:":
            yield Region(start, end, used, int(values[0]) * 1024)


def _is_worth_while(region: Region) -> bool:
    places = len(region.huge_places)
    is_filled = region.used >= _FILLED * (region.end - region.start)
    return is_filled and region.huge < places * HUGE_BYTES


def _is_wanted() -> bool:
    """True where transparent huge pages are not switched off: to be gathered when asked, they need
    not be used everywhere."""
    try:
        return "[never]" not in _ENABLED.read_text()
    except OSError:
        return False


def _follow(ended: Event, look_s: Seconds) -> None:
    page_bytes, gathered_at = os.sysconf("SC_PAGE_SIZE"), 0
    while not ended.wait(look_s):
        used = int(_STATM.read_text().split()[1]) * page_bytes
        if used - gathered_at >= _GROWTH_BYTES:
            gathered_at = used
            gather()
