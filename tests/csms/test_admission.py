"""Who is let in: contract/csms.yaml `websocket.rules`."""

from typing import Any

import pytest

from tests.csms.bench import ORG, Peer, Wire, Yard
from voltyard.csms.registry import ChargerChange
from voltyard.csms.security.certificate_authority import MARK
from voltyard.kernel.errors import Invalid
from voltyard.ports.links import Admitted, Barred, Handshake, PeerCertificate


async def test_a_registered_charger_is_let_in(yard: Yard) -> None:
    await yard.register()

    admitted = yard.knock()

    assert isinstance(admitted, Admitted)
    assert admitted.subprotocol == "ocpp1.6"
    assert admitted.ping_interval_s == yard.backend.settings(ORG).web_socket_ping_interval_s


@pytest.mark.parametrize(
    "path",
    [
        "/ocpp/CP2",
        "http://[bad/ocpp/CP1",
        "/ocpp/cp1",
        "/ocpp",
        "/",
        "",
        "/other/CP1",
        "/ocpp/org_x/CP1",
        "/a/b/c/CP1",
    ],
)
async def test_an_id_that_is_not_registered_is_refused_before_the_upgrade(
    yard: Yard, path: str
) -> None:
    await yard.register()

    refused = yard.knock(path)

    assert isinstance(refused, Barred)
    assert refused.status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/ocpp/RDAM%20%2F1",
        "/ocpp/RDAM%20%2F1/",
        "//ocpp///RDAM%20%2F1//",
        "/ocpp/RDAM%20%2F1?token=1",
        "/ocpp/RDAM %2f1",
        "ws://yard.example:9000/ocpp/RDAM%20%2F1",
        f"/ocpp/{ORG}/RDAM%20%2F1",
    ],
)
async def test_odd_spellings_of_the_path_are_tolerated(yard: Yard, path: str) -> None:
    # facts: Q05
    await yard.register("RDAM /1")

    admitted = yard.knock(path)

    assert isinstance(admitted, Admitted)


async def test_the_connection_path_leads_back_to_the_charger(yard: Yard) -> None:
    own = await yard.register("CP 1")
    other = await yard.register("CP 1", org="org_b")

    assert yard.backend.connection_path(own) == "/ocpp/CP%201"
    assert yard.backend.connection_path(other) == "/ocpp/org_b/CP%201"
    assert yard.knock("/ocpp/CP%201").user.session.charger is own  # type: ignore[union-attr]
    assert yard.knock("/ocpp/org_b/CP%201").user.session.charger is other  # type: ignore[union-attr]


async def test_a_wrong_or_missing_password_is_refused(yard: Yard) -> None:
    await yard.register(password="correct horse battery")

    refusals = [
        yard.knock(user="CP1", password="wrong horse"),
        yard.knock(user="CP1", password=""),
        yard.knock(),
        yard.backend.gate(_with_header("Bearer abc")),
        yard.backend.gate(_with_header("Basic !!!")),
        yard.backend.gate(_with_header("Basic bm9jb2xvbg==")),
    ]

    assert [refused.status for refused in refusals] == [401] * 6  # type: ignore[union-attr]
    assert refusals[0].headers == (("WWW-Authenticate", 'Basic realm="ocpp"'),)  # type: ignore[union-attr]


async def test_the_right_password_is_let_in_each_time(yard: Yard) -> None:
    await yard.register(password="correct horse battery")

    for _ in range(2):
        assert isinstance(yard.knock(user="CP1", password="correct horse battery"), Admitted)
        assert isinstance(yard.knock(user="CP1", password="wrong"), Barred)


async def test_a_hexadecimal_key_may_be_sent_decoded(yard: Yard) -> None:
    # facts: Q07
    key = "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567"
    await yard.register(password=key)

    assert isinstance(yard.knock(user="CP1", password=bytes.fromhex(key)), Admitted)
    assert isinstance(yard.knock(user="CP1", password=key), Admitted)
    assert isinstance(yard.knock(user="CP1", password=bytes.fromhex(key)[::-1]), Barred)


async def test_another_user_name_is_forgiven_to_lenient_chargers_only(yard: Yard) -> None:
    await yard.register(password="correct horse battery", validation="lenient")

    assert isinstance(yard.knock(user="admin", password="correct horse battery"), Admitted)

    await yard.backend.update(ORG, "CP1", ChargerChange(validation="strict"))

    assert isinstance(yard.knock(user="admin", password="correct horse battery"), Barred)
    assert isinstance(yard.knock(user="CP1", password="correct horse battery"), Admitted)


async def test_a_password_that_was_replaced_or_taken_away_counts_no_more(yard: Yard) -> None:
    await yard.register(password="correct horse battery")
    assert isinstance(yard.knock(user="CP1", password="correct horse battery"), Admitted)

    await yard.backend.update(ORG, "CP1", ChargerChange(password="another one entirely"))
    assert isinstance(yard.knock(user="CP1", password="correct horse battery"), Barred)

    await yard.backend.update(ORG, "CP1", ChargerChange(password=None))
    assert isinstance(yard.knock(), Admitted)


async def test_passwords_are_stored_salted_and_hashed(yard: Yard) -> None:
    one = await yard.register("A", password="correct horse battery")
    other = await yard.register("B", password="correct horse battery")

    stored = yard.journal.chargers[one.row.id].password_hash
    assert stored is not None and "horse" not in stored
    assert stored != yard.journal.chargers[other.row.id].password_hash


async def test_a_certificate_in_the_chargers_own_name_needs_no_password(yard: Yard) -> None:
    await yard.register(password="correct horse battery")

    assert isinstance(yard.backend.gate(_with_certificate("CP1")), Admitted)


async def test_a_certificate_in_the_name_of_the_pinned_serial_number_is_the_chargers_own(
    yard: Yard,
) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    await peer.gone()

    assert isinstance(yard.backend.gate(_with_certificate("S1", "ocpp2.0.1")), Barred)
    await yard.backend.update(ORG, "CP1", ChargerChange(pinned_serial_number="S1"))
    assert isinstance(yard.backend.gate(_with_certificate("S1", "ocpp2.0.1")), Admitted)


async def test_another_chargers_certificate_is_refused_whatever_the_password(yard: Yard) -> None:
    await yard.register()
    await yard.register("CP2")

    refused = yard.backend.gate(_with_certificate("CP2"))

    assert isinstance(refused, Barred)
    assert "certificate" in why(yard, refused)


@pytest.mark.parametrize("shown", [{}, {"user": "CP1", "password": "the password of b"}])
async def test_the_short_path_leads_to_no_other_organization(
    yard: Yard, shown: dict[str, str]
) -> None:
    password = shown.get("password")
    other = await yard.register(org="org_b", password=password)

    refused = yard.knock("/ocpp/CP1", **shown)

    assert isinstance(refused, Barred) and refused.status == 404
    admitted = yard.knock("/ocpp/org_b/CP1", **shown)
    assert admitted.user.session.charger is other  # type: ignore[union-attr]


async def test_a_namesake_in_another_organization_gains_nothing_by_its_password(
    yard: Yard,
) -> None:
    await yard.register(password="the password of a")
    await yard.register(org="org_b", password="the password of b")

    refused = yard.knock("/ocpp/CP1", user="CP1", password="the password of b")

    assert isinstance(refused, Barred) and refused.status == 401


@pytest.mark.parametrize("offered", [(), ("",), ("ocpp1.5",), ("ocpp2.0.1.1",), ("OCPP1.6x",)])
async def test_without_a_common_subprotocol_the_link_is_closed_at_once(
    yard: Yard, offered: tuple[str, ...]
) -> None:
    # OCPP-J 3.2: complete the handshake without the header, and then immediately close.
    charger = await yard.register()

    admitted = yard.knock(subprotocols=offered)

    assert isinstance(admitted, Admitted)
    assert admitted.subprotocol is None
    wire = Wire(None)
    admitted.user.opened(wire)
    admitted.user.received('[2,"1","Heartbeat",{}]')
    admitted.user.closed(1002, "")
    assert wire.closed is not None and wire.closed[0] == 1002
    assert "ocpp1.6, ocpp2.0.1" in wire.closed[1]
    assert wire.sent == []
    assert not charger.online and charger.session is None
    await yard.settle()
    assert yard.journal.connections == {} and not yard.journal.messages


@pytest.mark.parametrize("offered", [(), ("",), ("ocpp1.5",)])
async def test_no_common_subprotocol_is_refused_where_that_is_set(
    yard: Yard, offered: tuple[str, ...]
) -> None:
    await yard.register()
    await yard.backend.change_settings(ORG, no_common_subprotocol="refuse")

    refused = yard.knock(subprotocols=offered)

    assert isinstance(refused, Barred)
    assert refused.status == 400
    assert "no common subprotocol" in refused.reason


async def test_who_may_not_come_in_is_refused_whatever_it_offers(yard: Yard) -> None:
    await yard.register(password="correct horse battery")

    assert yard.knock("/ocpp/CP2", ("ocpp1.5",)).status == 404  # type: ignore[union-attr]
    assert yard.knock(subprotocols=("ocpp1.5",)).status == 401  # type: ignore[union-attr]


async def test_chargers_that_offer_nothing_are_taken_as_1_6_where_that_is_allowed(
    yard: Yard,
) -> None:
    # facts: Q01
    await yard.register()
    await yard.backend.change_settings(ORG, allow_empty_subprotocol=True)

    admitted = yard.knock(subprotocols=())

    assert isinstance(admitted, Admitted)
    assert admitted.subprotocol is None
    assert admitted.user.session.version == "1.6"  # type: ignore[attr-defined]
    assert "RefusedLink" in repr(yard.knock(subprotocols=("ocpp1.5",)))


async def test_the_charger_prefers_the_version(yard: Yard) -> None:
    await yard.register()

    first = yard.knock(subprotocols=("ocpp2.1", "ocpp2.0.1", "ocpp1.6"))
    second = yard.knock(subprotocols=("ocpp1.6", "ocpp2.0.1"))

    assert first.subprotocol == "ocpp2.0.1"  # type: ignore[union-attr]
    assert second.subprotocol == "ocpp1.6"  # type: ignore[union-attr]


async def test_nobody_is_let_in_while_the_server_ends(yard: Yard) -> None:
    await yard.register()
    late = yard.knock()
    assert isinstance(late, Admitted)

    await yard.backend.close()

    assert yard.knock().status == 503  # type: ignore[union-attr]
    assert Peer(yard, late.user, late.subprotocol).wire.closed == (1012, "the server restarts")


async def test_a_charger_deleted_between_handshake_and_link_is_hung_up(yard: Yard) -> None:
    await yard.register()
    admitted = yard.knock()
    assert isinstance(admitted, Admitted)
    await yard.backend.delete(ORG, "CP1")

    peer = Peer(yard, admitted.user, admitted.subprotocol)

    assert peer.wire.closed == (1008, "the charger was deleted")
    peer.text('[2,"1","Heartbeat",{}]')
    assert peer.wire.sent == []
    await peer.gone()


def _with_certificate(name: str, subprotocol: str = "ocpp1.6") -> Handshake:
    return Handshake("/ocpp/CP1", (subprotocol,), None, "192.0.2.1:1", PeerCertificate(name))


def _with_header(header: str) -> Handshake:
    return Handshake("/ocpp/CP1", ("ocpp1.6",), header, "192.0.2.1:1")


@pytest.mark.parametrize("box_id", ["", "x" * 256])
async def test_an_id_has_a_length(yard: Yard, box_id: str) -> None:
    with pytest.raises(Invalid):
        await yard.register(box_id)

    assert yard.backend.chargers(ORG) == []


async def test_a_certificate_of_another_authority_names_the_operator_where_that_has_a_name(
    yard: Yard,
) -> None:
    # 2.0.1 A00.FR.404
    await yard.register()
    await yard.backend.change_settings(ORG, operator_name="Depot")

    other = yard.knock(certificate=PeerCertificate("CP1", organization_names=("Others",)))
    own = yard.knock(certificate=PeerCertificate("CP1", organization_names=("Depot",)))

    assert "another charger's" in why(yard, other)
    assert isinstance(own, Admitted)


async def test_where_that_is_set_only_certificates_on_record_open_a_link() -> None:
    yard = Yard(recorded_only=True)
    await yard.register()

    assert "not on record" in why(yard, yard.knock(certificate_name="CP1"))
    assert isinstance(yard.knock(), Admitted)


async def test_a_certificate_that_was_issued_here_and_is_not_on_record_opens_nothing(
    yard: Yard,
) -> None:
    charger = await yard.register()
    mark = f"{MARK}{ORG}:{charger.row.id}"

    refused = yard.knock(certificate=PeerCertificate("CP1", "f" * 64, uris=(mark,)))

    assert "not on record" in why(yard, refused)


async def test_a_charger_of_security_profile_3_has_to_prove_who_it_is(yard: Yard) -> None:
    await yard.register(security_profile=3)

    bare = yard.knock()
    certified = yard.knock(certificate_name="CP1")

    assert "certificate" in why(yard, bare)
    assert isinstance(certified, Admitted)


# --- what its security profile asks of a charger --------------------------------------------------

SECRET = "correct horse battery"
UNTOLD = "not let in: the server's operator is told why"


def profile(verdict: Admitted | Barred) -> int:
    assert isinstance(verdict, Admitted), verdict
    shown: int = verdict.user.session.profile  # type: ignore[attr-defined]
    return shown


def why(yard: Yard, verdict: Admitted | Barred) -> str:
    """The hint, which the operator is told, and who knocks is not."""
    assert isinstance(verdict, Barred)
    assert (verdict.status, verdict.reason) == (401, UNTOLD)
    yard.pass_time(60.0)
    hint: str = yard.heard("charger.refused")[-1].row.hint
    return hint


@pytest.mark.parametrize("number", [1, 2])
async def test_without_a_password_nobody_comes_in_as_a_charger_that_is_to_have_one(
    yard: Yard, number: int
) -> None:
    await yard.register(security_profile=number)

    assert "no password is known of it" in why(yard, yard.knock())
    assert "no password is known of it" in why(yard, yard.knock(user="CP1", password=SECRET))

    await yard.backend.update(ORG, "CP1", ChargerChange(password=SECRET))
    assert profile(yard.knock(user="CP1", password=SECRET)) == 1
    await yard.backend.update(ORG, "CP1", ChargerChange(password=None))
    assert "no password is known of it" in why(yard, yard.knock())


async def test_a_charger_of_no_profile_comes_in_with_nothing(yard: Yard) -> None:
    await yard.register()

    assert profile(yard.knock()) == 0


async def test_a_password_is_no_certificate(yard: Yard) -> None:
    await yard.register(security_profile=3, password=SECRET)

    for is_secure in (False, True):
        refused = yard.knock(user="CP1", password=SECRET, is_secure=is_secure)
        assert "shows no certificate" in why(yard, refused)
    assert profile(yard.knock(certificate_name="CP1", is_secure=True)) == 3


async def test_beside_a_door_of_tls_the_plain_one_is_for_the_lower_profiles() -> None:
    yard = Yard(has_tls_door=True)
    shown = {"user": "CP1", "password": SECRET}
    await yard.register(password=SECRET, security_profile=1)
    assert profile(yard.knock(**shown)) == 1
    assert profile(yard.knock(**shown, is_secure=True)) == 2

    await yard.backend.update(ORG, "CP1", ChargerChange(security_profile=2))

    assert "comes without TLS" in why(yard, yard.knock(**shown))
    assert profile(yard.knock(**shown, is_secure=True)) == 2


async def test_at_the_only_door_a_proxy_may_have_spoken_tls(yard: Yard) -> None:
    await yard.register(password=SECRET, security_profile=2)

    assert profile(yard.knock(user="CP1", password=SECRET)) == 1


# --- once it has come up with more ----------------------------------------------------------------


async def test_a_charger_that_came_with_a_certificate_comes_with_a_password_no_more() -> None:
    # 2.0.1 A05.FR.07
    yard = Yard()
    await yard.register(password=SECRET)
    await arrived(yard, certificate_name="CP1", is_secure=True)

    refused = yard.knock(user="CP1", password=SECRET, is_secure=True)

    assert "shows no certificate" in why(yard, refused)
    (told,) = yard.heard("charger.profile_changed")
    assert (told.previous_profile, told.security_profile, told.by) == (0, 3, "charger")


async def test_a_charger_that_came_over_tls_comes_in_the_clear_no_more() -> None:
    yard = Yard(has_tls_door=True)
    await yard.register(password=SECRET, security_profile=1)
    await arrived(yard, user="CP1", password=SECRET, is_secure=True)

    assert "comes without TLS" in why(yard, yard.knock(user="CP1", password=SECRET))
    later = yard.restarted(has_tls_door=True)
    assert "comes without TLS" in why(later, later.knock())


async def test_an_operator_lowers_the_profile_until_the_charger_comes_with_more_again() -> None:
    yard = Yard()
    await yard.register(password=SECRET)
    await arrived(yard, certificate_name="CP1")

    await yard.backend.update(ORG, "CP1", ChargerChange(security_profile=1))
    await arrived(yard, user="CP1", password=SECRET)
    (_, lowered) = yard.heard("charger.profile_changed")
    assert (lowered.previous_profile, lowered.security_profile, lowered.by) == (3, 1, "operator")
    await arrived(yard, certificate_name="CP1")

    assert "shows no certificate" in why(yard, yard.knock(user="CP1", password=SECRET))


async def arrived(yard: Yard, **shown: Any) -> None:
    """Returns once a link with that has been up."""
    admitted = yard.knock(**shown)
    assert isinstance(admitted, Admitted), admitted
    peer = Peer(yard, admitted.user, admitted.subprotocol)
    await peer.boot()
    await peer.gone()
