"""Operations of a CSMS, asked for, and its requests compared with what was asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from voltyard.conformance.csms.v201.answers import ACCEPTED
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.wire.message import ABSENT, Expected, ReceivedMessage
from voltyard.conformance.wire.tester_link import Answer
from voltyard.kernel.time import Instant, from_rfc3339

NUMBERS: Final = ("requestId", "id", "remoteStartId")
"""Fields for which a CSMS may have numbers of its own."""

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT")


async def ask(
    station: Station,
    action: str,
    fields: Mapping[str, Any],
    answer: Answer = ACCEPTED,
    *,
    numbers: Collection[str] = NUMBERS,
    absent: Collection[str] = (),
) -> ReceivedMessage:
    """Have the operator ask for a request with these fields; the request, which has each of them.

    A CSMS may write a moment or a certificate's lines otherwise, and number `numbers` itself.
    `absent` are paths of fields that the request does not have. The station gives `answer`.
    """
    expected = {path: value for path, value in _leaves(fields) if path not in numbers}
    expected.update(dict.fromkeys(absent, ABSENT))
    return await station.asked(action, fields, answer=answer, expected=expected)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that has no parts, by its path."""
    if isinstance(value, Mapping):
        parts = [(str(name), one) for name, one in value.items()]
    elif isinstance(value, list):
        parts = [(str(number), one) for number, one in enumerate(value)]
    else:
        yield path, _text(value) if isinstance(value, str) else value
        return
    for name, one in parts:
        yield from _leaves(one, f"{path}.{name}" if path else name)


def _text(text: str) -> str | Expected:
    if _MOMENT.match(text):
        return Expected(f"the moment {text}", lambda found: _at(found) == from_rfc3339(text))
    if text.startswith("-----BEGIN"):
        return Expected(
            "the certificate that was given",
            lambda found: isinstance(found, str) and found.split() == text.split(),
        )
    return text


def _at(found: Any) -> Instant | None:
    try:
        return from_rfc3339(found) if isinstance(found, str) else None
    except ValueError:
        return None
