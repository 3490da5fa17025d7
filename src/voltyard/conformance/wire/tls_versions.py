"""Attempts to shake hands in one version of TLS."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from urllib.parse import urlsplit

from voltyard.kernel.time import Seconds

TLS_PORT = 443


async def takes_tls(url: str, version: ssl.TLSVersion, *, patience_s: Seconds) -> bool:
    """True where the server of a wss:// URL shakes hands in that version and in no other.

    OSError where nothing answers there.
    """
    address = urlsplit(url)
    opening = asyncio.open_connection(
        address.hostname, address.port or TLS_PORT, ssl=_context_of(version)
    )
    try:
        async with asyncio.timeout(patience_s):
            _, writer = await opening
    except (ssl.SSLError, ConnectionResetError):  # an alert, or the end without one
        return False
    writer.close()
    return True


def _context_of(version: ssl.TLSVersion) -> ssl.SSLContext:
    """The server's certificate is not what is asked about here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")  # without it OpenSSL leaves the old versions out
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = version
        context.maximum_version = version
    return context
