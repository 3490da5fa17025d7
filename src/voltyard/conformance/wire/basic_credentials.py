"""Credentials of HTTP Basic authentication (RFC 7617), read from a header."""

from base64 import b64decode


def basic_credentials(header: str | None) -> tuple[str, bytes] | None:
    """User name and password of an Authorization header; None where there are none."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = b64decode(encoded, validate=True).partition(b":")
    except ValueError:
        return None
    return (name.decode(errors="replace"), password) if colon else None
