"""Settings are read in parts that the charger takes: GetConfigurationMaxKeys, and in 2.0.1
ItemsPerMessageGetVariables (B06.FR.05)."""

import asyncio
import json
from typing import Any

import pytest

from tests.csms.bench import ORG, Peer, Yard
from voltyard.csms.commands.control import Reset
from voltyard.csms.commands.maintenance import GetConfiguration
from voltyard.csms.commands.results import BackendCommandResult, ConfigurationResult
from voltyard.kernel.errors import NoAnswer, OutcomeUnknown, PeerError

KEYS = tuple(f"Some.Key{n}" for n in range(7))
MOST_16 = "GetConfigurationMaxKeys"
MOST_201 = "ItemsPerMessage"
VERSIONS = ["ocpp1.6", "ocpp2.0.1"]


class Station:
    """A charger that takes so many settings in one message, and knows none but how many."""

    def __init__(self, peer: Peer, most: str | None) -> None:
        self.peer = peer
        self.most = most
        self.asked: list[list[str]] = []
        self._answered = 0

    async def until(self, task: "asyncio.Task[BackendCommandResult]") -> BackendCommandResult:
        """Answer what is asked until the command has its result."""
        async with asyncio.timeout(10):
            while not task.done():
                for _, id, action, payload in self.peer.asked()[self._answered :]:
                    self._answered += 1
                    self.peer.text(json.dumps([3, id, self._answer(action, payload)]))
                await self.peer.yard.settle()
        return await task

    def _answer(self, action: str, payload: dict[str, Any]) -> Any:
        if action == "GetConfiguration":
            keys = payload["key"]
            self.asked.append(keys)
            told = [key for key in keys if key == MOST_16 and self.most is not None]
            return {
                "configurationKey": [
                    {"key": key, "readonly": True, "value": self.most} for key in told
                ],
                "unknownKey": [key for key in keys if key not in told],
            }
        assert action == "GetVariables"
        wanted = payload["getVariableData"]
        self.asked.append([one["variable"]["name"] for one in wanted])
        return {"getVariableResult": [self._variable(one) for one in wanted]}

    def _variable(self, one: dict[str, Any]) -> dict[str, Any]:
        if one["variable"]["name"] == MOST_201 and self.most is not None:
            return {**one, "attributeStatus": "Accepted", "attributeValue": self.most}
        return {**one, "attributeStatus": "UnknownVariable"}


@pytest.fixture(params=VERSIONS)
async def peer(request: pytest.FixtureRequest, yard: Yard) -> Peer:
    return await yard.booted(subprotocol=request.param)


async def test_no_message_asks_for_more_than_the_charger_takes(yard: Yard, peer: Peer) -> None:
    station = Station(peer, "3")

    read = await station.until(await yard.command(GetConfiguration(keys=KEYS)))

    assert isinstance(read, ConfigurationResult)
    assert read.unknown_key == KEYS and read.configuration_key == ()
    assert [len(asked) for asked in station.asked] == [1, 3, 3, 1]
    assert station.asked[0][0] in (MOST_16, MOST_201)
    (row,) = yard.journal.commands.values()
    assert (row.command, row.status) == ("configuration/get", "accepted")


async def test_how_many_it_takes_is_asked_once_a_link(yard: Yard, peer: Peer) -> None:
    station = Station(peer, "7")
    await station.until(await yard.command(GetConfiguration(keys=KEYS)))

    await station.until(await yard.command(GetConfiguration(keys=KEYS)))
    await station.until(await yard.command(GetConfiguration(keys=KEYS[:1])))

    assert [len(asked) for asked in station.asked] == [1, 7, 7, 1]


async def test_one_setting_is_asked_for_at_once(yard: Yard, peer: Peer) -> None:
    station = Station(peer, "3")

    await station.until(await yard.command(GetConfiguration(keys=KEYS[:1])))

    assert [len(asked) for asked in station.asked] == [1]


@pytest.mark.parametrize("most", [None, "", "0", "-3", "many", "²", "9" * 40])
async def test_a_charger_that_does_not_say_is_asked_for_all(
    yard: Yard, peer: Peer, most: str | None
) -> None:
    station = Station(peer, most)

    read = await station.until(await yard.command(GetConfiguration(keys=KEYS)))

    assert [len(asked) for asked in station.asked] == [1, 7]
    assert read.unknown_key == KEYS  # type: ignore[union-attr]


async def test_a_charger_that_cannot_say_is_asked_for_all(yard: Yard, peer: Peer) -> None:
    task = await yard.command(GetConfiguration(keys=KEYS))
    await peer.refuse("InternalError")
    station = Station(peer, None)
    station._answered = 1

    await station.until(task)

    assert [len(asked) for asked in station.asked] == [7]


async def test_a_part_that_is_refused_is_the_commands_result(yard: Yard, peer: Peer) -> None:
    task = await yard.command(GetConfiguration(keys=KEYS))
    await peer.refuse("NotImplemented")

    await peer.refuse("InternalError", "no")

    with pytest.raises(PeerError):
        await task
    assert len(peer.asked()) == 2


async def test_silence_about_how_many_is_silence(yard: Yard, peer: Peer) -> None:
    task = await yard.command(GetConfiguration(keys=KEYS))

    yard.pass_time(1_000)

    with pytest.raises(NoAnswer):
        await task
    assert len(peer.asked()) == 1


async def test_a_link_that_goes_between_two_parts_ends_it(yard: Yard, peer: Peer) -> None:
    task = await yard.command(GetConfiguration(keys=KEYS))
    await peer.refuse("NotImplemented")

    await peer.gone()

    with pytest.raises(OutcomeUnknown):
        await task


async def test_other_commands_wait_until_the_last_part(yard: Yard, peer: Peer) -> None:
    task = await yard.command(GetConfiguration(keys=KEYS))
    reset = asyncio.create_task(yard.backend.command(ORG, "CP1", Reset(type="Soft")))
    await yard.settle()

    await peer.refuse("NotImplemented")
    assert [call[2] for call in peer.asked()].count("Reset") == 0
    await peer.refuse("InternalError")

    assert peer.asked()[-1][2] == "Reset"
    await peer.answer({"status": "Accepted"})
    assert (await reset).status == "accepted"
    with pytest.raises(PeerError):
        await task
