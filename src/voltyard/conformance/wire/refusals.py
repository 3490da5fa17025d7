"""Refusals of wrong requests: the CALLERRORs that OCPP-J has for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from voltyard.conformance.wire.message import ReceivedMessage
from voltyard.conformance.wire.mutations import mutations
from voltyard.conformance.wire.record import Record
from voltyard.conformance.wire.tester_link import GivenError, TesterLink
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.versions import Version
from voltyard.ocpp.violations import Kind

OF_UNKNOWN_ACTIONS: Final = frozenset({"NotImplemented", "NotSupported"})

_OF_FAULTS: Final = (
    *(Kind.MISSING, Kind.EXTRA, Kind.WRONG_TYPE, Kind.TOO_LONG, Kind.BAD_COUNT),
    *(Kind.NOT_OBJECT, Kind.NOT_JSON),
)


_SPELLINGS: Final = frozenset({"OccurenceConstraintViolation", "OccurrenceConstraintViolation"})
"""One code as 1.6 spells it (OCPP-J 1.6 section 4.2.3), and as 2.0.1 does (Part 4 section 4.3)."""


def codes_of_faults(version: Version) -> frozenset[str]:
    """The error codes with which that version refuses a wrong payload, as it spells them."""
    return frozenset(version.errors[kind] for kind in _OF_FAULTS)


def wrong_requests(request: type[Payload], *, long_texts: bool) -> Iterator[tuple[str, Any, bool]]:
    """Every wrong payload: the fault in words, the payload, and True where a receiver must refuse
    it. A value that is not in its list, or too long, may be taken all the same; `long_texts` says
    whether there are such texts."""
    yield "an array for the payload", [], True
    for one in mutations(request, "missing"):
        yield f"{one.path} left out", one.payload, True
    for one in mutations(request, "type"):
        yield f"{one.path} of another type", one.payload, True
    for one in mutations(request, "enum"):
        yield f"{one.path} with a value that is not in its list", one.payload, False
    for one in mutations(request, "length") if long_texts else ():
        yield f"{one.path} a character too long", one.payload, False


async def refuse_each(
    record: Record, link: TesterLink, action: str, *, is_optional: bool, long_texts: bool = True
) -> None:
    """Send every wrong request of that action. The case fails unless each is answered, and refused
    where it must be. `is_optional`: the receiver may not know the action at all."""
    version = link.version
    codes = codes_of_faults(version) | _SPELLINGS
    if is_optional:
        codes |= OF_UNKNOWN_ACTIONS
    for words, payload, must_refuse in wrong_requests(
        version.actions[action].request, long_texts=long_texts
    ):
        record.step(f"{action} with {words}")
        id = link.new_id()
        answer = await link.try_text(id, action, json.dumps([2, id, action, payload]))
        if isinstance(answer, GivenError):
            expect_code(record, answer, codes)
        elif must_refuse:
            raise answer.broken(f"a CALLERROR to {action} with {words}")


async def refuse_as_spelt(
    record: Record, link: TesterLink, action: str, payload: dict[str, Any]
) -> None:
    """Send a wrong request. The case fails unless it is refused with a code as the version spells
    it; `refuse_each` takes the other version's spelling, too."""
    record.step(f"The tester sends a wrong {action}")
    answer = await link.try_call(action, payload)
    expect_refusal(record, answer, codes_of_faults(link.version))


def expect_code(record: Record, error: GivenError, codes: frozenset[str]) -> None:
    """The case fails unless the CALLERROR has one of these codes."""
    if error.code not in codes:
        raise record.broken(
            f"a CALLERROR with the code {' or '.join(sorted(codes))}",
            f"CALLERROR {error.code}: {error.description}",
            frame=error.frame,
        )


def expect_refusal(
    record: Record, answer: ReceivedMessage | GivenError, codes: frozenset[str]
) -> None:
    """The case fails unless the answer is a CALLERROR with one of these codes."""
    if not isinstance(answer, GivenError):
        raise answer.broken(f"a CALLERROR to {answer.action}")
    expect_code(record, answer, codes)


def expect_code_of_payload(
    record: Record, answer: ReceivedMessage | GivenError, version: Version
) -> None:
    """The case fails where the answer is a CALLERROR that is none for a wrong payload."""
    if isinstance(answer, GivenError):
        expect_code(record, answer, codes_of_faults(version) | _SPELLINGS)
