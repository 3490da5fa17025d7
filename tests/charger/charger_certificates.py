"""Certificates for the bench, whose clock stands at START."""

from datetime import UTC, datetime, timedelta
from typing import Any

from charger_bench import START
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

NOW = datetime.fromtimestamp(START, UTC)
DAY = timedelta(days=1)


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Root:
    """A root certificate and its key, or one that `by` has signed."""

    def __init__(
        self,
        common: str = "Root",
        *,
        by: "Root | None" = None,
        ca: bool = True,
        begins: datetime = NOW - DAY,
        ends: datetime = NOW + 100 * DAY,
        key: Any = None,
        serial: int = 0x0ABC,
    ) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        issuer = name(common) if by is None else by.certificate.subject
        drawn_up = _drawn_up(name(common), issuer, self.key.public_key(), begins, ends, serial)
        self.certificate = drawn_up.add_extension(
            x509.BasicConstraints(ca=ca, path_length=None), critical=True
        ).sign(self.key if by is None else by.key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()

    def sign(
        self,
        request: str,
        *,
        begins: datetime = NOW - DAY,
        ends: datetime = NOW + 90 * DAY,
        key: Any = None,
        serial: int = 4711,
    ) -> str:
        """The certificate that a request asks for; of another key where one is given."""
        asked = x509.load_pem_x509_csr(request.encode())
        assert asked.is_signature_valid
        drawn_up = _drawn_up(
            asked.subject,
            self.certificate.subject,
            asked.public_key() if key is None else key.public_key(),
            begins,
            ends,
            serial,
        )
        return drawn_up.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


class OldRoot(Root):
    """A root of X.509 v1, which has no extensions."""

    def __init__(self, common: str = "Old", key: Any = None) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        algorithm = _der(0x30, bytes.fromhex("06082a8648ce3d040302"))  # ecdsa-with-SHA256
        times = [NOW - DAY, NOW + 100 * DAY]
        written = _der(
            0x30,
            b"".join(
                (
                    _der(0x02, b"\x01"),
                    algorithm,
                    name(common).public_bytes(),
                    _der(
                        0x30, b"".join(_der(0x17, f"{at:%y%m%d%H%M%SZ}".encode()) for at in times)
                    ),
                    name(common).public_bytes(),
                    self.key.public_key().public_bytes(
                        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
                    ),
                )
            ),
        )
        signature = self.key.sign(written, ec.ECDSA(hashes.SHA256()))
        signed = _der(0x30, written + algorithm + _der(0x03, b"\x00" + signature))
        self.certificate = x509.load_der_x509_certificate(signed)
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    digits = b"" if size < 0x80 else size.to_bytes(1 if size < 0x100 else 2, "big")
    length = digits and bytes([0x80 + len(digits)]) + digits
    return bytes([tag]) + (length or bytes([size])) + content


def _drawn_up(
    subject: x509.Name,
    issuer: x509.Name,
    key: Any,
    begins: datetime,
    ends: datetime,
    serial: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
