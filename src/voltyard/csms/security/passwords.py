"""Chargers' passwords: stored salted and hashed, compared in constant time.

Text form of a hash: `scrypt$<n>$<salt>$<digest>`, hexadecimal. A fleet that comes back after an
outage must not wait for its hashes, so a password that was right once is remembered for the life of
the process as a keyed digest (the key never leaves it); so is one that was wrong. Only of others is
a hash computed, in a thread.
"""

import asyncio
import re
from base64 import b64decode
from collections import OrderedDict
from concurrent.futures import Executor
from hashlib import blake2b, scrypt
from hmac import compare_digest
from random import Random

from voltyard.csms.security.password_checks import PasswordChecks
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Invalid

_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")

_COST = 1024
_BLOCK = 8
_SALT_BYTES = 16


def _hashed(password: str, salt: bytes) -> str:
    """The form to store. Of a key's digits it does not matter which case they are in."""
    if _KEY.fullmatch(password):
        password = password.lower()
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


class Unproven(Exception):
    """A password that has to be hashed before it can be judged."""

    def __init__(self, presented: bytes, stored: str, charger_id: str) -> None:
        super().__init__(charger_id)
        self.presented = presented
        self.stored = stored
        self.charger_id = charger_id


class Passwords:
    """Verifies what chargers present, quickly from the second time on."""

    def __init__(self, random: Random, executor: Executor | None = None) -> None:
        """Hashes are computed by `executor`, limits.PASSWORD_THREADS at a time; without one at
        once, on the caller's thread."""
        self._random = random
        self._executor = executor
        self._checks = PasswordChecks(is_right, executor)
        self._key = random.randbytes(32)
        self._right: OrderedDict[str, bytes] = OrderedDict()
        """Keyed digest of the right password, by stored hash."""
        self._wrong: OrderedDict[tuple[str, bytes], None] = OrderedDict()
        """Stored hashes, and keyed digests of what was shown for them."""

    def verify(self, presented: bytes, stored: str, charger_id: str) -> bool:
        """True where this is the password behind the stored hash. Unproven where that is to be
        found out by `prove`.

        A 1.6 AuthorizationKey is hexadecimal, in either case, and may be sent decoded (security
        white paper, A00), so the digits are as good as the bytes, and the bytes as the digits.
        """
        known = self._right.get(stored)
        if known is not None:
            right = False
            for spelling in _spellings(presented):  # all: the time taken must tell nothing
                right |= compare_digest(known, self._keyed(spelling))
            return right
        if (stored, self._keyed(presented)) in self._wrong:
            return False
        if self._executor is not None:
            raise Unproven(presented, stored, charger_id)
        return self._remember(presented, stored, is_right(presented, stored))

    def note_wrong(self, presented: bytes, stored: str) -> bool:
        """Remember a password that was refused, where the right one is known; True where it had not
        been shown before. A right one may be refused for something else."""
        known = self._right.get(stored)
        if known is None or any(
            compare_digest(known, self._keyed(spelling)) for spelling in _spellings(presented)
        ):
            return False
        if (stored, self._keyed(presented)) in self._wrong:
            return False
        return not self._remember(presented, stored, None)

    async def prove(self, unproven: Unproven, address: str) -> bool:
        """Find it out; True where it is right. Overfull where too many wait for that."""
        presented, stored = unproven.presented, unproven.stored
        right = await self._checks.ask(presented, stored, unproven.charger_id, address)
        return self._remember(presented, stored, right)

    def is_proving(self, unproven: Unproven, address: str) -> bool:
        """True while it is being hashed."""
        return self._checks.is_under_way(unproven.presented, unproven.stored, address)

    async def hashed(self, password: str) -> str:
        """The form to store."""
        salt = self._random.randbytes(_SALT_BYTES)
        if self._executor is None:
            return _hashed(password, salt)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, _hashed, password, salt)

    def decoy(self, name: str) -> str:
        """A stored form that no password is behind, the same for a name for the life of the
        process."""
        digest = self._keyed(name.encode()).hex()
        return f"scrypt${_COST}${digest[: 2 * _SALT_BYTES]}${digest}"

    def forget(self, stored: str) -> None:
        """The hash is replaced: what was known of it is worth nothing."""
        self._right.pop(stored, None)

    def close(self) -> None:
        """Prove nothing any more: those that wait are told Overfull."""
        self._checks.close()

    def _remember(self, presented: bytes, stored: str, right: bytes | None) -> bool:
        if right is not None:
            self._right[stored] = self._keyed(right)
            if len(self._right) > limits.RIGHT_PASSWORDS:
                self._right.popitem(last=False)
            return True
        self._wrong[stored, self._keyed(presented)] = None
        if len(self._wrong) > limits.WRONG_PASSWORDS:
            self._wrong.popitem(last=False)
        return False

    def _keyed(self, password: bytes) -> bytes:
        return blake2b(password, key=self._key, person=b"passwords").digest()


def is_right(presented: bytes, stored: str) -> bytes | None:
    """The spelling of what was presented that is the password behind the stored hash, if one is.
    The first is nearly always the one; who has shown a wrong password has all of them tried."""
    _, cost, salt, digest = stored.split("$")
    for spelling in _spellings(presented):
        if compare_digest(_digest(spelling, bytes.fromhex(salt), int(cost)), bytes.fromhex(digest)):
            return spelling
    return None


def _spellings(presented: bytes) -> tuple[bytes, ...]:
    """Spellings that the stored password may have; upper case for hashes of before, which are of
    keys as they were given."""
    spellings: tuple[bytes, ...] = (presented,)
    if 16 <= len(presented) <= 20:
        digits = presented.hex()
        spellings = presented, digits.encode(), digits.upper().encode()
    elif _KEY.fullmatch(presented.decode("latin-1")):
        digits = presented.decode().lower()
        spellings = presented, digits.encode(), digits.upper().encode(), bytes.fromhex(digits)
    return tuple(dict.fromkeys(spellings))


def _digest(password: bytes, salt: bytes, cost: int) -> bytes:
    return scrypt(password, salt=salt, n=cost, r=_BLOCK, p=1, maxmem=64 * 1024 * 1024)
