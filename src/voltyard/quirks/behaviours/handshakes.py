"""Quirks of the handshake: Q01 to Q08, save Q04."""

from __future__ import annotations

import dataclasses
from base64 import b16decode
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from msgspec.structs import replace

from voltyard.charger.effects import Dial
from voltyard.ocpp.versions import V16, V201
from voltyard.quirks.acts import Acts
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.dials import quirk_dial as odd_dial

_LEAST_KEY_CHARACTERS = 16
_HEX = frozenset("0123456789abcdefABCDEF")


def _no_subprotocol(odd: QuirkContext, dial: Dial) -> Dial:
    if not odd.strikes():
        return dial
    return replace(dial, subprotocols=("",) if odd.saying["variant"] == "empty" else ())


def _odd_subprotocol(odd: QuirkContext, dial: Dial) -> Dial:
    if not odd.strikes():
        return dial
    real = dial.subprotocols if odd.saying["also_real"] else ()
    return replace(dial, subprotocols=(str(odd.saying["subprotocol"]), *real))


# --- Q03 ---------------------------------------------------------------------------------------


def _probe(odd: QuirkContext, dial: Dial) -> Dial:
    if not odd.strikes():
        return dial
    odd.passing["real"] = dial
    other = V201 if odd.is_16 else V16
    return replace(dial, subprotocols=(other.subprotocol,))


def _probe_linked(odd: QuirkContext) -> bool:
    if "real" not in odd.passing:
        return False
    odd.wake(float(odd.saying["hold_s"]), "enough")
    return True


def _probe_ends(odd: QuirkContext, what: str) -> None:
    if "real" in odd.passing:
        odd.hang_up()


def _probe_unlinked(odd: QuirkContext) -> bool:
    real = odd.passing.pop("real", None)
    if real is None:
        return False
    odd.dial(real)
    return True


# --- Q05, Q06 ----------------------------------------------------------------------------------


def _odd_path(odd: QuirkContext, dial: Dial) -> Dial:
    if not odd.strikes():
        return dial
    url = urlsplit(dial.url)
    endpoint, _, last = url.path.rpartition("/")
    match odd.saying["variant"]:
        case "triple-slash":
            path = f"///{last}"
        case "no-id":
            path = "/"
        case "missing-slash":
            path = f"{endpoint or '/'}{last}"
        case "absolute-uri":
            plain = urlunsplit(url._replace(netloc=url.netloc.rpartition("@")[2]))
            return odd_dial(dial, target=plain)
        case "unencoded":
            path = f"{endpoint}/{unquote(last)}"
        case "extra-prefix":
            path = f"/{quote(str(odd.saying['prefix']))}{url.path}"
        case _:
            path = f"{url.path}/"
    return odd_dial(dial, target=f"{path}?{url.query}" if url.query else path)


def _malformed(odd: QuirkContext, dial: Dial) -> Dial:
    return odd_dial(dial, rudeness=odd.saying["variant"]) if odd.strikes() else dial


# --- Q07, Q08 ----------------------------------------------------------------------------------


def _credentials(odd: QuirkContext, dial: Dial) -> Dial:
    password = dial.password
    variant = odd.saying["variant"]
    if password is None and variant not in ("empty-password", "other-user"):
        return dial
    if variant == "short-key-dropped" and len(password or "") >= _LEAST_KEY_CHARACTERS:
        return dial
    if not odd.strikes():
        return dial
    key = password or ""
    match variant:
        case "hex-verbatim":
            return replace(dial, password=key.encode().hex().upper())
        case "hex-decoded":
            return replace(dial, password=_bytes_of(key).decode("utf-8", "surrogateescape"))
        case "empty-password":
            return replace(dial, password="")
        case "other-user":
            return replace(dial, username=str(odd.saying["user"]), password=key)
        case _:
            return replace(dial, password=None)


def _bytes_of(key: str) -> bytes:
    """The bytes that a hexadecimal key stands for; of any other its own."""
    is_hex = len(key) % 2 == 0 and set(key) <= _HEX
    return b16decode(key.upper()) if is_hex else key.encode()


def _untrusted(odd: QuirkContext, dial: Dial) -> Dial:
    if urlsplit(dial.url).scheme != "wss" or not odd.strikes():
        return dial
    return replace(dial, tls=dataclasses.replace(dial.tls, ca=""))


ACTS: Final[dict[str, Acts]] = {
    "no-subprotocol": Acts(dial=_no_subprotocol),
    "odd-subprotocol": Acts(dial=_odd_subprotocol),
    "version-probe": Acts(
        dial=_probe, linked=_probe_linked, unlinked=_probe_unlinked, woken=_probe_ends
    ),
    "odd-path": Acts(dial=_odd_path),
    "malformed-upgrade": Acts(dial=_malformed),
    "odd-credentials": Acts(dial=_credentials),
    "untrusted-root": Acts(dial=_untrusted),
}
