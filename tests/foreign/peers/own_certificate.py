"""A certificate that a foreign charger asks for: its key, its request, what it is given."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


class OwnCertificate:
    """Takes a certificate of its own key, and no other."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.chain: list[x509.Certificate] = []

    def request(self, common_name: str = "FOREIGN-1") -> str:
        """A signing request in PEM."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        made = x509.CertificateSigningRequestBuilder().subject_name(name)
        return made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def taken(self, chain: str) -> str:
        """What the charger says of the chain it is given."""
        certificates = x509.load_pem_x509_certificates(chain.encode())
        if certificates[0].public_key() != self._key.public_key():
            return "Rejected"
        self.chain = certificates
        return "Accepted"
