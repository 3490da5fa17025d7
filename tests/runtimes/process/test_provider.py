"""What the process provider does beyond the contract: workers that are cut off, come back, are
full, leave, or were another gateway's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.runtimes.bench import HeardListener, runtime
from voltyard.kernel.errors import Unavailable
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.ports.links import Admitted, Barred, DialFailed, Handshake, Link, LinkUser
from voltyard.ports.runtimes import CommandCompleted
from voltyard.runtimes.control.worker import Worker
from voltyard.runtimes.process.attached_workers import AttachedWorkers
from voltyard.runtimes.process.provider import ProcessProvider

TOKEN = "a-token-of-the-control-link"


def clock() -> float:
    return 1_767_571_200.0 + asyncio.get_running_loop().time()


class Tapped:
    """A LinkUser between a link and who uses it, which lets the link be cut."""

    def __init__(self, user: LinkUser) -> None:
        self._user = user
        self.link: Link | None = None

    def opened(self, link: Link) -> None:
        self.link = link
        self._user.opened(link)

    def received(self, text: str) -> None:
        self._user.received(text)

    def closed(self, code: int, reason: str) -> None:
        self._user.closed(code, reason)


class Place:
    """A gateway's door in memory, and the workers that dial it."""

    def __init__(self) -> None:
        self.network = MemoryNetwork()
        self.door = MemoryDoor(self.network)
        self.provider: ProcessProvider
        self.is_cut = False
        self.cut_off: frozenset[str] = frozenset()
        """Those whose cable alone is cut."""
        self._taps: list[Tapped] = []
        self._working: dict[str, tuple[asyncio.Event, asyncio.Task[bool]]] = {}

    def gate(self, handshake: Handshake) -> Admitted | Barred:
        if self.is_cut or handshake.path.rpartition("/")[2] in self.cut_off:
            return Barred(503, "the cable is cut")
        verdict = self.provider.gate(handshake)
        if isinstance(verdict, Barred):
            return verdict
        tap = Tapped(verdict.user)
        self._taps.append(tap)
        return Admitted(tap, verdict.subprotocol, verdict.ping_interval_s)

    def cut(self) -> None:
        self.is_cut = True
        for tap in self._taps:
            if tap.link is not None:
                tap.link.abort()
        self._taps.clear()

    def worker(self, name: str, capacity: int = 9) -> Worker:
        dialler = MemoryDialler(self.network)
        worker = Worker(
            name, "ws://gateway:80", TOKEN, dialler, clock, capacity=capacity, away_s=60
        )
        stopping = asyncio.Event()
        self._working[name] = stopping, asyncio.create_task(worker.run(stopping))
        return worker

    async def stop(self, name: str) -> bool:
        stopping, working = self._working.pop(name)
        stopping.set()
        return await working

    async def close(self) -> None:
        for name in list(self._working):
            await self.stop(name)
        await self.provider.close()
        await self.door.close()


@asynccontextmanager
async def place(listener: HeardListener) -> AsyncIterator[Place]:
    here = Place()
    here.provider = ProcessProvider(listener, TOKEN)
    await here.door.open("gateway", 80, here.gate)
    yield here
    await here.close()


@pytest.fixture
def listener() -> HeardListener:
    return HeardListener()


@pytest.fixture
async def here(listener: HeardListener) -> AsyncIterator[Place]:
    async with place(listener) as opened:
        yield opened


async def status(provider: ProcessProvider, deployment_id: str = "dep-1") -> str:
    state = await provider.state(deployment_id)
    assert state is not None
    return str(state["connectors"][0]["status"])


async def plug(provider: ProcessProvider) -> None:
    asked = provider.command("dep-1", "plug", {"evse_id": 1, "connector_id": 1})
    assert isinstance(await asyncio.wait_for(asked, 120), CommandCompleted)


async def test_what_is_asked_while_the_link_is_cut_is_done_when_it_is_mended(here: Place) -> None:
    here.worker("one")
    await here.provider.start(runtime())

    here.cut()
    asked = here.provider.command("dep-1", "plug", {"evse_id": 1, "connector_id": 1})
    await asyncio.sleep(0)
    assert not asked.done()
    here.is_cut = False

    assert isinstance(await asyncio.wait_for(asked, 120), CommandCompleted)
    assert await status(here.provider) == "Preparing"


async def test_another_gateway_takes_a_worker_over_with_what_it_runs(
    here: Place, listener: HeardListener
) -> None:
    # given a charger with a vehicle, whose gateway ends without a word
    worker = here.worker("one")
    await here.provider.start(runtime())
    await plug(here.provider)
    here.cut()

    # when another gateway is told to start it, with nothing of its memory
    here.provider = ProcessProvider(listener, TOKEN)
    here.is_cut = False
    await here.provider.workers.attached("one", 5)
    await here.provider.start(runtime())

    # then it has gone on all the while
    assert worker.provider.running() == ["dep-1"]
    assert await status(here.provider) == "Preparing"


async def test_a_charger_whose_worker_is_another_process_now_has_been_interrupted(
    here: Place, listener: HeardListener
) -> None:
    here.worker("one")
    await here.provider.start(runtime())
    here.cut()
    here.is_cut = False
    await here.provider.workers.attached("one", 5)
    await status(here.provider)
    assert listener.interruptions == []  # its link alone was cut

    second = here.worker("one")

    async with asyncio.timeout(120):
        while second.provider.running() != ["dep-1"]:
            await here.provider.workers.changed(0.05)
    assert listener.interruptions == [("dep-1", "its worker one ended")]


async def test_nothing_is_started_before_those_who_may_run_it_are_back(
    here: Place, listener: HeardListener, tmp_path: Path
) -> None:
    # given a worker that runs a charger, and was attached when its gateway ended
    here.worker("one")
    attendance = AttachedWorkers(tmp_path / "attached.json")
    attendance.came("one")
    await here.provider.start(runtime())
    here.cut()
    another = AttachedWorkers(tmp_path / "attached.json")
    here.provider = ProcessProvider(listener, TOKEN, attendance=another)
    here.provider.open("ws://gateway:80")

    # when the next gateway is told to start it, and another worker is the first to come
    starting = asyncio.create_task(here.provider.start(runtime()))
    here.cut_off = frozenset({"one"})
    here.is_cut = False
    two = here.worker("two")
    await here.provider.workers.attached("two", 5)
    assert not starting.done()
    here.cut_off = frozenset()
    await asyncio.wait_for(starting, 120)

    # then it runs where it did
    assert here.provider.workers.where("dep-1") == "one"
    assert two.provider.running() == []


async def test_the_emptiest_worker_with_room_is_taken_and_a_full_house_says_so(
    here: Place,
) -> None:
    for name in ("one", "two"):
        here.worker(name, capacity=1)
        await here.provider.workers.attached(name, 5)

    await here.provider.start(runtime("dep-1", identity="CP-1"))
    await here.provider.start(runtime("dep-2", identity="CP-2"))

    workers = here.provider.workers
    assert {workers.where("dep-1"), workers.where("dep-2")} == {"one", "two"}
    with pytest.raises(Unavailable, match="every worker is full: 2 chargers on 2 workers"):
        await here.provider.start(runtime("dep-3", identity="CP-3"))

    await here.provider.stop("dep-1")
    await here.provider.start(runtime("dep-3", identity="CP-3"))
    assert await status(here.provider, "dep-3") == "Available"


async def test_a_worker_that_leaves_hands_its_chargers_on_with_their_memory(
    here: Place, listener: HeardListener
) -> None:
    here.worker("one")
    await here.provider.start(runtime())
    configured = here.provider.command(
        "dep-1", "configure", {"settings": {"HeartbeatInterval": "77"}}
    )
    await asyncio.wait_for(configured, 120)
    here.worker("two")
    await here.provider.workers.attached("two", 5)

    assert await here.stop("one") is True

    async with asyncio.timeout(120):
        while here.provider.workers.where("dep-1") != "two":
            await here.provider.workers.changed(5)
    settings = await here.provider.settings("dep-1")
    assert settings is not None
    assert settings["HeartbeatInterval"]["value"] == "77"
    assert listener.interruptions == [("dep-1", "its worker is gone")]


async def test_a_worker_without_the_token_is_told_so_and_ends(here: Place) -> None:
    worker = Worker(
        "one",
        "ws://gateway:80",
        "another-token-of-another-link",
        MemoryDialler(here.network),
        clock,
        capacity=9,
        away_s=60,
    )

    with pytest.raises(DialFailed, match="the control token is wrong or missing"):
        await worker.run(asyncio.Event())


def test_who_was_attached_is_known_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "attached.json"
    attendance = AttachedWorkers(path)
    for name in ("one", "two", "three"):
        attendance.came(name)
    attendance.left("two")

    assert AttachedWorkers(path).names() == {"one", "three"}

    attendance.clear()
    assert AttachedWorkers(path).names() == frozenset()


@pytest.mark.parametrize("text", ["", "no json", "7", "[1, null]"])
def test_a_file_of_attendance_that_says_nothing_is_no_hindrance(tmp_path: Path, text: str) -> None:
    (tmp_path / "attached.json").write_text(text)

    assert AttachedWorkers(tmp_path / "attached.json").names() == frozenset()
