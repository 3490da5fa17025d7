"""Chargers that dial where they are not: who is let in, and what strangers cost."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.csms.bench import ORG, Clock, Yard
from tests.csms.ownership.bench import FakeClaims, connected, knock
from tests.fakes.journals import MemoryJournal
from voltyard.csms.links.links_by_address import LinksByAddress
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, HeldElsewhere, Unavailable
from voltyard.ports.links import Admitted, Barred

LOOKED_UP = [("look_up", "CP1")]
CLAIMED = [("look_up", "CP1"), ("claim", "CP1")]


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class Claiming:
    """A node, and a database in which the server has registered chargers."""

    def __init__(self, **options: Any) -> None:
        self.journal = MemoryJournal()
        self.clock = Clock()
        self.claims = FakeClaims(self.journal)
        self.server = Yard(self.journal, self.clock)
        self.node = Yard(self.journal, self.clock, is_node=True, claims=self.claims, **options)
        self.claims.take = self.node.backend.take

    async def close(self) -> None:
        for yard in (self.node, self.server):
            await yard.backend.close()
            assert not yard.complaints


@pytest.fixture
async def claiming() -> AsyncIterator[Claiming]:
    claiming = Claiming()
    yield claiming
    await claiming.close()


def reason(yard: Yard) -> list[RefusalReason]:
    return [reason for reason, count in yard.backend.refusals.counts.items() if count]


async def test_a_charger_that_is_elsewhere_is_had_and_let_in(claiming: Claiming) -> None:
    await claiming.server.register()

    peer = await connected(claiming.node)

    assert claiming.claims.asked == CLAIMED
    await peer.boot()
    assert claiming.node.backend.charger(ORG, "CP1").online


async def test_one_that_is_here_is_let_in_at_once(claiming: Claiming) -> None:
    await claiming.server.register()
    await connected(claiming.node)
    claiming.claims.asked.clear()

    assert isinstance(claiming.node.knock(), Admitted)

    assert claiming.claims.asked == []


async def test_without_claims_nothing_is_awaited() -> None:
    yard = Yard()
    await yard.register()

    assert isinstance(yard.knock(), Admitted)
    assert isinstance(yard.knock("/ocpp/CP2"), Barred)
    await yard.backend.close()


async def test_one_that_is_nowhere_is_not_found_and_not_asked_for_again_at_once(
    claiming: Claiming,
) -> None:
    verdicts = [await knock(claiming.node) for _ in range(3)]

    assert [verdict.status for verdict in verdicts if isinstance(verdict, Barred)] == [404] * 3
    assert claiming.claims.asked == LOOKED_UP
    claiming.clock.now += limits.CLAIM_DENIED_S + 0.1
    await knock(claiming.node)
    assert claiming.claims.asked == LOOKED_UP * 2


async def test_one_that_is_registered_meanwhile_is_let_in_a_second_later(
    claiming: Claiming,
) -> None:
    await knock(claiming.node)
    await claiming.server.register()
    claiming.clock.now += limits.CLAIM_DENIED_S + 0.1

    assert isinstance(await knock(claiming.node), Admitted)


async def test_a_stranger_without_the_password_moves_no_charger(claiming: Claiming) -> None:
    await claiming.server.register(password="secret")

    without = await knock(claiming.node)
    wrong = await knock(claiming.node, authorization=basic("CP1", "guess"))
    right = await knock(claiming.node, authorization=basic("CP1", "secret"))

    assert (isinstance(without, Barred), isinstance(wrong, Barred)) == (True, True)
    assert isinstance(right, Admitted)
    assert claiming.claims.asked == [*LOOKED_UP, *LOOKED_UP, *CLAIMED]
    assert reason(claiming.node) == [RefusalReason.NO_PASSWORD, RefusalReason.WRONG_PASSWORD]


async def test_an_address_that_is_not_allowed_moves_no_charger(claiming: Claiming) -> None:
    await claiming.server.register(allowed_addresses=("198.51.100.0/24",))

    verdict = await knock(claiming.node)

    assert isinstance(verdict, Barred)
    assert verdict.status == 403
    assert claiming.claims.asked == LOOKED_UP


async def test_a_page_of_another_server_is_not_even_looked_at(claiming: Claiming) -> None:
    verdict = await knock(claiming.node, origin="https://evil.example")

    assert isinstance(verdict, Barred)
    assert verdict.status == 403
    assert claiming.claims.asked == []


@pytest.mark.parametrize("error", [Unavailable("no bus"), HeldElsewhere("n2")])
async def test_where_it_cannot_be_told_a_charger_comes_back_later(
    claiming: Claiming, error: Exception
) -> None:
    await claiming.server.register()
    claiming.claims.error = error

    verdict = await knock(claiming.node)

    assert isinstance(verdict, Barred)
    assert (verdict.status, verdict.headers) == (503, (("Retry-After", "10"),))


async def test_a_fault_of_the_claims_is_complained_of(claiming: Claiming) -> None:
    claiming.claims.error = RuntimeError("a bug")

    verdict = await knock(claiming.node)

    assert isinstance(verdict, Barred)
    assert verdict.status == 503
    assert claiming.node.complaints == [claiming.claims.error]
    claiming.node.complaints.clear()


async def test_an_older_connection_that_stays_is_told_as_here(claiming: Claiming) -> None:
    await claiming.server.register()
    claiming.claims.error = Conflict("an older connection is open, and answers")

    verdict = await knock(claiming.node)

    assert isinstance(verdict, Barred)
    assert verdict.status == 409
    assert reason(claiming.node) == [RefusalReason.OLDER_CONNECTION]


async def test_one_that_goes_on_moving_comes_back_later(claiming: Claiming) -> None:
    """It was claimed, and is gone again before it is let in: not `no such charger`."""
    await claiming.server.register()
    claiming.claims.take = lambda contents: None

    verdict = await knock(claiming.node)

    assert isinstance(verdict, Barred)
    assert verdict.status == 503


async def test_one_that_is_deleted_between_look_up_and_claim_is_not_found(
    claiming: Claiming,
) -> None:
    await claiming.server.register()
    claiming.claims.loses = True

    verdict = await knock(claiming.node)

    assert isinstance(verdict, Barred)
    assert verdict.status == 404


async def test_two_handshakes_of_one_charger_ask_once(claiming: Claiming) -> None:
    await claiming.server.register()
    claiming.claims.gate = asyncio.Event()
    knocking = [asyncio.create_task(knock(claiming.node)) for _ in range(2)]
    await asyncio.sleep(0)

    claiming.claims.gate.set()
    verdicts = await asyncio.gather(*knocking)

    assert all(isinstance(verdict, Admitted) for verdict in verdicts)
    assert claiming.claims.asked == CLAIMED


async def test_one_that_hangs_up_does_not_end_what_another_waits_for(claiming: Claiming) -> None:
    await claiming.server.register()
    claiming.claims.gate = asyncio.Event()
    first, second = (asyncio.create_task(knock(claiming.node)) for _ in range(2))
    await asyncio.sleep(0)

    first.cancel()
    await asyncio.sleep(0)
    claiming.claims.gate.set()

    assert isinstance(await second, Admitted)


async def test_one_address_asks_for_few_at_a_time(
    claiming: Claiming, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CLAIMS_EACH", 2)
    claiming.claims.gate = asyncio.Event()
    knocking = [asyncio.create_task(knock(claiming.node, f"/ocpp/X{n}")) for n in range(2)]
    await asyncio.sleep(0)

    third = await knock(claiming.node, "/ocpp/X3")
    other = asyncio.create_task(knock(claiming.node, "/ocpp/X4", remote="198.51.100.7:1"))
    await asyncio.sleep(0)
    claiming.claims.gate.set()

    assert isinstance(third, Barred)
    assert (third.status, third.headers) == (503, (("Retry-After", "10"),))
    verdicts = [*await asyncio.gather(*knocking), await other]
    assert [one.status for one in verdicts if isinstance(one, Barred)] == [404] * 3


async def test_a_proxy_asks_for_as_many_as_all_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CLAIMS_EACH", 1)
    monkeypatch.setattr(limits, "CLAIMS", 3)
    by_address = LinksByAddress(0, lambda address: address == "192.0.2.1")
    claiming = Claiming(links_by_address=by_address)
    claiming.claims.gate = asyncio.Event()
    knocking = [asyncio.create_task(knock(claiming.node, f"/ocpp/X{n}")) for n in range(3)]
    await asyncio.sleep(0)

    fourth = await knock(claiming.node, "/ocpp/X4")
    claiming.claims.gate.set()

    assert isinstance(fourth, Barred)
    assert fourth.status == 503
    verdicts = await asyncio.gather(*knocking)
    assert [one.status for one in verdicts if isinstance(one, Barred)] == [404] * 3
    await claiming.close()


async def test_only_so_many_names_are_remembered_as_nobodys(
    claiming: Claiming, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CLAIMS_DENIED", 2)
    for name in ("A", "B", "C"):
        await knock(claiming.node, f"/ocpp/{name}")
    claiming.claims.asked.clear()

    for name in ("C", "B", "A"):
        await knock(claiming.node, f"/ocpp/{name}")

    assert claiming.claims.asked == [("look_up", "A")]


async def test_a_server_that_ends_claims_none(claiming: Claiming) -> None:
    await claiming.server.register()
    claiming.node.backend.refuse_more()

    verdict = await knock(claiming.node)

    assert isinstance(verdict, Barred)
    assert verdict.status == 503
    assert claiming.claims.asked == LOOKED_UP


async def test_what_is_asked_ends_with_the_backend() -> None:
    claiming = Claiming()
    claiming.claims.gate = asyncio.Event()
    knocking = asyncio.create_task(knock(claiming.node))
    await asyncio.sleep(0)

    await claiming.close()

    with pytest.raises(asyncio.CancelledError):
        await knocking


async def test_hidden_identities_stay_hidden() -> None:
    claiming = Claiming(hides_identities=True)
    await claiming.server.register(password="secret")

    known = await knock(claiming.node, authorization=basic("CP1", "guess"))
    unknown = await knock(claiming.node, "/ocpp/CP2", authorization=basic("CP2", "guess"))

    assert isinstance(known, Barred)
    assert known == unknown
    await claiming.close()
