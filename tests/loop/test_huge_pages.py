"""The heap of a process that holds much is gathered in huge pages."""

import mmap
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from voltyard.loop import huge_pages
from voltyard.loop.huge_pages import HUGE_BYTES, Region

SMAPS = """\
55d0c0000000-55d0c0a00000 rw-p 00000000 00:00 0                          [heap]
Size:              10240 kB
Rss:                9000 kB
AnonHugePages:      2048 kB
VmFlags: rd wr mr mw me ac sd
7f12f4000000-7f12f4021000 rw-p 00000000 00:00 0
Size:                132 kB
Rss:                  88 kB
AnonHugePages:         0 kB
7f12f6d00000-7f12f7100000 r-xp 00000000 fe:00 1061                       /usr/lib/libpython3.11.so
Size:               4096 kB
Rss:                4096 kB
AnonHugePages:         0 kB
7ffd2a5e1000-7ffd2a602000 rw-p 00000000 00:00 0                          [stack]
Rss:                 132 kB
AnonHugePages:         0 kB
"""

HEAP = """
import sys
from voltyard.loop import huge_pages
objects = [str(number) * 20 for number in range(400_000)]
before = sum(one.huge for one in huge_pages.regions(open("/proc/self/smaps").read()))
gathered = huge_pages.gather()
after = sum(one.huge for one in huge_pages.regions(open("/proc/self/smaps").read()))
assert objects == [str(number) * 20 for number in range(400_000)]
print(gathered, after > before)
"""


def can_gather() -> bool:
    """True where this system gathers pages when it is asked to."""
    if not huge_pages._is_wanted():
        return False
    with closing(mmap.mmap(-1, 4 * HUGE_BYTES, flags=mmap.MAP_PRIVATE)) as memory:
        memory.write(b"x" * len(memory))
        try:
            memory.madvise(huge_pages._MADV_COLLAPSE)
        except OSError:
            return False
    return True


def test_the_regions_are_those_of_no_file_and_no_stack() -> None:
    assert list(huge_pages.regions(SMAPS)) == [
        Region(0x55D0C0000000, 0x55D0C0A00000, 9000 * 1024, HUGE_BYTES),
        Region(0x7F12F4000000, 0x7F12F4021000, 88 * 1024, 0),
    ]


def test_a_huge_page_fits_where_its_address_is_a_multiple_of_its_length() -> None:
    start = 8 * HUGE_BYTES

    assert list(Region(start, start + 2 * HUGE_BYTES, 0, 0).huge_places) == [
        start,
        start + HUGE_BYTES,
    ]
    assert list(Region(start + 1, start + 2 * HUGE_BYTES, 0, 0).huge_places) == [start + HUGE_BYTES]
    assert not Region(start + 1, start + 2 * HUGE_BYTES - 1, 0, 0).huge_places


def test_what_is_hardly_used_or_huge_already_is_left_alone() -> None:
    length = 8 * HUGE_BYTES

    assert huge_pages._is_worth_while(Region(0, length, length, 0))
    assert not huge_pages._is_worth_while(Region(0, length, length // 2, 0))
    assert not huge_pages._is_worth_while(Region(0, length, length, length))


@pytest.mark.skipif(not can_gather(), reason="this system gathers no pages")
def test_the_heap_is_gathered_and_holds_what_it_held() -> None:
    done = subprocess.run([sys.executable, "-c", HEAP], capture_output=True, text=True, check=False)

    gathered, _, has_grown = done.stdout.strip().partition(" ")
    assert (int(gathered) > 0, has_grown, done.stderr) == (True, "True", "")


def test_it_is_looked_at_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Event()
    monkeypatch.setattr(huge_pages, "_is_wanted", lambda: True)
    monkeypatch.setattr(huge_pages, "gather", looked.set)

    ended = huge_pages.follow(0.001)

    assert looked.wait(60)
    ended.set()
    for thread in threading.enumerate():
        if thread.name == "huge-pages":
            thread.join(60)
    assert "huge-pages" not in {thread.name for thread in threading.enumerate()}


def test_where_they_are_switched_off_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    enabled = tmp_path_factory.mktemp("sys") / "enabled"
    monkeypatch.setattr(huge_pages, "_ENABLED", enabled)
    assert not huge_pages._is_wanted()
    enabled.write_text("always madvise [never]\n")
    assert not huge_pages._is_wanted()
    enabled.write_text("always [madvise] never\n")
    assert huge_pages._is_wanted()
