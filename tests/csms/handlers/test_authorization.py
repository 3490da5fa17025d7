"""Transactions of a tag at chargers of other processes count as those here do (ConcurrentTx)."""

from typing import Any

import pytest

from tests.csms.bench import ORG, ZULU, Yard
from voltyard.kernel.errors import Unavailable

START_16 = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": ZULU}


class Elsewhere:
    """The answer of the database."""

    def __init__(self, answer: bool | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, organization_id: str, id_tag: str) -> bool:
        self.asked.append((organization_id, id_tag))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def status(elsewhere: Elsewhere, action: str, body: Any, **fields: Any) -> str:
    yard = Yard(charging_elsewhere=elsewhere)
    peer = await yard.booted(**fields)
    answer = await peer.say(action, body)
    await yard.backend.close()
    assert not yard.complaints
    return str(answer["idTagInfo"]["status"])


@pytest.mark.parametrize(("answer", "expected"), [(True, "ConcurrentTx"), (False, "Accepted")])
@pytest.mark.parametrize(
    ("action", "body"), [("StartTransaction", START_16), ("Authorize", {"idTag": "TAG"})]
)
async def test_a_tag_that_charges_elsewhere_is_concurrent(
    answer: bool, expected: str, action: str, body: Any
) -> None:
    elsewhere = Elsewhere(answer)

    assert await status(elsewhere, action, body, allow_concurrent_transactions=False) == expected
    assert elsewhere.asked == [(ORG, "TAG")]


async def test_where_tags_may_charge_twice_it_is_not_asked() -> None:
    elsewhere = Elsewhere(True)

    assert await status(elsewhere, "StartTransaction", START_16) == "Accepted"
    assert elsewhere.asked == []


async def test_a_tag_that_charges_here_is_known_without_asking() -> None:
    elsewhere = Elsewhere(False)
    yard = Yard(charging_elsewhere=elsewhere)
    peer = await yard.booted(allow_concurrent_transactions=False)
    await peer.say("StartTransaction", START_16)
    elsewhere.asked.clear()

    again = await peer.say("StartTransaction", START_16 | {"connectorId": 2})

    assert again["idTagInfo"]["status"] == "ConcurrentTx"
    assert elsewhere.asked == []
    await yard.backend.close()


async def test_a_tag_that_begins_to_charge_here_meanwhile_is_concurrent() -> None:
    yard = Yard(charging_elsewhere=Elsewhere(False))
    peer = await yard.booted(allow_concurrent_transactions=False)

    ids = [peer.call("StartTransaction", START_16 | {"connectorId": n}) for n in (1, 2)]
    await yard.settle()

    answers = [peer.answers(id)[0][2]["idTagInfo"]["status"] for id in ids]
    assert answers == ["Accepted", "ConcurrentTx"]
    await yard.backend.close()


async def test_where_it_cannot_be_told_the_charger_asks_again() -> None:
    yard = Yard(charging_elsewhere=Elsewhere(Unavailable("the database is away")))
    peer = await yard.booted(allow_concurrent_transactions=False)

    answer = await peer.ask("StartTransaction", START_16)

    assert answer[2] == "InternalError"
    assert yard.journal.transactions == {}
    await yard.backend.close()
    assert not yard.complaints
