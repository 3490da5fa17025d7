"""What the process provider does beyond the contract: workers that are cut off, come back, are
full, leave, or were another gateway's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.runtimes.bench import HeardListener, HeardTimes, runtime
from tests.runtimes.process.bench import NAME, Place, plug, status
from voltyard.bus.memory import MemoryBus
from voltyard.kernel.errors import Conflict, Invalid, Unavailable
from voltyard.ports.bus import Handler, Subscription
from voltyard.ports.runtimes import CommandCompleted, CommandRefused
from voltyard.runtimes.control import messages
from voltyard.runtimes.process.attached_workers import AttachedWorkers
from voltyard.runtimes.process.provider import ProcessProvider


@asynccontextmanager
async def place(listener: HeardListener) -> AsyncIterator[Place]:
    here = Place(listener)
    await here.provider.open()
    yield here
    await here.close()


@pytest.fixture
def listener() -> HeardListener:
    return HeardListener()


@pytest.fixture
async def here(listener: HeardListener) -> AsyncIterator[Place]:
    async with place(listener) as opened:
        yield opened


async def test_what_is_asked_while_the_link_is_cut_is_done_when_it_is_mended(here: Place) -> None:
    here.worker("one")
    await here.provider.start(runtime())

    here.cut()
    asked = here.provider.command("dep-1", "plug", {"evse_id": 1, "connector_id": 1})
    await asyncio.sleep(0)
    assert not asked.done()
    here.mend()

    assert isinstance(await asyncio.wait_for(asked, 120), CommandCompleted)
    assert await status(here.provider) == "Preparing"


async def test_a_worker_whose_bus_is_gone_before_its_first_word_comes_when_it_is_back(
    here: Place,
) -> None:
    here.worker("one")
    here.cut("one")
    await asyncio.sleep(0)  # it begins
    here.mend("one")

    await here.provider.start(runtime())

    assert await status(here.provider) == "Available"


class OlderBus(MemoryBus):
    """The bus of a worker of an older release, which does not see that an order is timed."""

    async def subscribe(self, subject: str, handler: Handler, *, group: str = "") -> Subscription:
        async def handled(subject: str, data: bytes) -> bytes | None:
            return await handler(subject, data.replace(b',"timed":true', b""))

        return await super().subscribe(subject, handled, group=group)


async def test_a_worker_of_an_older_release_carries_out_what_is_timed_without_its_times(
    here: Place,
) -> None:
    here.worker("one", bus=OlderBus(here.broker))
    await here.provider.start(runtime())
    times = HeardTimes()

    asked = here.provider.command("dep-1", "plug", {}, times)

    assert isinstance(await asyncio.wait_for(asked, 120), CommandCompleted)
    assert times.told == []


async def test_a_command_that_is_cut_short_has_its_times(here: Place) -> None:
    here.worker("one")
    await here.provider.start(runtime())
    times = HeardTimes()

    asked = here.provider.command("dep-1", "authorize", {"id_tag": "TAG"}, times)
    await here.provider.stop("dep-1")

    assert isinstance(await asyncio.wait_for(asked, 120), CommandRefused)
    assert len(times.told) == 1


async def test_the_times_are_by_the_workers_own_clock(here: Place) -> None:
    here.worker("one", clock=lambda: 77.0)
    await here.provider.start(runtime())
    times = HeardTimes()

    await asyncio.wait_for(here.provider.command("dep-1", "plug", {}, times), 120)

    assert times.told == [(77.0, 77.0, "one")]


async def test_another_gateway_takes_a_worker_over_with_what_it_runs(
    here: Place, listener: HeardListener
) -> None:
    # given a charger with a vehicle, whose gateway ends without a word
    worker = here.worker("one")
    await here.provider.start(runtime())
    await plug(here.provider)
    await here.end_without_a_word()

    # when another gateway is told to start it, with nothing of its memory
    await here.another_gateway()
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
    here.mend()
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
    await here.end_without_a_word()
    here.cut("one")
    await here.another_gateway(AttachedWorkers(tmp_path / "attached.json"))

    # when the next gateway is told to start it, and another worker is the first to come
    starting = asyncio.create_task(here.provider.start(runtime()))
    two = here.worker("two")
    await here.provider.workers.attached("two", 5)
    assert not starting.done()
    here.mend("one")
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

    await here.came_to("two", "dep-1")
    settings = await here.provider.settings("dep-1")
    assert settings is not None
    assert settings["HeartbeatInterval"]["value"] == "77"
    assert listener.interruptions == [("dep-1", "its worker is gone")]


async def test_a_worker_of_another_version_is_told_so_and_ends(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    greeting = messages.Hello(
        protocol="voltyard.control.0",
        worker="old",
        epoch="1",
        number=1,
        peer="",
        received=0,
        capacity=1,
        away_s=1,
    )
    for said in (messages.encode(greeting), b"{}", b"nothing"):
        answer = await here.bus.request(messages.gateway_subject(NAME), said, 60)
        letter = messages.decode_letter(answer)
        assert isinstance(letter, messages.LineRefusal)
        assert "another version of Voltyard" in letter.reason
    assert here.provider.workers.present() == {}

    monkeypatch.setattr(messages, "PROTOCOL", "voltyard.control.0")
    here.worker("one")
    working = here._working.pop("one").task
    monkeypatch.setattr(here.provider.workers, "_greeted", lambda hello: letter)
    with pytest.raises(Invalid, match="another version of Voltyard"):
        await asyncio.wait_for(working, 60)


async def test_two_gateways_of_one_name_are_not_on_one_bus(
    here: Place, listener: HeardListener
) -> None:
    another = ProcessProvider(listener, MemoryBus(here.broker), NAME)
    with pytest.raises(Conflict, match="another server is voltyard on this bus"):
        await another.open()

    elsewhere = ProcessProvider(listener, MemoryBus(here.broker), "another")
    await elsewhere.open()
    await elsewhere.close()


async def test_of_two_workers_of_one_name_the_older_ends(here: Place) -> None:
    here.worker("one")
    await here.provider.workers.attached("one", 5)
    older = here._working.pop("one").task

    here.worker("one")

    assert await asyncio.wait_for(older, 60) is False
    await here.provider.start(runtime())
    assert await status(here.provider) == "Available"


async def test_a_bus_that_is_gone_for_a_minute_costs_no_charger_and_no_report(
    here: Place, listener: HeardListener
) -> None:
    # given a charger in a worker
    worker = here.worker("one")
    await here.provider.start(runtime())

    # when the bus is gone for all, and its charger is told of a vehicle meanwhile
    for bus in (here.bus, *here.buses.values()):
        bus.cut()
    plugged = worker.provider.command("dep-1", "plug", {"evse_id": 1, "connector_id": 1})
    assert isinstance(await asyncio.wait_for(plugged, 60), CommandCompleted)
    with pytest.raises(Unavailable, match=r"worker one (is not attached|does not answer)"):
        await asyncio.wait_for(here.provider.state("dep-1"), 60)
    before = len(listener.events)

    # then all of it is known when the bus is back
    for bus in (here.bus, *here.buses.values()):
        bus.mend()
    await here.provider.workers.attached("one", 60)
    assert await status(here.provider) == "Preparing"
    assert len(listener.events) >= before
    assert listener.interruptions == []


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
