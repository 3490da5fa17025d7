"""The inline provider does what every provider does, and hands everything on."""

import asyncio

import pytest

from tests.fakes.links import RecordingGate
from tests.runtimes.bench import AHEAD_S, HeardListener, ProviderContract, play_paced, runtime
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.ports.runtimes import CommandCompleted
from voltyard.runtimes.inline import InlineProvider

NOW = 1_767_571_200.0


def clock() -> float:
    return NOW + asyncio.get_running_loop().time()


@pytest.fixture
async def network() -> MemoryNetwork:
    return MemoryNetwork()


class TestInlineProvider(ProviderContract):
    @pytest.fixture
    async def provider(self, listener: HeardListener, network: MemoryNetwork) -> InlineProvider:
        return InlineProvider(MemoryDialler(network), clock, listener, capacity=2)

    async def test_it_fills_the_five_words(self, provider: InlineProvider) -> None:
        assert provider.describe("dep-1", 1) == {
            "provider": "inline",
            "runtime_kind": "in_process",
            "service_name": "dep-1",
            "desired_count": 1,
            "status": "ACTIVE",
        }

    async def test_a_charger_lives_at_its_pace(
        self, provider: InlineProvider, listener: HeardListener
    ) -> None:
        first, second, third = await play_paced(provider, listener)

        assert AHEAD_S < first < 2 * AHEAD_S < second <= third

    async def test_frames_are_handed_on_as_they_are_and_events_as_plain_data(
        self, provider: InlineProvider, listener: HeardListener, network: MemoryNetwork
    ) -> None:
        gate = RecordingGate("ocpp1.6")
        await MemoryDoor(network).open("csms", 80, gate)

        await provider.start(runtime(csms_url="ws://csms/ocpp"))
        await asyncio.sleep(0.01)

        assert [frame.action for _, frame in listener.frames] == ["BootNotification"]
        assert listener.frames[0][1].text == gate.user.frames[0]
        assert ("dep-1", "connection") in [(key, event["type"]) for key, event in listener.events]

    async def test_a_changed_memory_is_handed_on_in_the_next_turn(
        self, provider: InlineProvider, listener: HeardListener
    ) -> None:
        await provider.start(runtime())
        asked = provider.command("dep-1", "configure", {"settings": {"HeartbeatInterval": "30"}})
        assert isinstance(await asked, CommandCompleted)

        await asyncio.sleep(0)

        assert b'"30"' in listener.memories["dep-1"]

    async def test_what_a_charger_remembers_it_knows_after_a_restart_of_the_process(
        self, listener: HeardListener, network: MemoryNetwork
    ) -> None:
        before = InlineProvider(MemoryDialler(network), clock, listener)
        await before.start(runtime())
        await before.command("dep-1", "configure", {"settings": {"HeartbeatInterval": "30"}})
        await before.command("dep-1", "plug", {})
        await before.close()

        after = InlineProvider(MemoryDialler(network), clock, listener)
        await after.start(runtime(), listener.memories["dep-1"])

        settings = await after.settings("dep-1")
        state = await after.state("dep-1")
        assert settings is not None
        assert settings["HeartbeatInterval"]["value"] == "30"
        assert state is not None
        assert state["connectors"][0]["vehicle"] is not None

    async def test_a_memory_that_cannot_be_read_starts_nothing(
        self, provider: InlineProvider
    ) -> None:
        with pytest.raises(Invalid, match="memory"):
            await provider.start(runtime(), b"{")

        assert await provider.state("dep-1") is None

    async def test_where_there_is_no_room_nothing_starts(self, provider: InlineProvider) -> None:
        await provider.start(runtime("dep-1", identity="CP-1"))
        await provider.start(runtime("dep-2", identity="CP-2"))

        with pytest.raises(Unavailable):
            await provider.start(runtime("dep-3", identity="CP-3"))

        await provider.stop("dep-1")
        await provider.start(runtime("dep-3", identity="CP-3"))
        assert await provider.state("dep-3") is not None
