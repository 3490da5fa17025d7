"""TLS on both ends: contexts that are shared, and failures in words."""

import asyncio
import ssl
from collections import OrderedDict
from hashlib import sha256
from typing import Any

from voltyard.kernel import limits, tls_contexts
from voltyard.kernel.errors import Invalid
from voltyard.kernel.tls import Tls
from voltyard.network.links.address import Address
from voltyard.ports.links import DialFailed, PeerCertificate

_VERIFY = "CERTIFICATE_VERIFY_FAILED"
_HINTS = {
    "CERTIFICATE_REQUIRED": "the peer takes clients with a certificate only",
    "WRONG_VERSION_NUMBER": "does the peer speak TLS? If not, its URL begins with ws://",
    _VERIFY: "tls.ca has the certificates to trust, tls.verify_hostname the check of the name",
}


_CAUSES = {
    _VERIFY: "certificate",
    "UNSUPPORTED_PROTOCOL": "tls_version",
    "PROTOCOL_VERSION": "tls_version",
    "WRONG_SSL_VERSION": "tls_version",
    "HANDSHAKE_FAILURE": "tls_cipher",
    "NO_SHARED_CIPHER": "tls_cipher",
    "NO_CIPHERS_AVAILABLE": "tls_cipher",
}
"""Causes by a part of OpenSSL's reason: `details["cause"]` of a DialFailed."""


class ClientContexts:
    """Cache of clients' TLS contexts, by their settings. Each takes tens of kilobytes, and the
    system's trust store takes milliseconds to read."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Tls, asyncio.Future[ssl.SSLContext]] = OrderedDict()

    async def of(self, tls: Tls) -> ssl.SSLContext:
        """Read in a thread of its own, once. DialFailed where it cannot be."""
        reading = self._kept.get(tls)
        if reading is None:
            loop = asyncio.get_running_loop()
            reading = loop.run_in_executor(None, tls_contexts.client_context, tls)
            self._kept[tls] = reading
            while len(self._kept) > limits.TLS_CONTEXTS:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(tls)
        try:
            # One dial given up must not take the context from the others.
            return await asyncio.shield(reading)
        except (Invalid, OSError) as error:
            self._kept.pop(tls, None)
            raise DialFailed(f"TLS cannot be set up: {error}") from error


def peer_certificate(ssl_object: Any) -> PeerCertificate | None:
    """The verified certificate of a peer that showed one with a common name."""
    told = None if ssl_object is None else ssl_object.getpeercert()
    if not told:
        return None
    subject = [pair for part in told.get("subject", ()) for pair in part]
    name = next((str(value) for name, value in subject if name == "commonName"), None)
    if name is None:
        return None
    return PeerCertificate(
        name,
        sha256(ssl_object.getpeercert(binary_form=True)).hexdigest(),
        tuple(str(value) for name, value in subject if name == "organizationName"),
        tuple(str(value) for kind, value in told.get("subjectAltName", ()) if kind == "URI"),
    )


def failed(error: ssl.SSLError, address: Address) -> DialFailed:
    """No TLS came of it, or the peer broke it off."""
    reason = error.reason or ""
    cause = next((cause for part, cause in _CAUSES.items() if part in reason), "")
    return DialFailed(
        _words(error, reason),
        hint=next((hint for part, hint in _HINTS.items() if part in reason), ""),
        host=address.host,
        port=address.port,
        **({"cause": cause} if cause else {}),
    )


def _words(error: ssl.SSLError, reason: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message.rstrip('.')}"
    said = reason.replace("_", " ").lower()
    for version in ("tlsv13 alert ", "tlsv1 alert ", "sslv3 alert ", "ssl/tls alert "):
        if said.startswith(version):
            return f"the peer refused TLS: {said.removeprefix(version)}"
    return f"no TLS with the peer: {said or error}"
