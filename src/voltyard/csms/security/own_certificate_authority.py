"""A certificate authority that a server makes for itself where none is configured. It is trusted
only by those who are told to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voltyard.csms.records import ChargerStored
from voltyard.csms.security.certificate_authority import (
    CertificateAuthority,
    NewCertificate,
)
from voltyard.csms.security.certificate_rows import CertificateUse
from voltyard.files.secret_files import replace_secret_file
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

CERTIFICATE: Final = "authority.pem"
KEY: Final = "authority.key"

_YEARS: Final = 20


class OwnCertificateAuthority:
    """One certificate and its key in a directory, made when they are first needed."""

    def __init__(self, directory: Path, days: float, *, makes: bool = True) -> None:
        """Without `makes` it has to be there."""
        self._makes = makes
        self._certificate, self._key = directory / CERTIFICATE, directory / KEY
        self._days = days
        self._authority: CertificateAuthority | None = None

    def sign(
        self,
        csr: str,
        charger: ChargerStored,
        operator_name: str,
        now: Instant,
        use: CertificateUse = "link",
    ) -> NewCertificate:
        """See `certificate_authority.CertificateSigner`."""
        if self._authority is None:
            self._authority = self._opened(now)
        return self._authority.sign(csr, charger, operator_name, now, use)

    def _opened(self, now: Instant) -> CertificateAuthority:
        try:
            if not self._certificate.exists():
                if not self._makes:
                    raise Invalid(
                        "a node makes no certificate authority (VOLTYARD_CA_CERTIFICATE, _CA_KEY)"
                    )
                self._make(now)
        except OSError as error:
            raise Invalid(
                f"no authority can be made in {self._certificate.parent}: {error.strerror}"
            ) from error
        return CertificateAuthority(self._certificate, self._key, self._days)

    def _make(self, now: Instant) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        key = ec.generate_private_key(ec.SECP256R1())
        # The key first: a certificate without one, as a kill would leave it, could sign nothing.
        replace_secret_file(
            self._key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        replace_secret_file(self._certificate, _drawn_up(key, now))


def _drawn_up(key: "ec.EllipticCurvePrivateKey", now: Instant) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    serial = x509.random_serial_number()
    own_name = f"Voltyard authority {serial:x}"[:40]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, own_name)])
    begins = datetime.fromtimestamp(now, UTC) - timedelta(days=1)
    usage = x509.KeyUsage(
        digital_signature=False,
        key_encipherment=False,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    public = key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)
