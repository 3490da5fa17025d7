"""Commands whose answer is a report: display messages and customer information (O03, N09)."""

from typing import Any

import pytest

from tests.csms.bench import ZULU, Peer, Yard
from voltyard.csms.commands.customers import CustomerInformation
from voltyard.csms.commands.display import GetDisplayMessages, SetDisplayMessage
from voltyard.csms.commands.results import CustomerInformationResult, DisplayMessagesResult
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, NotFound, Overfull

VERSION = "ocpp2.0.1"


def message(id: int) -> dict[str, Any]:
    content = {"format": "UTF8", "content": f"message {id}"}
    return {"id": id, "priority": "NormalCycle", "message": content}


async def asked(yard: Yard, command: Any) -> tuple[Peer, Any, dict[str, Any]]:
    """The peer, the command that waits, and the request as it was sent."""
    peer = await yard.booted(subprotocol=VERSION)
    task = await yard.command(command, timeout_s=10)
    return peer, task, peer.asked()[-1][3]


async def test_messages_of_all_parts_are_the_answer(yard: Yard) -> None:
    peer, task, request = await asked(yard, GetDisplayMessages(id=4, state="Idle"))
    assert (request["id"], request["state"]) == ([4], "Idle")
    id = request["requestId"]

    await peer.say(
        "NotifyDisplayMessages", {"requestId": id, "messageInfo": [message(4)], "tbc": True}
    )
    await peer.answer({"status": "Accepted"})
    await peer.say("NotifyDisplayMessages", {"requestId": id + 1, "messageInfo": [message(9)]})
    await peer.say("NotifyDisplayMessages", {"requestId": id, "messageInfo": [message(5)]})

    assert await task == DisplayMessagesResult(messages=(message(4), message(5)))
    assert len(yard.journal.commands) == 1


async def test_no_messages_are_an_answer_without_a_report(yard: Yard) -> None:
    peer, task, _ = await asked(yard, GetDisplayMessages())
    await peer.answer({"status": "Unknown"})
    assert await task == DisplayMessagesResult(status="unknown")


async def test_what_a_charger_tells_of_a_customer_is_put_together(yard: Yard) -> None:
    peer, task, request = await asked(
        yard, CustomerInformation(id_tag="TAG", id_tag_type="Central", clear=True)
    )
    assert request["idToken"] == {"idToken": "TAG", "type": "Central"}
    assert (request["report"], request["clear"]) == (True, True)
    await peer.answer({"status": "Accepted"})
    for number, text in enumerate(("charged ", "twice")):
        part = {"requestId": request["requestId"], "seqNo": number, "generatedAt": ZULU}
        await peer.say("NotifyCustomerInformation", part | {"data": text, "tbc": number == 0})

    assert await task == CustomerInformationResult(data="charged twice")


async def test_a_customer_who_is_not_taken_has_a_reason(yard: Yard) -> None:
    peer, task, _ = await asked(yard, CustomerInformation(customer_identifier="Ada"))
    await peer.answer({"status": "Invalid", "statusInfo": {"reasonCode": "UnknownName"}})
    assert await task == CustomerInformationResult(status="invalid", reason="UnknownName")


async def test_a_report_without_an_end_is_given_up(yard: Yard) -> None:
    peer, task, request = await asked(yard, GetDisplayMessages())
    await peer.answer({"status": "Accepted"})
    for _ in range(limits.REPORT_PARTS):
        await peer.say("NotifyDisplayMessages", {"requestId": request["requestId"], "tbc": True})
    with pytest.raises(Overfull, match="too many parts"):
        await task


async def test_a_charger_of_1_6_has_no_display(yard: Yard) -> None:
    peer = await yard.booted()
    before = len(peer.asked())
    with pytest.raises(Invalid, match=r"display-messages is of OCPP 2\.0\.1"):
        await (await yard.command(SetDisplayMessage(id=1, content="Closed")))
    assert len(peer.asked()) == before


async def test_a_message_for_a_transaction_that_is_not_known_is_not_sent(yard: Yard) -> None:
    peer = await yard.booted(subprotocol=VERSION)
    before = len(peer.asked())
    with pytest.raises(NotFound, match="no transaction txn_nobody"):
        command = SetDisplayMessage(id=1, content="Hello", transaction_id="txn_nobody")
        await (await yard.command(command))
    assert len(peer.asked()) == before
