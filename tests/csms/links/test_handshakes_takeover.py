"""Two connections of one charger: which of them stays, from where it may come, and what is told."""

import asyncio

import pytest

from tests.csms.bench import ORG, Peer, Yard
from voltyard.csms.registry import ChargerChange
from voltyard.ports.links import Admitted, Barred, GateDecision, Handshake

STRANGER = "198.51.100.6:50000"


async def second(yard: Yard) -> "asyncio.Task[GateDecision]":
    """Another connection of CP1, which has to wait for its verdict."""
    verdict = yard.backend.gate(Handshake("/ocpp/CP1", ("ocpp1.6",), None, STRANGER))
    assert not isinstance(verdict, Admitted | Barred)
    waiting = asyncio.ensure_future(verdict)
    await asyncio.sleep(0)
    return waiting


async def test_the_newest_wins_and_its_takeover_is_told_with_both_addresses() -> None:
    yard = Yard()
    peer = await yard.booted()

    admitted = yard.knock(remote=STRANGER)
    assert isinstance(admitted, Admitted)
    Peer(yard, admitted.user, "ocpp1.6")

    assert peer.wire.closed == (1008, "a newer connection of this charger took its place")
    (told,) = yard.heard("charger.replaced")
    assert told.data() == {
        "chargeBoxId": "CP1",
        "remoteAddress": STRANGER,
        "formerRemoteAddress": "192.0.2.1:40000",
    }
    assert yard.backend.replaced == 1


async def test_the_oldest_stays_while_it_answers_a_ping() -> None:
    yard = Yard()
    peer = await yard.booted()
    await yard.backend.update(ORG, "CP1", ChargerChange(takeover="oldest"))

    waiting = await second(yard)
    (answer,) = peer.wire.probes
    answer()
    refused = await waiting

    assert isinstance(refused, Barred)
    assert refused.status == 409
    assert peer.wire.closed is None
    assert yard.heard("charger.replaced") == []
    assert [event.row.reason for event in yard.heard("charger.refused")] == ["older_connection"]


async def test_the_oldest_gives_way_once_it_is_gone() -> None:
    yard = Yard()
    peer = await yard.booted(takeover="oldest")
    await peer.gone()

    assert isinstance(yard.knock(remote=STRANGER), Admitted)


async def test_a_charger_comes_from_its_own_addresses_alone() -> None:
    yard = Yard()
    await yard.register(allowed_addresses=("192.0.2.0/24", "2001:db8::1"))

    refused = yard.knock(remote=STRANGER)

    assert isinstance(refused, Barred)
    assert refused.status == 403
    for remote in ("192.0.2.77:1", "[2001:db8::1]:1"):
        assert isinstance(yard.knock(remote=remote), Admitted)


async def test_from_elsewhere_a_right_password_looks_like_a_wrong_one() -> None:
    yard = Yard()
    await yard.register(password="the right one", allowed_addresses=("192.0.2.0/24",))

    answers = {
        yard.knock(user="CP1", password=password, remote=STRANGER)
        for password in ("the right one", "a wrong one")
    }

    assert [type(one) for one in answers] == [Barred]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://csms:9001", "http://[", ""]
)
async def test_a_foreign_origin_is_refused(origin: str) -> None:
    yard = Yard()
    await yard.register()

    refused = yard.knock(origin=origin)

    assert isinstance(refused, Barred)
    assert refused.status == 403


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "http://csms:9000",
        "http://csms",  # libwebsockets, given the address alone
        "file://",  # WebSockets for Arduino, unless told otherwise
    ],
)
async def test_its_own_origin_or_what_chargers_write_is_taken(origin: str | None) -> None:
    yard = Yard()
    await yard.register()

    assert isinstance(yard.knock(origin=origin), Admitted)
