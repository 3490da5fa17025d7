"""Chargers' passwords: stored salted and hashed, compared in constant time.

Text form of a hash: `scrypt$<n>$<salt>$<digest>`, hexadecimal. A fleet that comes back after an
outage must not wait for its hashes, so a password that was right once is remembered for the life of
the process as a keyed digest (the key never leaves it).
"""

import re
from base64 import b64decode
from hashlib import blake2b, scrypt
from hmac import compare_digest
from random import Random

from voltyard.kernel import ids
from voltyard.kernel.errors import Invalid

_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")

_COST = 1024
_BLOCK = 8
_SALT_BYTES = 16


def hashed(password: str, random: Random) -> str:
    """The form to store. Of a key's digits it does not matter which case they are in."""
    if _KEY.fullmatch(password):
        password = password.lower()
    salt = random.randbytes(_SALT_BYTES)
    return f"scrypt${_COST}${salt.hex()}${_digest(password.encode(), salt, _COST).hex()}"


def new_password() -> str:
    """40 hexadecimal digits: good as a password, and as an AuthorizationKey of 20 bytes."""
    return ids.SYSTEM.randbytes(20).hex()


def authorization_key(password: str) -> str:
    """The password as 1.6 has it on the wire: 32 to 40 hexadecimal digits (white paper, A00). Each
    variant of charger is let in, for `Passwords.verify` takes the digits and what they stand for.
    Invalid where it is no such thing."""
    if _KEY.fullmatch(password):
        return password
    if len(password) > 20:
        raise Invalid(
            "a password for OCPP 1.6 has 16 to 20 characters, or is 32 to 40 hexadecimal digits",
            hint="encoding: plain sends it as it is, for chargers that take that",
            field="password",
        )
    return password.encode().hex()


def basic_credentials(authorization: str | None) -> tuple[str, bytes] | None:
    """User name and password of a Basic `Authorization` header; None where there are none."""
    if authorization is None:
        return None
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else None
    except ValueError:
        return None


class Passwords:
    """Verifies what chargers present, quickly from the second time on."""

    def __init__(self, random: Random) -> None:
        self._key = random.randbytes(32)
        self._known: dict[str, bytes] = {}
        """Keyed digest of the right password, by stored hash."""

    def verify(self, presented: bytes, stored: str) -> bool:
        """Whether this is the password behind the stored hash.

        A 1.6 AuthorizationKey is hexadecimal, in either case, and may be sent decoded (security
        white paper, A00), so the digits are as good as the bytes, and the bytes as the digits.
        """
        right = False
        for spelling in _spellings(presented):  # all of them: the time taken must tell nothing
            right |= self._is(spelling, stored)
        return right

    def forget(self, stored: str) -> None:
        """The hash is replaced: what was known of it is worth nothing."""
        self._known.pop(stored, None)

    def _is(self, password: bytes, stored: str) -> bool:
        keyed = blake2b(password, key=self._key, person=b"passwords").digest()
        known = self._known.get(stored)
        if known is not None:
            return compare_digest(known, keyed)
        _, cost, salt, digest = stored.split("$")
        right = compare_digest(
            _digest(password, bytes.fromhex(salt), int(cost)), bytes.fromhex(digest)
        )
        if right:
            self._known[stored] = keyed
        return right


def _spellings(presented: bytes) -> tuple[bytes, ...]:
    """What the stored password may be; upper case for hashes of before, which are of keys as they
    were given."""
    if 16 <= len(presented) <= 20:
        digits = presented.hex()
        return presented, digits.encode(), digits.upper().encode()
    if _KEY.fullmatch(presented.decode("latin-1")):
        digits = presented.decode().lower()
        return presented, digits.encode(), digits.upper().encode(), bytes.fromhex(digits)
    return (presented,)


def _digest(password: bytes, salt: bytes, cost: int) -> bytes:
    return scrypt(password, salt=salt, n=cost, r=_BLOCK, p=1, maxmem=64 * 1024 * 1024)
