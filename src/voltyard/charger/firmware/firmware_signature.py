"""Signatures of firmware: the signing certificate and the image are checked (L01).

The signature is of the image's SHA-256: RSA-PSS or ECDSA, in base64.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from typing import Literal, TypeAlias

from voltyard.charger.security import x509
from voltyard.charger.security.x509 import BadCertificate
from voltyard.kernel.time import Instant

CertificateObjection: TypeAlias = Literal["InvalidCertificate", "RevokedCertificate"]


def certificate_objection(
    certificate: str, roots: Sequence[str], revoked: Sequence[str], at: Instant
) -> tuple[CertificateObjection | None, str]:
    """An objection to a signing certificate, and why: PEM, those that lead to its root may follow.
    The roots are the manufacturer's, in PEM; revoked are serial numbers in hex."""
    if not roots:
        return "InvalidCertificate", "no ManufacturerRootCertificate is installed"
    try:
        x509.check_chain(certificate, roots, at)
        serial = f"{x509.read(certificate)[0].serial_number:x}"
    except BadCertificate as bad:
        return "InvalidCertificate", str(bad)
    if serial in {one.lower().lstrip("0") for one in revoked}:
        return "RevokedCertificate", f"{serial} is revoked"
    return None, ""


def signature_is_valid(certificate: str, signature: str, sha256: bytes) -> bool:
    """True where the signature (base64) is that of the certificate's owner (PEM), of that image."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

    algorithm = utils.Prehashed(hashes.SHA256())
    try:
        signed = b64decode("".join(signature.split()), validate=True)
        key = x509.read(certificate)[0].public_key()
        if isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
            key.verify(signed, sha256, pss, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signed, sha256, ec.ECDSA(algorithm))
        else:
            return False
    except (Error, ValueError, InvalidSignature, BadCertificate):
        return False
    return True
