"""Signatures of HTTP messages. They are made as https://www.standardwebhooks.com has it: libraries
of receivers know how to check them.

The signature is the HMAC-SHA256 of `<id>.<seconds since the epoch>.<body>`, in base64.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable
from hashlib import sha256
from random import Random
from typing import Final

from voltyard.kernel import ids
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant

SECRET_PREFIX: Final = "whsec_"
_NEW_KEY_BYTES: Final = 32
_KEY_BYTES: Final = range(24, 65)
"""Lengths that the specification allows."""


def new_secret(random: Random = ids.SYSTEM) -> str:
    """A secret to sign with: `whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + b64encode(random.randbytes(_NEW_KEY_BYTES)).decode()


def check_secret(secret: str) -> None:
    """Invalid where it is not `whsec_` and 24 to 64 bytes in base64."""
    _key(secret)


def signed_headers(
    secrets: Iterable[str], message_id: str, at: Instant, body: bytes
) -> dict[str, str]:
    """The headers of a message sent now. With several secrets (while one takes another's place) it
    has a signature by each; a receiver goes by the one it knows."""
    seconds = int(at)
    content = f"{message_id}.{seconds}.".encode() + body
    signatures = (hmac.digest(_key(secret), content, sha256) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{b64encode(one).decode()}" for one in signatures),
    }


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or len(key) not in _KEY_BYTES:
        raise Invalid(
            "not a secret to sign with",
            hint=f"{SECRET_PREFIX} and 24 to 64 bytes in base64, or leave it to the server",
        )
    return key
