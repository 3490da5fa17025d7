"""Refused handshakes: why, of whom, and how they are told."""

from base64 import b64encode
from typing import Any

import pytest

from tests.csms.bench import ORG, Yard
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.csms.security.certificate_authority import MARK
from voltyard.kernel import limits
from voltyard.ports.links import Admitted, Barred, BrokenHandshake, Handshake, PeerCertificate

RIGHT = "correct horse battery"
ELSEWHERE = "198.51.100.6:1"


def rows(yard: Yard, org: str = ORG) -> list[RefusalStored]:
    return yard.backend.refusal_record.book.list(org)


def row(yard: Yard, org: str = ORG) -> RefusalStored:
    (one,) = rows(yard, org)
    return one


@pytest.mark.parametrize(
    ("registered", "knock", "reason", "hint"),
    [
        (
            {"password": RIGHT},
            {"user": "CP1", "password": "wrong"},
            "wrong_password",
            "registered, but the password is wrong",
        ),
        ({"password": RIGHT}, {}, "no_password", "registered, but no password was sent"),
        (
            {"password": RIGHT, "validation": "strict"},
            {"user": "admin", "password": RIGHT},
            "wrong_user_name",
            "registered, but the user name",
        ),
        ({"security_profile": 1}, {}, "password_not_set", "no password is known of it"),
        (
            {"password": RIGHT, "security_profile": 2},
            {"user": "CP1", "password": RIGHT},
            "lower_profile",
            "comes without TLS",
        ),
        (
            {"security_profile": 3},
            {"is_secure": True},
            "certificate_missing",
            "shows no certificate",
        ),
        ({}, {"certificate_name": "CP2"}, "certificate_of_another", "another charger's"),
        (
            {},
            {"certificate": PeerCertificate("CP1", "00", uris=(f"{MARK}x",))},
            "certificate_not_on_record",
            "not on record",
        ),
        ({"allowed_addresses": ("192.0.2.9",)}, {}, "address_not_allowed", "allowedAddresses"),
        ({}, {"origin": "http://evil.example"}, "foreign_origin", "Origin"),
        (
            {},
            {"subprotocols": ("ocpp1.5",)},
            "no_common_subprotocol",
            "no common subprotocol: it offers ocpp1.5",
        ),
        ({}, {"subprotocols": ()}, "no_common_subprotocol", "it offers none"),
    ],
)
async def test_the_reason_of_a_registered_charger(
    registered: dict[str, Any], knock: dict[str, Any], reason: str, hint: str
) -> None:
    yard = Yard(has_tls_door=True)
    charger = await yard.register(**registered)

    verdict = yard.knock(**knock)

    if reason != "no_common_subprotocol":  # of which some are told once the link is open
        assert not isinstance(verdict, Admitted)
    one = row(yard)
    assert (one.identity, one.address, one.count) == ("CP1", "192.0.2.1", 1)
    assert one.charger_id == charger.row.id
    assert one.reason == reason
    assert hint in one.hint


@pytest.mark.parametrize(
    ("path", "identity", "reason", "hint"),
    [
        ("/ocpp/CP2", "CP2", "not_registered", 'POST /api/v1/chargers {"chargeBoxId": "CP2"}'),
        ("/ocpp/cp1", "cp1", "other_spelling", "'CP1' is"),
        ("/ocpp/CP1%20", "CP1 ", "other_spelling", "'CP1' is"),
        ("/ocpp/A%252FB", "A%2FB", "other_spelling", "encodes the identity once"),
        ("/steve/websocket/CP1?password=secret", "CP1", "wrong_path", "/ocpp/<chargeBoxId>"),
        ("/ocpp", None, "wrong_path", "/ocpp/<chargeBoxId>"),
        ("/", None, "wrong_path", "/ocpp/<chargeBoxId>"),
        ("/ocpp/org_x/CP1", "CP1", "unknown_organization", "no such organization"),
    ],
)
async def test_the_reason_of_a_stranger(
    yard: Yard, path: str, identity: str | None, reason: str, hint: str
) -> None:
    await yard.register()
    await yard.register("A/B")

    yard.knock(path)

    one = row(yard)
    assert (one.identity, one.charger_id) == (identity, None)
    assert one.reason == reason
    assert hint in one.hint
    assert "secret" not in repr(one)


async def test_each_organization_has_those_who_dial_by_its_name() -> None:
    yard = Yard(is_organization=lambda one: one in ("org_a", "org_b"))
    await yard.register("CP1", org="org_a")

    yard.knock("/ocpp/org_b/CP1")
    yard.knock("/ocpp/CP1")
    yard.knock("/ocpp/org_a/CP1", subprotocols=("ocpp1.5",))

    assert row(yard, "org_b").reason == "not_registered"
    assert row(yard).reason == "not_registered"
    assert row(yard, "org_a").reason == "no_common_subprotocol"
    assert [event.organization_id for event in yard.heard("charger.refused")] == [
        "org_b",
        ORG,
        "org_a",
    ]


async def test_too_many_wrong_passwords_have_a_row_of_their_own() -> None:
    yard = Yard()
    await yard.register(password=RIGHT)
    yard.knock(user="CP1", password=RIGHT)
    each = int(limits.CHARGER_GUESSES_EACH)

    for n in range(each + 20):
        yard.knock(user="CP1", password=f"wrong {n}", remote=ELSEWHERE)

    assert {one.reason: one.count for one in rows(yard)} == {
        "wrong_password": each,
        "too_many_attempts": 20,
    }
    assert "wrong 1" not in repr(rows(yard))


async def test_refusals_are_told_at_once_and_then_once_a_minute_with_their_count() -> None:
    yard = Yard()
    charger = await yard.register()
    for _ in range(30):
        yard.knock(subprotocols=("ocpp1.5",), remote=ELSEWHERE)

    (first,) = yard.heard("charger.refused")
    yard.pass_time(60.0)
    _, second = yard.heard("charger.refused")
    yard.pass_time(600.0)

    assert (first.charge_box_id, first.charger_id, first.count) == ("CP1", charger.row.id, 1)
    assert second.data() == {
        "chargeBoxId": "CP1",
        "newCount": 29,
        "remoteAddresses": ["198.51.100.6"],
        "id": row(yard).id,
        "identity": "CP1",
        "address": "198.51.100.6",
        "offeredSubprotocols": ["ocpp1.5"],
        "reason": "no_common_subprotocol",
        "hint": "no common subprotocol: it offers ocpp1.5",
        "count": 30,
        "firstAt": "2026-09-21T14:13:20.000Z",
        "lastAt": "2026-09-21T14:13:20.000Z",
        "registered": True,
    }
    assert len(yard.heard("charger.refused")) == 2
    assert yard.backend.refusals.count == 30


async def test_of_strangers_so_many_are_told_and_the_others_counted() -> None:
    yard = Yard()
    await yard.register("MINE", password=RIGHT)

    for n in range(100):
        yard.knock(f"/ocpp/CP{n}")
    yard.knock("/ocpp/MINE")

    told = [event.charge_box_id for event in yard.heard("charger.refused")]
    assert told == [f"CP{n}" for n in range(limits.STRANGERS_TOLD)] + ["MINE"]
    assert len(rows(yard)) == 101
    assert yard.backend.refusals.count == 101


async def test_a_strangers_texts_are_cut_and_tamed(yard: Yard) -> None:
    hostile = "%1B%5B2J%0Aline%E2%80%AE" + "x" * 1000

    yard.knock(f"/ocpp/{hostile}", subprotocols=tuple("\x1b" + "y" * 1000 for _ in range(100)))

    one = row(yard)
    assert one.identity is not None
    assert one.identity.isprintable()
    assert len(one.identity) == limits.IDENTITY_CHARACTERS
    assert all(name.isprintable() for name in one.offered)
    assert {len(name) for name in one.offered} == {limits.REFUSED_SUBPROTOCOL_CHARS}
    assert len(one.offered) == limits.REFUSED_SUBPROTOCOLS


async def test_a_handshake_that_breaks_before_it_is_judged(yard: Yard) -> None:
    await yard.register()
    yard.backend.broken(BrokenHandshake(ELSEWHERE, "tls_on_plain_port"))
    yard.backend.broken(BrokenHandshake("192.0.2.2:1", "certificate_invalid", "it has expired"))
    plain = BrokenHandshake("192.0.2.3:1", "plain_on_tls_port", path="/ocpp/CP1")
    yard.backend.broken(plain)
    yard.backend.broken(plain)

    by_reason = {one.reason: one for one in rows(yard)}
    first = by_reason[RefusalReason.TLS_ON_PLAIN_PORT]
    assert (first.identity, first.address) == (None, "198.51.100.6")
    expired = by_reason[RefusalReason.CERTIFICATE_INVALID]
    assert expired.hint == "its certificate is not to be trusted: it has expired"
    known = by_reason[RefusalReason.PLAIN_ON_TLS_PORT]
    assert (known.identity, known.count) == ("CP1", 2)


async def test_those_who_name_no_identity_are_told_apart_by_address(yard: Yard) -> None:
    for n in (1, 2, 2):
        yard.backend.broken(BrokenHandshake(f"192.0.2.{n}:1", "tls_on_plain_port"))

    assert {one.address: one.count for one in rows(yard)} == {"192.0.2.1": 1, "192.0.2.2": 2}


async def test_what_is_forgotten_is_told_no_more(yard: Yard) -> None:
    yard.knock()
    yard.knock()

    await yard.backend.refusal_record.forget(rows(yard))
    yard.pass_time(60.0)

    assert rows(yard) == []
    assert len(yard.heard("charger.refused")) == 1


async def test_guesses_at_a_name_that_is_made_up_are_of_one_that_is_not_registered() -> None:
    yard = Yard(hides_identities=True)

    for n in range(int(limits.CHARGER_GUESSES_EACH) + 5):
        header = "Basic " + b64encode(f"CP1:wrong {n}".encode()).decode()
        verdict = yard.backend.gate(Handshake("/ocpp/CP1", ("ocpp1.6",), header, ELSEWHERE))
        assert not isinstance(verdict, Admitted | Barred)
        assert isinstance(await verdict, Barred)

    assert row(yard).reason == "not_registered"
