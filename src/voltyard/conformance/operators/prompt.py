"""The operator that is a person at the terminal."""

from collections.abc import Mapping
from typing import Any, Final

from voltyard.conformance.operators.operator import (
    CLEAR_MONITORS,
    DELETE,
    READ_VARIABLES,
    REGISTER,
    SET_ID_TAG,
    SET_REGISTRATION,
    SET_TARIFF,
)
from voltyard.conformance.person import Person, have_done, in_words

_WORDS: Final[Mapping[str, str]] = {
    SET_REGISTRATION: "Have the CSMS answer the next boot of {identity}",
    READ_VARIABLES: "Have the CSMS read variables of {identity}",
    CLEAR_MONITORS: "Have the CSMS remove monitors of {identity}",
    SET_TARIFF: "Give the CSMS a tariff for energy",
}


class PromptOperator:
    """Tells a person what the CSMS is to send. Chargers and tags are known to it beforehand."""

    is_by_hand = True

    def __init__(self, person: Person) -> None:
        self._person = person

    def can(self, operation: str) -> bool:
        return operation not in (REGISTER, DELETE, SET_ID_TAG)

    def conveys(self, operation: str, field: str) -> bool:
        return True

    async def ask(self, operation: str, identity: str, fields: Mapping[str, Any]) -> None:
        given = f" with {in_words(fields)}" if fields else ""
        what = _WORDS.get(operation, f"Have the CSMS send {operation} to {{identity}}")
        await have_done(self._person, what.format(identity=identity) + given)

    async def close(self) -> None:
        """There is nothing to let go of."""
