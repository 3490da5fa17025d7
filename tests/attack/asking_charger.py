"""A charger that asks for a certificate: SignCertificate on a socket of its own."""

import json
from base64 import b64encode
from ssl import SSLContext
from typing import Any

import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

BOOT = {"chargePointVendor": "ACME", "chargePointModel": "DC-50"}


def signing_request(name: str, key: ec.EllipticCurvePrivateKey) -> str:
    """A request in PEM for that common name."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


async def asked(
    url: str,
    identity: str,
    password: str,
    csr: str,
    tls: SSLContext | None = None,
    **boot: Any,
) -> str | None:
    """The chain that came of it; None where the request was rejected."""
    secret = b64encode(f"{identity}:{password}".encode()).decode()
    async with websockets.connect(
        url,
        subprotocols=["ocpp1.6"],  # type: ignore[list-item]
        ssl=tls,
        additional_headers={"Authorization": f"Basic {secret}"},
    ) as socket:
        await socket.send(json.dumps([2, "1", "BootNotification", {**BOOT, **boot}]))
        await socket.recv()
        await socket.send(json.dumps([2, "2", "SignCertificate", {"csr": csr}]))
        if json.loads(await socket.recv())[2]["status"] != "Accepted":
            return None
        _, number, _, sent = json.loads(await socket.recv())
        await socket.send(json.dumps([3, number, {"status": "Accepted"}]))
        return str(sent["certificateChain"])
