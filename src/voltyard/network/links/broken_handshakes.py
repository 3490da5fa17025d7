"""Handshakes that break before there is a request to be judged: their cause, from the error."""

import ssl
from typing import Final

from voltyard.network.tls_listener import NotTls
from voltyard.ports.links import BrokenHandshake

TLS_BEGINNING: Final = b"\x16\x03"
"""The first bytes of a TLS handshake."""

_NO_CERTIFICATE: Final = "PEER_DID_NOT_RETURN_A_CERTIFICATE"
_DISTRUSTED: Final = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED")
"""Alerts of a peer that does not like the certificate that it was shown."""


def broken_tls(error: BaseException, address: str) -> BrokenHandshake:
    """The broken TLS handshake of a peer at that address."""
    remote = f"{address}:0"
    if isinstance(error, NotTls):
        return BrokenHandshake(remote, "tls_failed", "what came is no TLS")
    if isinstance(error, ssl.SSLCertVerificationError):
        return BrokenHandshake(remote, "certificate_invalid", error.verify_message)
    if not isinstance(error, ssl.SSLError):
        return BrokenHandshake(
            remote, "tls_failed", "the charger hung up; does it trust the server's certificate?"
        )
    why = error.reason or ""
    if why == _NO_CERTIFICATE:
        return BrokenHandshake(remote, "certificate_missing")
    if why.endswith(_DISTRUSTED):
        return BrokenHandshake(
            remote, "tls_failed", "the charger does not trust the server's certificate"
        )
    return BrokenHandshake(remote, "tls_failed", why.lower().replace("_", " "))
