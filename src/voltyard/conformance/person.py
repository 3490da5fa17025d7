"""Questions to a person who does by hand what a case asks for, and their replies."""

from collections.abc import Mapping
from enum import Enum
from json import dumps
from typing import Any, Protocol

from voltyard.conformance.wire.endings import DriverFailed, NotApplicable


class Reply(Enum):
    """A person's answer to a request."""

    DONE = "done"
    SKIPPED = "skipped"
    """The subject does not support this: the case does not apply."""
    FAILED = "failed"
    """The person tried, and could not do it."""


class Person(Protocol):
    """A person at the CSMS or at the charger under test."""

    async def asked(self, what: str) -> Reply:
        """Ask for an act, and wait for the reply. DriverFailed where none comes."""


async def have_done(person: Person, what: str) -> None:
    """Have a person do it. NotApplicable where they skip it, DriverFailed where they could not."""
    match await person.asked(what):
        case Reply.SKIPPED:
            raise NotApplicable(f"skipped by the person asked: {what}")
        case Reply.FAILED:
            raise DriverFailed(f"the person asked could not do it: {what}")


def in_words(fields: Mapping[str, Any]) -> str:
    """Fields as a person is told them: `connectorId 1, idTag 04A1B2C3`."""
    return ", ".join(
        f"{name} {value if isinstance(value, str) else dumps(value)}"
        for name, value in fields.items()
        if value is not None
    )
