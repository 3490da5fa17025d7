"""The attendant that is a person at the charger, told at the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voltyard.conformance.attendants.acts import act_in_words
from voltyard.conformance.attendants.attendant import lacks_for_one_charger, the_charger
from voltyard.conformance.cases.case import Case
from voltyard.conformance.person import Person, have_done
from voltyard.conformance.subject import Subject


class PromptAttendant:
    """Tells a person what to do at one charger, which is there all the time."""

    jobs = 1
    is_fresh = False

    def __init__(self, person: Person, subject: Subject) -> None:
        """Invalid where the subject names no charger."""
        self._person = person
        self._subject = subject
        self._identity = the_charger(subject)
        self._has_come = False

    def lacks(self, case: Case) -> str:
        return lacks_for_one_charger(case, self._subject)

    def identity(self, case: Case) -> str:
        return self._identity

    async def begin(self, identity: str, case: Case, url: str) -> None:
        if not self._has_come:
            await have_done(
                self._person,
                f"Have the charger {identity} connect to {url}/{identity} with OCPP "
                f"{case.version}, with no vehicle plugged in",
            )
            self._has_come = True

    async def act(self, identity: str, act: str, fields: Mapping[str, Any]) -> None:
        await have_done(self._person, act_in_words(act, fields))

    async def end(self, identity: str) -> None:
        """Leave the charger as it is."""

    async def close(self) -> None:
        """There is nothing to let go of."""
