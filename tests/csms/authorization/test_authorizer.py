"""The one decision about tags, whoever asks."""

import asyncio
from typing import Any

import pytest

from tests.csms.bench import ORG, START, ZULU, Yard
from voltyard.csms.authorization.authorizer import AuthorizationRequest
from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.authorization.id_tag_service import IdTagChange

START_16 = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": ZULU}


def judge(question: AuthorizationRequest) -> TagDecision | None:
    return {
        "BLOCKED": TagDecision("blocked"),
        "EXPIRED": TagDecision("expired", expires_at=START - 1),
        "CHILD": TagDecision("accepted", parent="FAMILY"),
    }.get(question.id_tag)


@pytest.mark.parametrize(
    ("tag", "info_16", "info_201"),
    [
        ("BLOCKED", {"status": "Blocked"}, {"status": "Blocked"}),
        (
            "EXPIRED",
            {"status": "Expired", "expiryDate": "2026-09-21T14:13:19Z"},
            {"status": "Expired", "cacheExpiryDateTime": "2026-09-21T14:13:19Z"},
        ),
        (
            "CHILD",
            {"status": "Accepted", "parentIdTag": "FAMILY"},
            {"status": "Accepted", "groupIdToken": {"idToken": "FAMILY", "type": "Central"}},
        ),
        ("STRANGER", {"status": "Invalid"}, {"status": "Unknown"}),
    ],
)
async def test_what_is_decided_is_said_in_each_versions_words(
    tag: str, info_16: Any, info_201: Any
) -> None:
    yard = Yard(judge=judge)
    await yard.backend.change_settings(ORG, unknown_id_tags="reject")
    old = await yard.booted("OLD")
    new = await yard.booted("NEW", "ocpp2.0.1")

    assert await old.say("Authorize", {"idTag": tag}) == {"idTagInfo": info_16}
    token = {"idToken": tag, "type": "ISO14443"}
    assert await new.say("Authorize", {"idToken": token}) == {"idTokenInfo": info_201}
    assert len(yard.heard("authorize")) == 2
    await yard.backend.close()


@pytest.mark.parametrize(
    ("rule", "has_tags", "status"),
    [
        ("auto", False, "Accepted"),
        ("auto", True, "Invalid"),
        ("accept", True, "Accepted"),
        ("reject", False, "Invalid"),
    ],
)
async def test_the_settings_decide_about_unknown_tags(
    yard: Yard, rule: str, has_tags: bool, status: str
) -> None:
    if has_tags:
        await yard.backend.id_tags.add(ORG, "KNOWN", IdTagChange())
    await yard.backend.id_tags.add("org_other", "STRANGER", IdTagChange())
    await yard.backend.change_settings(ORG, unknown_id_tags=rule)
    peer = await yard.booted()

    answer = await peer.say("Authorize", {"idTag": "STRANGER"})

    assert answer["idTagInfo"]["status"] == status


async def test_a_tag_that_is_refused_still_gets_its_transaction(yard: Yard) -> None:
    # the charger decides what becomes of it: StopTransactionOnInvalidId
    await yard.backend.change_settings(ORG, unknown_id_tags="reject")
    peer = await yard.booted()

    answer = await peer.say("StartTransaction", START_16)

    assert answer == {"idTagInfo": {"status": "Invalid"}, "transactionId": 1}
    row = yard.backend.transaction(ORG, "1")
    assert (row.status, row.id_tag_status) == ("in_progress", "unknown")
    # repeated, the answer is the same, whatever would be decided by now
    await yard.backend.change_settings(ORG, unknown_id_tags="accept")
    assert await peer.say("StartTransaction", START_16) == answer


async def test_no_authorization_needs_no_decision(yard: Yard) -> None:
    await yard.backend.change_settings(ORG, unknown_id_tags="reject")
    peer = await yard.booted(subprotocol="ocpp2.0.1")

    answer = await peer.say("Authorize", {"idToken": {"idToken": "", "type": "NoAuthorization"}})

    assert answer["idTokenInfo"]["status"] == "Accepted"


async def test_one_tag_charges_once_where_that_is_the_rule(yard: Yard) -> None:
    peer = await yard.booted(allow_concurrent_transactions=False)
    await peer.say("StartTransaction", START_16)

    asked = await peer.say("Authorize", {"idTag": "tag"})
    second = await peer.say("StartTransaction", {**START_16, "connectorId": 2})
    stopped = await peer.say(
        "StopTransaction",
        {"transactionId": 1, "meterStop": 1, "timestamp": ZULU, "idTag": "TAG"},
    )

    assert asked["idTagInfo"]["status"] == "ConcurrentTx"
    assert second["idTagInfo"]["status"] == "ConcurrentTx"
    assert stopped["idTagInfo"]["status"] == "Accepted"


async def test_where_it_is_not_the_rule_one_tag_charges_twice(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", START_16)

    second = await peer.say("StartTransaction", {**START_16, "connectorId": 2})

    assert second["idTagInfo"]["status"] == "Accepted"


async def test_in_2_0_1_a_running_transactions_own_tag_is_not_concurrent(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1", allow_concurrent_transactions=False)
    token = {"idToken": "TAG", "type": "ISO14443"}

    def event(id: str, seq_no: int) -> dict[str, Any]:
        return {
            "eventType": "Updated" if seq_no else "Started",
            "seqNo": seq_no,
            "timestamp": ZULU,
            "triggerReason": "Authorized",
            "transactionInfo": {"transactionId": id},
            "idToken": token,
        }

    first = await peer.say("TransactionEvent", event("a", 0))
    again = await peer.say("TransactionEvent", event("a", 1))
    other = await peer.say("TransactionEvent", event("b", 0))

    statuses = [answer["idTokenInfo"]["status"] for answer in (first, again, other)]
    assert statuses == ["Accepted", "Accepted", "ConcurrentTx"]


class SlowJudge:
    """Answers when told."""

    def __init__(self) -> None:
        self.verdict: asyncio.Future[TagDecision | None] = (
            asyncio.get_running_loop().create_future()
        )

    def __call__(self, question: AuthorizationRequest) -> asyncio.Future[TagDecision | None]:
        return self.verdict


async def test_a_decision_may_take_its_time() -> None:
    judge = SlowJudge()
    yard = Yard(judge=judge)
    peer = await yard.booted()

    asking = peer.call("Authorize", {"idTag": "TAG"})
    starting = peer.call("StartTransaction", START_16)
    await yard.settle()
    assert peer.answers(asking) == peer.answers(starting) == []
    # others are not kept waiting
    assert (await peer.ask("Heartbeat", {}))[0] == 3

    judge.verdict.set_result(TagDecision("blocked"))
    await yard.settle()

    assert peer.answers(asking)[0][2] == {"idTagInfo": {"status": "Blocked"}}
    assert peer.answers(starting)[0][2] == {
        "idTagInfo": {"status": "Blocked"},
        "transactionId": 1,
    }
    await yard.backend.close()


async def test_a_late_decision_may_be_that_the_tag_is_unknown() -> None:
    judge = SlowJudge()
    yard = Yard(judge=judge)
    peer = await yard.booted()
    asking = peer.call("Authorize", {"idTag": "TAG"})

    judge.verdict.set_result(None)
    await yard.settle()

    assert peer.answers(asking)[0][2] == {"idTagInfo": {"status": "Accepted"}}
    await yard.backend.close()


async def test_a_decision_that_fails_is_an_internal_error() -> None:
    judge = SlowJudge()
    yard = Yard(judge=judge)
    peer = await yard.booted()
    asking = peer.call("Authorize", {"idTag": "TAG"})

    judge.verdict.set_exception(ConnectionError("no route"))
    await yard.settle()

    assert peer.answers(asking)[0][2] == "InternalError"
    assert [str(error) for error in yard.complaints] == ["no route"]
    await yard.backend.close()


async def test_a_decision_that_comes_after_the_link_is_gone_still_counts() -> None:
    judge = SlowJudge()
    yard = Yard(judge=judge)
    peer = await yard.booted()
    peer.call("StartTransaction", START_16)
    await peer.gone()

    judge.verdict.set_result(TagDecision("accepted"))
    await yard.settle()

    assert yard.backend.transaction(ORG, "1").status == "in_progress"
    await yard.backend.close()


async def test_closing_waits_so_long_for_a_decision() -> None:
    yard = Yard(judge=SlowJudge())
    peer = await yard.booted()
    asking = peer.call("Authorize", {"idTag": "TAG"})

    await yard.backend.close(patience_s=0.02)
    await yard.settle()

    assert peer.answers(asking) == []
    assert peer.wire.closed is not None


async def test_a_decision_that_comes_while_closing_is_told() -> None:
    judge = SlowJudge()
    yard = Yard(judge=judge)
    peer = await yard.booted()
    asking = peer.call("Authorize", {"idTag": "TAG"})

    closing = asyncio.create_task(yard.backend.close())
    await asyncio.sleep(0)
    judge.verdict.set_result(TagDecision("accepted"))
    await closing

    assert peer.answers(asking)[0][2] == {"idTagInfo": {"status": "Accepted"}}
    assert peer.wire.closed == (1012, "the server restarts")


@pytest.mark.parametrize("nonsense", ["accepted", TagDecision("perhaps")])  # type: ignore[arg-type]
@pytest.mark.parametrize("late", [False, True])
async def test_a_judge_that_talks_nonsense_costs_one_answer(nonsense: Any, late: bool) -> None:
    judge = SlowJudge()
    yard = Yard(judge=judge if late else lambda question: nonsense)
    judge.verdict.set_result(nonsense)
    peer = await yard.booted()

    refused = await peer.ask("Authorize", {"idTag": "TAG"})

    assert refused[2] == "InternalError"
    assert len(yard.complaints) == 1
    assert (await peer.ask("Heartbeat", {}))[0] == 3
    await yard.backend.close()


async def test_a_start_repeated_while_its_tag_is_looked_up_is_one_transaction() -> None:
    judge = SlowJudge()
    yard = Yard(judge=judge)
    peer = await yard.booted()
    calls = [peer.call("StartTransaction", START_16) for _ in range(2)]

    judge.verdict.set_result(TagDecision("accepted"))
    await yard.settle()

    numbers = [peer.answers(id)[0][2]["transactionId"] for id in calls]
    assert numbers == [1, 1]
    assert len(yard.journal.transactions) == 1
    await yard.backend.close()
