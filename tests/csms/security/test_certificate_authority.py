"""Certificates that chargers ask for, signed by an authority of the operator's choice."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.csms.bench import BOOT_16, ORG, START, Peer, Yard
from voltyard.csms.records import ChargerStored
from voltyard.csms.registry import ChargerChange
from voltyard.csms.security.certificate_authority import CertificateAuthority
from voltyard.csms.security.own_certificate_authority import OwnCertificateAuthority
from voltyard.csms.security.vehicle_pki import VehiclePki
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.kernel.time import DAY_S
from voltyard.ports.links import Admitted

PASSWORD = "the-right-password"


def name(common: str, organization: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organization is not None:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def files(directory: Path, *, ca: bool = True, key: Any = None) -> tuple[Path, Path]:
    """A root and its key."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    begins = datetime.fromtimestamp(START, UTC)
    root = (
        x509.CertificateBuilder()
        .subject_name(name("Root"))
        .issuer_name(name("Root"))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins - timedelta(days=1))
        .not_valid_after(begins + timedelta(days=100))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = directory / "ca.pem", directory / "ca.key"
    certificate_file.write_bytes(root.public_bytes(Encoding.PEM))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key_file.write_bytes(pem)
    return certificate_file, key_file


def request(common: str = "CP1", key: Any = None, organization: str | None = None) -> str:
    """A signing request."""
    return requested(name(common, organization), key)


def requested(subject: x509.Name, key: Any = None) -> str:
    key = key or ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def request_without_text() -> str:
    """One whose common name is of bytes that are no UTF-8, and that is signed all the same."""
    key = rsa.generate_private_key(65537, 2048)  # whose signatures are of one length
    whole = x509.load_pem_x509_csr(request("CP1", key).encode())
    signed = whole.tbs_certrequest_bytes.replace(b"CP1", b"\xff\xfe1")
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    made = whole.public_bytes(Encoding.DER).replace(whole.tbs_certrequest_bytes, signed)
    return ssl.DER_cert_to_PEM_cert(made.replace(whole.signature, signature)).replace(
        "CERTIFICATE", "CERTIFICATE REQUEST"
    )


async def charger(yard: Yard, version: str = "ocpp1.6", boot: Any = BOOT_16) -> Peer:
    """One that has proved who it is."""
    await yard.register(password=PASSWORD)
    admitted = yard.knock("/ocpp/CP1", (version,), "CP1", PASSWORD)
    assert isinstance(admitted, Admitted)
    peer = Peer(yard, admitted.user, admitted.subprotocol)
    if version == "ocpp1.6":
        await peer.say("BootNotification", boot)
    else:
        await peer.boot()
    return peer


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
async def test_a_charger_gets_the_certificate_it_asks_for(tmp_path: Path, version: str) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=30).sign)
    peer = await charger(yard, version)
    of_type = {} if version == "ocpp1.6" else {"certificateType": "ChargingStationCertificate"}

    answer = await peer.say("SignCertificate", {"csr": request(organization="ACME"), **of_type})

    assert answer == {"status": "Accepted"}
    (_, _, action, payload) = peer.asked()[-1]
    chain = payload.pop("certificateChain")
    assert (action, payload) == ("CertificateSigned", of_type)
    own, root = x509.load_pem_x509_certificates(chain.encode())
    own.verify_directly_issued_by(root)
    assert own.subject == name("CP1", ORG)  # the O of a request is what anybody may say
    assert own.not_valid_before_utc == datetime.fromtimestamp(START - 3600, UTC)
    assert own.not_valid_after_utc - own.not_valid_before_utc == timedelta(days=30)
    assert not own.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    await peer.answer({"status": "Accepted"})
    (row,) = yard.journal.commands.values()
    assert (row.command, row.status) == ("certificates/signed", "accepted")
    (told,) = yard.heard("certificate.requested")
    assert (told.status, told.reason) == ("accepted", None)
    await yard.backend.close()


async def test_a_serial_number_is_as_good_a_name_once_an_operator_has_pinned_it(
    tmp_path: Path,
) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=1).sign)
    peer = await charger(yard, boot={**BOOT_16, "chargePointSerialNumber": "SN-1"})

    assert (await peer.say("SignCertificate", {"csr": request("SN-1")}))["status"] == "Rejected"
    await yard.backend.update(ORG, "CP1", ChargerChange(pinned_serial_number="SN-1"))
    assert (await peer.say("SignCertificate", {"csr": request("SN-1")}))["status"] == "Accepted"
    (refused, _) = yard.heard("certificate.requested")
    assert "pinnedSerialNumber" in refused.reason
    await yard.backend.close()


async def test_no_certificate_outlives_its_authority(tmp_path: Path) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=1000).sign)
    peer = await charger(yard)

    await peer.say("SignCertificate", {"csr": request()})

    chain = peer.asked()[-1][3]["certificateChain"]
    own, root = x509.load_pem_x509_certificates(chain.encode())
    assert own.not_valid_after_utc == root.not_valid_after_utc
    await yard.backend.close()


async def test_an_authority_that_has_ended_signs_nothing(tmp_path: Path) -> None:
    certificate, key = files(tmp_path)
    yard = Yard(signer=CertificateAuthority(certificate, key, days=1).sign)
    yard.pass_time(100 * DAY_S)
    peer = await charger(yard)

    assert await peer.say("SignCertificate", {"csr": request()}) == {"status": "Rejected"}
    assert "has ended" in yard.heard("certificate.requested")[0].reason
    await yard.backend.close()


@pytest.mark.filterwarnings("ignore:Attribute's length")
async def test_an_identity_too_long_for_a_common_name_is_rejected(tmp_path: Path) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=1).sign)
    long = "C" * 65
    await yard.register(long, password=PASSWORD)
    admitted = yard.knock(f"/ocpp/{long}", ("ocpp1.6",), long, PASSWORD)
    assert isinstance(admitted, Admitted)
    peer = Peer(yard, admitted.user, admitted.subprotocol)
    await peer.say("BootNotification", BOOT_16)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, long, _validate=False)])

    assert await peer.say("SignCertificate", {"csr": requested(subject)}) == {"status": "Rejected"}
    assert "at most 64 characters" in yard.heard("certificate.requested")[0].reason
    await yard.backend.close()


@pytest.mark.parametrize(
    ("csr", "reason"),
    [
        (request("CP2"), "common name"),
        (request_without_text(), "common name"),
        ("-----BEGIN NOTHING-----", "no certificate signing request"),
        (request(key=rsa.generate_private_key(65537, 1024)), "weak"),
        (request(key=ec.generate_private_key(ec.SECP192R1())), "weak"),
    ],
)
async def test_what_must_not_be_signed_is_rejected(tmp_path: Path, csr: str, reason: str) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=30).sign)
    peer = await charger(yard)

    assert await peer.say("SignCertificate", {"csr": csr}) == {"status": "Rejected"}

    assert peer.asked() == []
    (told,) = yard.heard("certificate.requested")
    assert told.status == "rejected" and reason in told.reason
    await yard.backend.close()


async def test_a_charger_that_has_not_proved_who_it_is_gets_none(tmp_path: Path) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=30).sign)
    peer = await yard.booted()

    assert await peer.say("SignCertificate", {"csr": request()}) == {"status": "Rejected"}
    assert "prove" in yard.heard("certificate.requested")[0].reason
    await yard.backend.close()


@pytest.mark.parametrize("change", [{"password": PASSWORD}, {"security_profile": 3}])
async def test_nor_does_one_that_was_asked_for_nothing_when_it_came(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=30).sign)
    peer = await yard.booted()
    await yard.backend.update(ORG, "CP1", ChargerChange(**change))

    assert await peer.say("SignCertificate", {"csr": request()}) == {"status": "Rejected"}
    await yard.backend.close()


def purposes(certificate: x509.Certificate) -> set[x509.ObjectIdentifier]:
    return set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


async def test_tc_a_12_a_certificate_for_vehicles_has_its_secc_id_and_opens_no_door(
    tmp_path: Path,
) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=30).sign)
    peer = await charger(yard, "ocpp2.0.1")
    asked = {"csr": request("DEVOLE000001"), "certificateType": "V2GCertificate"}

    assert await peer.say("SignCertificate", asked) == {"status": "Accepted"}
    await yard.settle()

    _, _, action, payload = peer.asked()[-1]
    assert (action, payload["certificateType"]) == ("CertificateSigned", "V2GCertificate")
    own = x509.load_pem_x509_certificates(payload["certificateChain"].encode())[0]
    assert own.subject.rfc4514_string() == f"DC=CPO,CN=DEVOLE000001,O={ORG}"
    assert purposes(own) == {SERVER}
    [issued] = yard.heard("certificate.issued")
    assert issued.data()["use"] == "vehicles"
    listed = yard.restarted().backend.certificates.list(ORG, use="vehicles")
    assert [row.serial_number for row in listed] == [f"{own.serial_number:x}"]
    assert yard.backend.certificates.list(ORG, use="link") == []
    await yard.backend.close()


async def test_tc_a_13_a_certificate_without_a_type_is_for_both_uses_in_2_0_1(
    tmp_path: Path,
) -> None:
    for version, expected in (("ocpp2.0.1", {CLIENT, SERVER}), ("ocpp1.6", {CLIENT})):
        yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=30).sign)
        peer = await charger(yard, version)
        assert await peer.say("SignCertificate", {"csr": request()}) == {"status": "Accepted"}
        await yard.settle()
        payload = peer.asked()[-1][3]
        chain = payload["certificateChain"]
        own = x509.load_pem_x509_certificates(chain.encode())[0]
        assert purposes(own) == expected
        await yard.backend.close()


async def test_a_v2g_authority_of_its_own_signs_for_vehicles_and_for_nothing_else(
    tmp_path: Path,
) -> None:
    link, v2g = tmp_path / "link", tmp_path / "v2g"
    link.mkdir()
    v2g.mkdir()
    own, other = (CertificateAuthority(*files(one), days=30) for one in (link, v2g))
    yard = Yard(signer=own.sign, vehicle_pki=VehiclePki(v2g_signer=other.sign))
    peer = await charger(yard, "ocpp2.0.1")
    roots = {}
    for kind in ("ChargingStationCertificate", "V2GCertificate"):
        await peer.say("SignCertificate", {"csr": request(), "certificateType": kind})
        await yard.settle()
        chain = x509.load_pem_x509_certificates(peer.asked()[-1][3]["certificateChain"].encode())
        roots[kind] = chain[1].fingerprint(hashes.SHA256())
        await peer.answer({"status": "Accepted"})
    assert roots["ChargingStationCertificate"] != roots["V2GCertificate"]
    await yard.backend.close()


async def test_a_v2g_certificate_without_a_name_is_not_signed(tmp_path: Path) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=30).sign)
    peer = await charger(yard, "ocpp2.0.1")
    asked = {"csr": requested(x509.Name([])), "certificateType": "V2GCertificate"}
    assert await peer.say("SignCertificate", asked) == {"status": "Rejected"}
    await yard.backend.close()


def test_files_that_make_no_authority_name_their_setting(tmp_path: Path) -> None:
    certificate, key = files(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    _, other_key = files(other)
    plain = tmp_path / "plain"
    plain.mkdir()

    for pair, param in (
        ((tmp_path / "none.pem", key), "ca_certificate"),
        ((key, key), "ca_certificate"),
        ((certificate, certificate), "ca_key"),
        ((certificate, other_key), "ca_key"),
        (files(plain, ca=False), "ca_certificate"),
    ):
        with pytest.raises(Invalid) as caught:
            CertificateAuthority(*pair, days=1)
        assert caught.value.details["param"] == param


def names_in(directory: Path) -> list[str]:
    return sorted(one.name for one in directory.iterdir())


async def test_a_server_without_an_authority_makes_its_own_and_keeps_it(tmp_path: Path) -> None:
    yard = Yard(signer=OwnCertificateAuthority(tmp_path, days=30).sign)
    assert names_in(tmp_path) == []  # before anybody asks
    peer = await charger(yard)

    assert await peer.say("SignCertificate", {"csr": request()}) == {"status": "Accepted"}

    chain = peer.asked()[-1][3]["certificateChain"]
    own, root = x509.load_pem_x509_certificates(chain.encode())
    own.verify_directly_issued_by(root)
    kept = (tmp_path / "authority.pem").read_bytes()
    assert root.public_bytes(Encoding.PEM) == kept
    assert (tmp_path / "authority.key").stat().st_mode & 0o777 == 0o600
    await yard.backend.close()
    row = ChargerStored(id="c", organization_id=ORG, charge_box_id="CP1", registered_at=0.0)
    again = OwnCertificateAuthority(tmp_path, days=30).sign(request(), row, "ACME", START)
    assert again.chain.endswith(kept.decode())


async def test_where_no_authority_can_be_made_the_request_is_rejected(tmp_path: Path) -> None:
    yard = Yard(signer=OwnCertificateAuthority(tmp_path / "none", days=30).sign)
    peer = await charger(yard)

    assert await peer.say("SignCertificate", {"csr": request()}) == {"status": "Rejected"}

    (told,) = yard.heard("certificate.requested")
    assert "no authority can be made" in told.reason
    await yard.backend.close()


async def test_a_charger_that_asks_without_end_has_so_many_certificates_on_record(
    tmp_path: Path,
) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=30).sign)
    peer = await charger(yard)
    csr = request()
    for _ in range(limits.ISSUED_CERTIFICATES + 2):
        await peer.say("SignCertificate", {"csr": csr})
        await peer.answer({"status": "Accepted"})

    kept = yard.backend.certificates.list(ORG)

    issued = [one.certificate for one in yard.heard("certificate.issued")]
    assert kept == issued[: -limits.ISSUED_CERTIFICATES - 1 : -1]
    assert list(yard.journal.certificates.values()) == kept[::-1]
    again = yard.restarted().backend
    assert again.certificates.list(ORG) == kept
    await yard.backend.close()
    await again.close()


async def test_what_cannot_be_stored_is_neither_sent_nor_on_record(tmp_path: Path) -> None:
    yard = Yard(signer=CertificateAuthority(*files(tmp_path), days=30).sign)
    peer = await charger(yard)
    yard.journal.fail(Unavailable("the disk is full"))

    answer = await peer.ask("SignCertificate", {"csr": request()})

    assert answer[2] == "InternalError"
    assert yard.backend.certificates.list(ORG) == [] and peer.asked() == []
    yard.journal.fail(None)
    await yard.backend.close()
