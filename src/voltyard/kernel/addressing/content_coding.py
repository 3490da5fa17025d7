"""Codings of HTTP content: what a client takes, by its header `Accept-Encoding`."""

from typing import Final

_NOT_AT_ALL: Final = ("q=0", "q=0.0", "q=0.00", "q=0.000")


def takes_gzip(accept_encoding: str) -> bool:
    """The header names gzip (or anything), and not with a quality of 0 (RFC 9110, 12.5.3)."""
    for part in accept_encoding.split(","):
        coding, _, weight = part.partition(";")
        if coding.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "").lower() not in _NOT_AT_ALL
    return False
