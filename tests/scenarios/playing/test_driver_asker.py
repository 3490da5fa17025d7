"""Scenarios over sockets whose CSMS is asked by a driver."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.desk import Desk, open_desk
from tests.scenarios.bench import SEED, story
from voltyard.kernel.errors import PeerError
from voltyard.reports.verdicts import Result, Verdict
from voltyard.scenarios import library
from voltyard.scenarios.form.reading import ScenarioDocument
from voltyard.scenarios.playing.running import play_on
from voltyard.scenarios.playing.stage import Peer

LIST_VERSION = """
- ask: get_local_list_version
  answer: {$.list_version: 0}
"""


class RestDriver:
    """Has our backend send a call, over REST."""

    def __init__(self, desk: Desk, *lacks: str) -> None:
        self._desk = desk
        self._lacks = lacks

    def can(self, operation: str) -> bool:
        return operation not in self._lacks

    async def ask(self, operation: str, identity: str, fields: Mapping[str, Any]) -> None:
        body = {"action": operation, "payload": dict(fields), "validate": False}
        await self._desk.post(f"/chargers/{identity}/call", body)


class BrokenDriver(RestDriver):
    """Fails at all it is asked for."""

    async def ask(self, operation: str, identity: str, fields: Mapping[str, Any]) -> None:
        raise PeerError("POST /reset was answered 503: closed")


async def played(
    document: ScenarioDocument, desk: Desk, driver: RestDriver, version: str = "1.6"
) -> Result:
    [row] = [row for row in document.rows() if row.version == version]
    await desk.register("S-1")
    peer = Peer(
        url=desk.charger_url, identity="S-{n}", driver=lambda: nullcontext(driver), speed=20.0
    )
    return await play_on(row, SEED, peer)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_transaction_is_started_and_stopped_from_afar(version: str, tmp_path: Path) -> None:
    document = library.document_of("remote-start-and-stop")

    async with open_desk(tmp_path) as desk:
        await desk.post("/id-tags", {"idTag": "ABCD1234", "status": "active"}, status=201)
        result = await played(document, desk, RestDriver(desk), version)

    assert result.verdict is Verdict.PASS, (result.why, result.failure)


async def test_the_answer_is_compared(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        right = await played(story(LIST_VERSION), desk, RestDriver(desk))
        await desk.delete("/chargers/S-1")
        wrong = await played(story(LIST_VERSION.replace("0", "5")), desk, RestDriver(desk))

    assert right.verdict is Verdict.PASS, (right.why, right.failure)
    assert wrong.verdict is Verdict.FAIL


async def test_an_action_that_the_driver_lacks_makes_it_not_applicable(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        driver = RestDriver(desk, "GetLocalListVersion")
        result = await played(story(LIST_VERSION), desk, driver)

    assert result.verdict is Verdict.NOT_APPLICABLE
    assert "GetLocalListVersion" in result.why


async def test_a_driver_that_fails_is_quoted(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        result = await played(story(LIST_VERSION), desk, BrokenDriver(desk))

    assert result.verdict is Verdict.FAIL
    assert result.failure is not None
    assert "503" in result.failure.came


async def test_a_refusal_of_the_charger_is_an_answer(tmp_path: Path) -> None:
    """It answers an unknown message with a CALLERROR."""
    steps = """
- ask: raw_call
  with: {action: Conjure, payload: {}, validate: false}
  refused: true
"""
    async with open_desk(tmp_path) as desk:
        driver = RestDriver(desk)
        result = await played(story(steps), desk, driver)

    assert result.verdict is Verdict.PASS, (result.why, result.failure)
