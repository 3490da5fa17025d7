"""TLS contexts made from PEM texts; no socket is opened here."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.tls import Tls

_LOWEST = ssl.TLSVersion.TLSv1_2  # both versions ask for it: security white paper, 2.0.1 Part 2 A


_SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305"
)
"""Suites of TLS 1.2; the first two are of A00.FR.317. TLS 1.3 has its own."""

_RSA_KEY_EXCHANGE = ":AES128-GCM-SHA256:AES256-GCM-SHA384"
"""The other two of A00.FR.317 (TLS_RSA_WITH_...): whoever gets the key reads what was recorded."""


def check(tls: Tls) -> None:
    """Invalid, naming the field, where no link can be made like this."""
    for name, limit in (
        ("ca", limits.CA_PEM_CHARS),
        ("client_certificate", limits.PEM_CHARS),
        ("client_key", limits.PEM_CHARS),
    ):
        text = getattr(tls, name)
        if text is not None and len(text) > limit:
            raise _bad(name, f"longer than {limit} characters")
    if (tls.client_certificate is None) != (tls.client_key is None):
        missing = "client_key" if tls.client_key is None else "client_certificate"
        raise _bad(missing, "needed: certificate and key go together")
    if tls.ca is not None:
        _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "ca", tls.ca)
    _show(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), tls)


def check_text(place: str, text: str) -> None:
    """Invalid, naming the place, where there are no certificates in it."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (OSError, ValueError, TypeError) as error:
        raise Invalid(f"{place}: no certificates in PEM: {_why(error)}", param=place) from None


def client_context(tls: Tls) -> ssl.SSLContext:
    """For dialling. Invalid, naming the field, where a text is not what it should be."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = _LOWEST
    context.check_hostname = tls.verify_hostname
    if tls.ca is None or tls.beside_system:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if tls.ca:
        _trust(context, "ca", tls.ca)
    _show(context, tls)
    return context


def server_context(
    certificate: Path,
    key: Path,
    client_ca: Path | None,
    *,
    takes_any: bool = False,
    second: tuple[Path, Path] | None = None,
    rsa_key_exchange: bool = False,
) -> ssl.SSLContext:
    """For listening; with `client_ca`, only clients with a certificate of its may come in, or also
    those that have none (`takes_any`). `second` is a certificate with another kind of key, and with
    `rsa_key_exchange` the suites without forward secrecy are offered as well.

    Invalid, naming the file, where one cannot be read or is not what it should be.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _LOWEST
    context.set_ciphers(_SUITES + _RSA_KEY_EXCHANGE if rsa_key_exchange else _SUITES)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_OPTIONAL if takes_any else ssl.CERT_REQUIRED
    load_server_files(context, certificate, key, client_ca, second)
    return context


def load_server_files(
    context: ssl.SSLContext,
    certificate: Path,
    key: Path,
    client_ca: Path | None,
    second: tuple[Path, Path] | None,
) -> None:
    """Have a context show these certificates from now on, and trust these roots beside those that
    it trusts. Invalid as above; then it may be left without a certificate."""
    _load_pair(context, certificate, key, "ocpp_tls_certificate")
    if second is not None:
        _load_pair(context, *second, "ocpp_tls_second_certificate")
    if client_ca is not None:
        try:
            context.load_verify_locations(client_ca)
        except (OSError, ValueError) as error:
            raise Invalid(
                f"no certificates to trust in {client_ca}: {_why(error)}", param="ocpp_client_ca"
            ) from None


def _load_pair(context: ssl.SSLContext, certificate: Path, key: Path, param: str) -> None:
    try:
        context.load_cert_chain(certificate, key, _no_password)
    except (OSError, ValueError) as error:
        raise Invalid(f"no TLS with {certificate} and {key}: {_why(error)}", param=param) from None


def _trust(context: ssl.SSLContext, name: str, text: str) -> None:
    try:
        context.load_verify_locations(cadata=text)
    except (OSError, ValueError, TypeError) as error:
        raise _bad(name, f"no certificates in PEM: {_why(error)}") from None


def _show(context: ssl.SSLContext, tls: Tls) -> None:
    """Have it show the client's certificate where a server asks for one."""
    if tls.client_certificate is None or tls.client_key is None:
        return
    # Read alone first, so that it is known which of the two is at fault.
    _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "client_certificate", tls.client_certificate)
    try:
        with _as_file(tls.client_certificate) as certificate, _as_file(tls.client_key) as key:
            context.load_cert_chain(certificate, key, _no_password)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or ""
        if reason == "KEY_VALUES_MISMATCH":
            raise _bad("client_key", "not the key of client_certificate") from None
        if reason.startswith("EE_KEY") or reason.endswith("MD_TOO_WEAK"):
            raise _bad("client_certificate", f"too weak: {_why(error)}") from None
        raise _bad("client_key", "no private key in PEM that can be read") from None


@contextmanager
def _as_file(text: str) -> Iterator[str]:
    """A path from which it can be read: OpenSSL takes keys from files only, and a secret is not to
    be left on a disk."""
    with _nameless_file() as file:
        file.write(text.encode())
        file.flush()
        file.seek(0)
        yield f"/dev/fd/{file.fileno()}"


def _nameless_file() -> IO[bytes]:
    in_memory = getattr(os, "memfd_create", None)  # Linux has it
    return TemporaryFile() if in_memory is None else os.fdopen(in_memory("pem"), "w+b")


def _no_password() -> str:
    raise ValueError("the key is encrypted")  # else OpenSSL would ask at the terminal


def _why(error: Exception) -> str:
    """OpenSSL's words without its numbers."""
    reason = getattr(error, "reason", None)
    if reason:
        return str(reason).replace("_", " ").lower()
    return str(getattr(error, "strerror", None) or error).partition(" (_ssl")[0]


def _bad(name: str, reason: str) -> Invalid:
    return Invalid(f"tls.{name}: {reason}", param=f"tls.{name}")
