"""The pulse of a server, and what a node makes of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.bus.bench import until
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.csms.records import Contents, SettingsStored
from voltyard.kernel.errors import Unavailable
from voltyard.nodes.messages import Subjects
from voltyard.nodes.pulse import ServerPulse
from voltyard.nodes.shared_state import SharedState

SUBJECTS = Subjects("lab")


class Followed:
    """A backend, as far as shared state has to do with it, and what it was given."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.replaced: list[Contents] = []

    def take_up(self, record: Any) -> None:
        self.taken.append(record)

    def replace(self, contents: Contents) -> None:
        self.replaced.append(contents)


class Pair:
    """A server's pulse and a node that hears it, over a bus in memory."""

    def __init__(self) -> None:
        broker = MemoryBroker()
        self.bus = MemoryBus(broker)
        self.server_bus = MemoryBus(broker)
        self.backend = Followed()
        self.stored = Contents()
        self.keys_read = 0
        self.servers: list[str] = []
        self.now = 0.0
        self.failure: Exception | None = None
        self.pulse = self.new_pulse()
        self.state = SharedState(
            self._read,
            self._read_keys,
            self._new_server,
            lambda: self.now,
        )
        self.state.open(self.backend)
        self.beating: asyncio.Task[None] | None = None

    def new_pulse(self) -> ServerPulse:
        return ServerPulse(self.server_bus, SUBJECTS, lambda: ["org_w"], lambda: ["org_f"])

    async def start(self) -> None:
        await self.bus.subscribe(SUBJECTS.pulse, self.state.heard)
        self.beating = asyncio.create_task(self.pulse.beat())

    def stop(self) -> None:
        assert self.beating is not None
        self.beating.cancel()

    async def until(self, holds: Callable[[], bool]) -> None:
        await until(holds)

    async def _read(self) -> Contents:
        if self.failure is not None:
            raise self.failure
        return self.stored

    async def _read_keys(self) -> None:
        self.keys_read += 1

    async def _new_server(self, server: str) -> None:
        self.servers.append(server)


@pytest.fixture
async def pair() -> Any:
    one = Pair()
    await one.start()
    yield one
    one.stop()


def _settings(organization_id: str) -> SettingsStored:
    return SettingsStored(organization_id=organization_id)


async def test_a_node_reads_everything_when_it_hears_its_server_first(pair: Pair) -> None:
    await pair.until(lambda: pair.state.is_current)

    assert pair.backend.replaced == [pair.stored]
    assert pair.keys_read == 1
    assert pair.servers == [pair.pulse.server]


async def test_changes_come_with_the_pulse_and_nothing_is_read_anew(pair: Pair) -> None:
    await pair.until(lambda: pair.state.is_current)

    pair.pulse.announce([_settings("org_1")])
    pair.pulse.announce([_settings("org_2")])
    await pair.until(lambda: len(pair.backend.taken) == 2)

    assert pair.backend.taken == [_settings("org_1"), _settings("org_2")]
    assert len(pair.backend.replaced) == 1


async def test_changed_keys_are_read(pair: Pair) -> None:
    await pair.until(lambda: pair.state.is_current)

    pair.pulse.announce_keys()

    await pair.until(lambda: pair.keys_read == 2)
    assert len(pair.backend.replaced) == 1


async def test_a_node_that_missed_a_change_reads_everything(pair: Pair) -> None:
    await pair.until(lambda: pair.state.is_current)

    pair.bus.cut()
    pair.pulse.announce([_settings("org_1")])
    await asyncio.sleep(0.6)
    pair.bus.mend()

    await pair.until(lambda: len(pair.backend.replaced) == 2)
    assert pair.backend.taken == []


async def test_another_server_is_told_of_and_everything_read(pair: Pair) -> None:
    await pair.until(lambda: pair.state.is_current)

    pair.stop()
    pair.pulse = pair.new_pulse()
    pair.beating = asyncio.create_task(pair.pulse.beat())

    await pair.until(lambda: len(pair.servers) == 2)
    await pair.until(lambda: len(pair.backend.replaced) == 2)


async def test_what_cannot_be_read_is_read_at_the_next_beat(pair: Pair) -> None:
    await pair.until(lambda: pair.state.is_current)
    pair.failure = Unavailable("the database is gone")
    pair.bus.cut()
    pair.pulse.announce([_settings("org_1")])
    await asyncio.sleep(0.6)
    pair.bus.mend()
    await pair.until(lambda: not pair.state.is_current)

    pair.failure = None

    await pair.until(lambda: pair.state.is_current)
    assert len(pair.backend.replaced) == 2


async def test_a_silent_server_is_noticed(pair: Pair) -> None:
    await pair.until(lambda: pair.state.is_current)

    pair.stop()
    pair.now += 100.0

    assert not pair.state.is_current
    assert pair.state.silent_s >= 99.0


async def test_organizations_whose_live_events_are_asked_for_are_known(pair: Pair) -> None:
    await pair.until(lambda: pair.state.is_current)

    found = [pair.state.interest(one, "transaction.updated") for one in ("org_w", "org_f", "org_x")]
    assert found == ["webhook", "follower", None]
