"""OCTT's cases for a 1.6 charge point: passwords, certificates, security profiles."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from ocpp.v16 import call

from tests.foreign.octt_stage import IDENTITY, Stage, case, over_tls, show
from voltyard.catalogue.commands import commands as do
from voltyard.kernel.tls import Tls
from voltyard.testing.certificates import RootAuthority

PASSWORD = "a-password-of-20-chr"
NEW_KEY = "00112233445566778899aabbccddeeff"
SECURED: dict[str, Any] = {"password": PASSWORD, "security_profile": 1}
DAY = timedelta(days=1)


class Root:
    """A root certificate that holds around that moment, and signs."""

    def __init__(self, at: float) -> None:
        self._at = datetime.fromtimestamp(at, UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")])
        drawn_up = self._drawn_up(self._name, self._key.public_key())
        self.pem = self._signed(
            drawn_up.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        )

    def sign(self, request: str, *, key: Any = None) -> str:
        """What a request asks for; of another key where one is given."""
        asked = x509.load_pem_x509_csr(request.encode())
        assert asked.is_signature_valid
        return self._signed(self._drawn_up(asked.subject, key or asked.public_key()))

    def _drawn_up(self, subject: x509.Name, key: Any) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._at - DAY)
            .not_valid_after(self._at + DAY)
        )

    def _signed(self, drawn_up: x509.CertificateBuilder) -> str:
        return drawn_up.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


async def installed(stage: Stage, use: str = "CentralSystemRootCertificate") -> Root:
    root = Root(stage.central.clock())
    answer = await stage.asks(call.InstallCertificate(use, root.pem))
    assert answer.status == "Accepted"
    return root


async def listed(stage: Stage, use: str) -> list[dict[str, str]]:
    answer = await stage.asks(call.GetInstalledCertificateIds(use))
    assert answer.status == ("Accepted" if answer.certificate_hash_data else "NotFound")
    return list(answer.certificate_hash_data or ())


@case(sockets=True, **SECURED)
async def test_TC_073_CS_the_password_is_updated(stage: Stage) -> None:
    await stage.booted()
    links = stage.central.links
    changed = await stage.asks(call.ChangeConfiguration("AuthorizationKey", NEW_KEY))
    assert changed.status == "Accepted"
    await stage.central.until(lambda: stage.central.links > links)
    pair = IDENTITY.encode() + b":" + bytes.fromhex(NEW_KEY)
    assert stage.central.handshakes[-1] == f"Basic {b64encode(pair).decode()}"


async def asked_for(stage: Stage) -> str:
    answer = await stage.asks(call.ExtendedTriggerMessage("SignChargePointCertificate"))
    assert answer.status == "Accepted"
    request: str = (await stage.hears("SignCertificate"))["csr"]
    return request


@case(sockets=True, **SECURED)
async def test_TC_074_CS_the_charge_points_certificate_is_updated(stage: Stage) -> None:
    await stage.booted()
    root = await installed(stage)
    request = await asked_for(stage)
    answer = await stage.asks(call.CertificateSigned(root.sign(request)))
    assert answer.status == "Accepted"


@case(sockets=True, **SECURED)
async def test_TC_075_1_CS_a_manufacturers_root_is_installed(stage: Stage) -> None:
    await stage.booted()
    await installed(stage, "ManufacturerRootCertificate")
    assert len(await listed(stage, "ManufacturerRootCertificate")) == 1


@case(sockets=True, **SECURED)
async def test_TC_075_2_CS_a_central_systems_root_is_installed(stage: Stage) -> None:
    await stage.booted()
    await installed(stage)
    assert len(await listed(stage, "CentralSystemRootCertificate")) == 1


@case(sockets=True, **SECURED)
async def test_TC_076_CS_a_certificate_is_deleted(stage: Stage) -> None:
    await stage.booted()
    await installed(stage)
    [found] = await listed(stage, "CentralSystemRootCertificate")
    deleted = await stage.asks(call.DeleteCertificate(found))
    assert deleted.status == "Accepted"
    assert await listed(stage, "CentralSystemRootCertificate") == []
    assert (await stage.asks(call.DeleteCertificate(found))).status == "NotFound"


@case(sockets=True, **SECURED)
async def test_TC_077_CS_an_invalid_certificate_is_refused_and_told(stage: Stage) -> None:
    await stage.booted()
    root = await installed(stage)
    request = await asked_for(stage)
    stranger = ec.generate_private_key(ec.SECP256R1()).public_key()
    answer = await stage.asks(call.CertificateSigned(root.sign(request, key=stranger)))
    assert answer.status == "Rejected"
    await stage.hears("SecurityEventNotification", type="InvalidChargePointCertificate")


@pytest.mark.slow
def test_TC_078_CS_an_invalid_central_system_is_told(tmp_path: Path) -> None:
    known, strange = RootAuthority("Known"), RootAuthority("Strange")

    async def play(stage: Stage) -> None:
        assert stage.context is not None
        await stage.booted()
        show(stage.context, strange, tmp_path)
        await stage.do(do.NetworkDrop(), do.NetworkRestore())
        while stage.host.dials_failed == 0:
            await stage.passes(0.1)
        show(stage.context, known, tmp_path)
        await stage.hears("SecurityEventNotification", type="InvalidCentralSystemCertificate")

    over_tls(play, known, tmp_path, tls=Tls(ca=known.ca), security_events=True, **QUICK)


QUICK: dict[str, Any] = {
    "password": PASSWORD,
    "settings": {
        "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1",
        "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
    },
}


@case(sockets=False, **SECURED)
async def test_TC_083_CS_the_security_profile_is_upgraded(stage: Stage) -> None:
    await stage.booted()
    await installed(stage)
    links = stage.central.links
    changed = await stage.asks(call.ChangeConfiguration("SecurityProfile", "2"))
    assert changed.status == "Accepted"
    await stage.central.until(lambda: stage.central.links > links)
    assert stage.dialled[-1].startswith("wss://")
    found = await stage.asks(call.GetConfiguration(key=["SecurityProfile"]))
    assert found.configuration_key[0]["value"] == "2"


@case(sockets=True, **SECURED)
async def test_TC_084_CS_the_security_profile_is_not_downgraded(stage: Stage) -> None:
    await stage.booted()
    await installed(stage)
    for lower in ("0", "1"):
        changed = await stage.asks(call.ChangeConfiguration("SecurityProfile", lower))
        assert changed.status == "Rejected"


@case(sockets=True, **SECURED)
async def test_TC_085_CS_basic_authentication(stage: Stage) -> None:
    await stage.booted()
    pair = f"{IDENTITY}:{PASSWORD}".encode()
    assert stage.central.handshakes == [f"Basic {b64encode(pair).decode()}"]


@pytest.mark.slow
def test_TC_086_CS_the_central_systems_certificate_is_checked(tmp_path: Path) -> None:
    known, strange = RootAuthority("Known"), RootAuthority("Strange")

    async def play(stage: Stage) -> None:
        assert stage.context is not None
        await is_refused(stage)
        show(stage.context, known, tmp_path)
        await stage.booted()

    over_tls(play, strange, tmp_path, tls=Tls(ca=known.ca), **QUICK)


@pytest.mark.slow
def test_TC_087_CS_the_charge_points_certificate_is_shown(tmp_path: Path) -> None:
    known, chargers = RootAuthority("Known"), RootAuthority("Chargers")
    own = chargers.sign(IDENTITY)
    tls = Tls(ca=known.ca, client_certificate=own.certificate, client_key=own.key)

    async def play(stage: Stage) -> None:
        await stage.booted()

    over_tls(play, known, tmp_path, of_clients=chargers, tls=tls, **QUICK)
    nothing_shown = Tls(ca=known.ca)
    over_tls(is_refused, known, tmp_path, of_clients=chargers, tls=nothing_shown, **QUICK)


async def is_refused(stage: Stage) -> None:
    while stage.host.dials_failed == 0:
        await stage.passes(0.1)
    assert not stage.central.heard
