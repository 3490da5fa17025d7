"""OCTT 1.6, central system: credentials, certificates and subprotocols, on real sockets."""

import json
import ssl
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from websockets.exceptions import ConnectionClosed, InvalidStatus

from voltyard.config import Config
from voltyard.server import Server
from voltyard.testing.certificates import RootAuthority

pytestmark = pytest.mark.slow

KEY = "a-key-for-octt"
PASSWORD = "correct-horse-battery"
BOOT = {"chargePointVendor": "ACME", "chargePointModel": "DC-50"}


async def boots(url: str, **said: Any) -> str:
    """The status that a charge point's BootNotification is answered with, and its subprotocol."""
    said = {"subprotocols": ["ocpp1.6"], **said}
    async with websockets.connect(url, **said) as socket:
        await socket.send(json.dumps([2, "1", "BootNotification", BOOT]))
        kind, _, payload = json.loads(await socket.recv())
        assert (kind, socket.subprotocol) == (3, "ocpp1.6")
        return str(payload["status"])


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


async def register(server: Server, **said: Any) -> str:
    """A charger, and the URL to dial."""
    headers = {"X-API-Key": KEY}
    async with httpx.AsyncClient(base_url=server.api_url, headers=headers, timeout=120) as client:
        answer = await client.post("/api/v1/chargers", json={"chargeBoxId": "CP-1", **said})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["connectionUrl"])


def config(directory: Path, **said: Any) -> Config:
    return Config(data=directory / "data", port=0, ocpp_port=0, token=KEY, **said)


async def test_TC_074_CSMS_a_certificate_is_asked_for_and_signed(tmp_path: Path) -> None:
    authority, key = RootAuthority("Operator's authority").files(tmp_path)
    own = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CP-1")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    csr = request.sign(own, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    async with Server(config(tmp_path, ca_certificate=authority, ca_key=key)) as server:
        url = await register(server, password=PASSWORD)
        headers = basic("CP-1", PASSWORD)
        async with websockets.connect(
            url, subprotocols=["ocpp1.6"], additional_headers=headers
        ) as socket:
            await socket.send(json.dumps([2, "1", "BootNotification", BOOT]))
            assert json.loads(await socket.recv())[2]["status"] == "Accepted"
            await socket.send(json.dumps([2, "2", "SignCertificate", {"csr": csr}]))
            assert json.loads(await socket.recv()) == [3, "2", {"status": "Accepted"}]
            kind, message_id, action, payload = json.loads(await socket.recv())
            await socket.send(json.dumps([3, message_id, {"status": "Accepted"}]))

    assert (kind, action) == (2, "CertificateSigned")
    signed, root = x509.load_pem_x509_certificates(payload["certificateChain"].encode())
    signed.verify_directly_issued_by(root)
    assert signed.public_key() == own.public_key()
    assert signed.subject.get_attributes_for_oid(NameOID.COMMON_NAME) == list(subject)


async def test_TC_085_CSMS_basic_authentication(tmp_path: Path) -> None:
    async with Server(config(tmp_path)) as server:
        url = await register(server, password=PASSWORD)

        assert await boots(url, additional_headers=basic("CP-1", PASSWORD)) == "Accepted"
        for headers in (basic("CP-1", "another-password"), None):
            with pytest.raises(InvalidStatus) as refused:
                await boots(url, additional_headers=headers)
            assert refused.value.response.status_code == 401


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_TC_086_CSMS_the_servers_certificate(tmp_path: Path) -> None:
    root = RootAuthority("Octt root")
    certificate, key = root.sign("csms", "127.0.0.1").files(tmp_path)
    files = {"ocpp_tls_certificate": certificate, "ocpp_tls_key": key}
    trusting = ssl.create_default_context(cadata=root.ca)
    async with Server(config(tmp_path, **files)) as server:
        url = await register(server, password=PASSWORD)

        said = {"ssl": trusting, "additional_headers": basic("CP-1", PASSWORD)}
        assert url.startswith("wss://")
        assert await boots(url, **said) == "Accepted"
        for too_old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            old = ssl.create_default_context(cadata=root.ca)
            old.set_ciphers("ALL:@SECLEVEL=0")
            old.minimum_version = old.maximum_version = too_old
            with pytest.raises((ssl.SSLError, OSError)):
                await boots(url, **{**said, "ssl": old})


async def test_TC_087_CSMS_the_charge_points_certificate(tmp_path: Path) -> None:
    root, clients, strange = (
        RootAuthority("Octt root"),
        RootAuthority("Clients"),
        RootAuthority("Strangers"),
    )
    certificate, key = root.sign("csms", "127.0.0.1").files(tmp_path)
    files = {
        "ocpp_tls_certificate": certificate,
        "ocpp_tls_key": key,
        "ocpp_client_ca": clients.file(tmp_path),
    }

    def presenting(authority: RootAuthority | None, directory: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=root.ca)
        if authority is not None:
            (tmp_path / directory).mkdir()
            context.load_cert_chain(*authority.sign("CP-1").files(tmp_path / directory))
        return context

    async with Server(config(tmp_path, **files)) as server:
        url = await register(server, securityProfile=3)

        assert await boots(url, ssl=presenting(clients, "own")) == "Accepted"
        for wrong in (presenting(strange, "strange"), presenting(None, "none")):
            with pytest.raises((ssl.SSLError, OSError, websockets.WebSocketException)):
                await boots(url, ssl=wrong)


async def test_TC_088_CSMS_subprotocols_are_negotiated(tmp_path: Path) -> None:
    async with Server(config(tmp_path)) as server:
        url = await register(server)

        assert await boots(url, subprotocols=["ocpp1.6", "ocpp1.5"]) == "Accepted"
        assert await boots(url, subprotocols=["ocpp0.1", "ocpp1.6"]) == "Accepted"
        async with websockets.connect(url, subprotocols=["ocpp0.1"]) as socket:  # type: ignore[list-item]
            assert "Sec-WebSocket-Protocol" not in socket.response.headers  # type: ignore[union-attr]
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1002
