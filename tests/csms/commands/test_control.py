"""GetTransactionStatus (2.0.1 E14): with and without a transaction, and of those not known."""

from typing import Any

import pytest

from tests.csms.bench import ORG, ZULU, Yard
from voltyard.csms.commands.control import GetTransactionStatus
from voltyard.csms.commands.results import TransactionStatusResult
from voltyard.kernel.errors import Invalid, NotFound

VERSION = "ocpp2.0.1"
STARTED = {
    "eventType": "Started",
    "seqNo": 0,
    "timestamp": ZULU,
    "triggerReason": "CablePluggedIn",
    "transactionInfo": {"transactionId": "tx-1"},
}


async def asked(
    yard: Yard, transaction_id: str | None, answer: dict[str, Any]
) -> tuple[Any, TransactionStatusResult]:
    """The request as it was sent, and the result."""
    peer = await yard.booted(subprotocol=VERSION)
    task = await yard.command(GetTransactionStatus(transaction_id=transaction_id))
    action, request = peer.asked()[-1][2:]
    assert action == "GetTransactionStatus"
    await peer.answer(answer)
    result = await task
    assert isinstance(result, TransactionStatusResult)
    return request, result


async def test_e14_of_all_transactions_the_queue_alone_is_told(yard: Yard) -> None:
    request, result = await asked(yard, None, {"messagesInQueue": True})

    assert request == {}
    assert result == TransactionStatusResult(ongoing_indicator=None, messages_in_queue=True)


@pytest.mark.parametrize("is_ongoing", [True, False])
async def test_e14_of_one_transaction_both_are_told(yard: Yard, is_ongoing: bool) -> None:
    answer = {"ongoingIndicator": is_ongoing, "messagesInQueue": not is_ongoing}

    request, result = await asked(yard, "tx-9", answer)

    assert request == {"transactionId": "tx-9"}
    assert result == TransactionStatusResult(
        ongoing_indicator=is_ongoing, messages_in_queue=not is_ongoing
    )


async def test_a_transaction_has_the_id_that_its_charger_gave_it(yard: Yard) -> None:
    peer = await yard.booted(subprotocol=VERSION)
    await peer.say("TransactionEvent", STARTED)
    named = yard.backend.transaction(ORG, "tx-1").id

    task = await yard.command(GetTransactionStatus(transaction_id=named))

    assert peer.asked()[-1][3] == {"transactionId": "tx-1"}
    await peer.answer({"ongoingIndicator": True, "messagesInQueue": False})
    assert await task == TransactionStatusResult(ongoing_indicator=True, messages_in_queue=False)


async def test_a_transaction_of_another_charger_is_not_asked_for(yard: Yard) -> None:
    peer = await yard.booted(subprotocol=VERSION)
    await peer.say("TransactionEvent", STARTED)
    named = yard.backend.transaction(ORG, "tx-1").id
    other = await yard.booted("CP2", subprotocol=VERSION)

    before = len(other.asked())
    with pytest.raises(NotFound, match=f"no transaction {named} of CP2"):
        await yard.backend.command(ORG, "CP2", GetTransactionStatus(transaction_id=named))

    assert len(other.asked()) == before


async def test_a_charger_of_1_6_has_no_words_for_it(yard: Yard) -> None:
    peer = await yard.booted()
    before = len(peer.asked())

    said = r"transaction-status is of OCPP 2\.0\.1, and the charger speaks 1\.6"
    with pytest.raises(Invalid, match=said):
        await yard.backend.command(ORG, "CP1", GetTransactionStatus())

    assert len(peer.asked()) == before
