"""Scenarios played over real sockets, in real time and faster."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.scenarios.bench import SEED, story
from voltyard.csms.backend import Backend
from voltyard.csms.registry import ChargerChange
from voltyard.network.links.picows_links import PicowsDoor
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.reports.verdicts import Result, Verdict
from voltyard.scenarios.form.form import Csms
from voltyard.scenarios.form.reading import ScenarioDocument
from voltyard.scenarios.playing.running import Unreachable, play_on
from voltyard.scenarios.playing.stage import OwnCsms, Peer
from voltyard.testing.processes import free_port

SESSION = """
- do: plug_in
- do: swipe
  with: {id_tag: ABCD1234}
- wait_for: {transaction: started, within: 30 s}
- expect: {frame: StartTransaction, kind: result, within: 30 s}
- wait_for: {event: meter, times: 5, within: 2 min}
- do: swipe
  with: {id_tag: ABCD1234}
- wait_for: {transaction: ended, within: 30 s}
- wait_for: {frame: StopTransaction, kind: result, within: 30 s}
- expect: {frame: StopTransaction, times: 1, since: start}
- do: unplug
- wait_for: {status: Available, within: 30 s}
"""
CHARGERS = "chargers: {count: 2, identity: 'S-{n}', settings: {MeterValueSampleInterval: '5'}}\n"


@asynccontextmanager
async def listening(password: str | None = None) -> AsyncIterator[str]:
    """Our backend on a socket of this machine; its URL."""
    backend: Backend = OwnCsms(Csms(), time.time, SEED).backend
    door = PicowsDoor()
    for number in range(1, 3):
        change = ChargerChange(password=password)
        await backend.register(DEFAULT_ORGANIZATION_ID, f"S-{number}", change)
    await door.open("127.0.0.1", 0, backend.gate)
    try:
        yield f"ws://127.0.0.1:{door.port}/ocpp"
    finally:
        await backend.close()
        await door.close()


async def played_at(url: str, document: ScenarioDocument, **more: object) -> Result:
    return await play_on(document.rows()[0], SEED, Peer(url=url, **more))  # type: ignore[arg-type]


async def test_a_story_passes_over_sockets_with_chargers_that_live_faster() -> None:
    async with listening() as url:
        result = await played_at(url, story(SESSION, CHARGERS), speed=100.0)

    assert result.verdict is Verdict.PASS, (result.why, result.failure)
    assert {frame.identity for frame in result.frames} == {"S-1", "S-2"}
    assert result.took_s >= 20 / 100


async def test_a_csms_that_cannot_be_asked_makes_it_not_applicable() -> None:
    document = story("- ask: reset\n  with: {type: Soft}\n- wait_for: {frame: BootNotification}")

    async with listening() as url:
        result = await played_at(url, document, identity="S-1")

    assert result.verdict is Verdict.NOT_APPLICABLE
    assert "reset" in result.why


async def test_the_chargers_show_their_passwords() -> None:
    document = story("- wait_for: {event: boot, since: start}", CHARGERS)

    async with listening("opensesame-opensesame") as url:
        secret = ("opensesame-opensesame",) * 2
        result = await played_at(url, document, passwords=secret)
        with pytest.raises(Unreachable, match="401"):
            await played_at(url, document)

    assert result.verdict is Verdict.PASS, result.why


async def test_a_csms_that_does_not_listen_is_unreachable() -> None:
    document = story("- wait_for: {event: boot, since: start}")

    with pytest.raises(Unreachable, match="cannot connect"):
        await played_at(f"ws://127.0.0.1:{free_port()}/ocpp", document)
