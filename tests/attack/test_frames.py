"""Wrong frames by the million, at the backend and at a simulated charger: neither crashes, neither
grows, and both still answer.

Each plays what goes into twenty seconds; VOLTYARD_WRONG_FRAMES=10000000 has each play so many.
"""

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.wrong_frames import WrongFrames
from tests.charger.bench import Bench
from tests.csms.bench import Yard
from tests.fakes.journals import MemoryJournal
from voltyard.ocpp.versions import V16, V201, Version
from voltyard.ocpp.violations import ValidationMode

pytestmark = pytest.mark.timeout(7_200)

_FRAMES = int(os.environ.get("VOLTYARD_WRONG_FRAMES", "0"))
_BUDGET_S = 20.0
_AT_A_TIME = 50
_SETTLED = 50_000
"""After so many frames, all that is bounded has been filled once."""
_GROWTH_BYTES = 30_000_000


class Charger(Bench):
    """A simulated charger whose CSMS takes its own wrong values back: a request id, for one."""

    reads = ValidationMode.LENIENT


def rounds() -> Iterator[None]:
    """Each time that more frames are to be played; afterwards, memory must not have grown."""
    started, played, settled_bytes = time.monotonic(), 0, 0
    while played < _FRAMES or (not _FRAMES and time.monotonic() - started < _BUDGET_S):
        yield
        played += _AT_A_TIME
        if played == _SETTLED:
            settled_bytes = _memory_bytes()
    growth_bytes = _memory_bytes() - settled_bytes if settled_bytes else 0
    spent_s = time.monotonic() - started
    print(
        f"{played} frames, {spent_s / played * 1e6:.0f} us each, {growth_bytes / 1e6:.1f} MB more"
    )
    assert growth_bytes < _GROWTH_BYTES, played


@pytest.mark.parametrize("version", [V16, V201], ids=lambda version: version.name)
async def test_the_backend_takes_wrong_frames_of_a_charger(version: Version) -> None:
    yard = Yard(MemoryJournal(log_limit=1_000))
    subprotocol = f"ocpp{version.name}"
    other = await yard.booted("CP2", subprotocol)
    peer = await yard.booted("CP1", subprotocol, validation="lenient")
    frames = WrongFrames(version, seed=11)

    for _ in rounds():
        for _ in range(_AT_A_TIME):
            peer.text(frames.next())
        await yard.journal.flush()
        await yard.settle()
        yard.events.clear()
        peer.wire.sent.clear()
        if peer.wire.closed is not None:
            await peer.gone()
            peer = yard.connect("CP1", subprotocol)
            await peer.boot()

    assert yard.complaints == []
    assert len(await other.say("Heartbeat", {})) == 1


@pytest.mark.parametrize("version", [V16, V201], ids=lambda version: version.name)
def test_a_simulated_charger_takes_wrong_frames_of_its_csms(version: Version) -> None:
    charger = Charger(version.name)
    frames = WrongFrames(version, seed=12)

    for _ in rounds():
        for _ in range(_AT_A_TIME):
            if charger.linked:
                charger.receive(frames.next())
        charger.wait(60)
        charger.forget()
        charger.replies.clear()
        charger.dials.clear()
        charger.hang_ups.clear()
        while charger.transfers:
            charger.transferred(failure=None)

    charger.wait(3_600)
    assert charger.linked
    assert charger.call("NoSuchAction")[0]


def _memory_bytes() -> int:
    """Resident memory, as it is now: its peak may be an earlier test's."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
