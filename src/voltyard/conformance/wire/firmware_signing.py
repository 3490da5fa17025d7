"""Signing of firmware, as its manufacturer does."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from voltyard.kernel.time import Instant

_MONTH = timedelta(days=30)


class FirmwareSigner:
    """A root, and a certificate of it that may sign; both hold around that moment."""

    def __init__(self, at: Instant, *, ends_days: int = 1, uses_rsa: bool = False) -> None:
        """The signing certificate ends so many days after it."""
        self._at = datetime.fromtimestamp(at, UTC)
        root_key = ec.generate_private_key(ec.SECP256R1())
        self._key: Any = root_key
        if uses_rsa:
            self._key = rsa.generate_private_key(65537, 2048)
        else:
            self._key = ec.generate_private_key(ec.SECP256R1())
        root = self._drawn_up("Maker", root_key, self._at + _MONTH, is_root=True)
        own = self._drawn_up("Signer", self._key, self._at + timedelta(days=ends_days))
        leaf = own.sign(root_key, hashes.SHA256())
        self.root = _pem(root.sign(root_key, hashes.SHA256()))
        """PEM."""
        self.certificate = _pem(leaf)
        """PEM."""
        self.serial = f"{leaf.serial_number:x}"

    def sign(self, image: bytes) -> str:
        """The signature of an image, in base64."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return b64encode(self._key.sign(image, pss, hashes.SHA256())).decode()
        return b64encode(self._key.sign(image, ec.ECDSA(hashes.SHA256()))).decode()

    def _drawn_up(
        self, name: str, key: Any, ends: datetime, *, is_root: bool = False
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name("Maker"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._at - _MONTH)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
