"""Passwords and certificates, as chargers of the `ocpp` package of either version take them."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.exceptions import InvalidStatus

from tests.foreign.desk import Desk, open_desk
from tests.foreign.peers.charger import connected
from voltyard.csms.security.certificate_authority import CertificateAuthority

BOX = "FOREIGN-1"
AT = f"/chargers/{BOX}"
OLD = "the-old-password"
VERSIONS = ["1.6", "2.0.1"]


def authority(directory: Path) -> CertificateAuthority:
    """Of the operator's choice: a root that the test makes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The operator's root")])
    now = datetime.fromtimestamp(time.time(), UTC)
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=100))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = directory / "ca.pem", directory / "ca.key"
    certificate_file.write_bytes(root.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return CertificateAuthority(certificate_file, key_file, days=30)


@pytest.fixture
async def desk(sqlite_directory: Path) -> AsyncIterator[Desk]:
    async with open_desk(sqlite_directory, authority(sqlite_directory).sign) as opened:
        await opened.register(BOX, password=OLD)
        yield opened


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_new_password_is_the_one_it_comes_with_next(desk: Desk, version: str) -> None:
    async with connected(version, desk.charger_url, BOX, OLD) as charger:
        await charger.boot()
        answer = await desk.post(f"{AT}/password")
        assert not charger.record.errors
    assert answer["status"] == "Accepted"
    given = charger.password
    assert given is not None
    # 1.6 has hexadecimal on the wire; in its header come the digits, or the bytes they stand for
    shown = given.hex() if version == "1.6" else given.decode()

    with pytest.raises(InvalidStatus, match="401"):
        async with connected(version, desk.charger_url, BOX, OLD):
            pass
    for password in {shown, shown.upper()} if version == "1.6" else {shown}:
        async with connected(version, desk.charger_url, BOX, password) as again:
            assert (await again.boot()).status == "Accepted"


@pytest.mark.parametrize("version", VERSIONS)
async def test_one_given_by_a_raw_call_is_too(desk: Desk, version: str) -> None:
    key = "00112233445566778899AABBCCDDEEFF"
    data = {
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "BasicAuthPassword"},
        "attributeValue": key,
    }
    call = (
        {"action": "ChangeConfiguration", "payload": {"key": "AuthorizationKey", "value": key}}
        if version == "1.6"
        else {"action": "SetVariables", "payload": {"setVariableData": [data]}}
    )
    async with connected(version, desk.charger_url, BOX, OLD) as charger:
        await charger.boot()
        await desk.post(f"{AT}/call", call)

    with pytest.raises(InvalidStatus, match="401"):
        async with connected(version, desk.charger_url, BOX, OLD):
            pass
    async with connected(version, desk.charger_url, BOX, key) as again:
        assert (await again.boot()).status == "Accepted"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("asked", ["by itself", "when triggered"])
async def test_a_certificate_it_asks_for_is_the_operators_and_taken(
    desk: Desk, version: str, asked: str
) -> None:
    async with connected(version, desk.charger_url, BOX, OLD) as charger:
        await charger.boot()
        if asked == "by itself":
            assert (await charger.sign()).status == "Accepted"
        else:
            body = {"requestedMessage": "SignChargePointCertificate", "extended": True}
            assert (await desk.post(f"{AT}/trigger", body))["status"] == "accepted"
        await charger.record.until_call("CertificateSigned")
        one = {"pagination": {"total": 1, "limit": 50, "offset": 0}}
        sent = await desk.until(f"{AT}/commands?command=certificates/signed", **one)
        assert sent["commands"][0]["status"] == "accepted"
        assert not charger.record.errors

    leaf, root = charger.own.chain
    leaf.verify_directly_issued_by(root)
    [common] = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert common.value == BOX
    assert "The operator's root" in root.subject.rfc4514_string()
