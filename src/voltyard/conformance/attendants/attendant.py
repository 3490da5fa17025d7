"""The attendant of a charger under test: plugs cables in, shows cards, cuts the power.

Acts have the names of the gateway's commands (`catalogue/commands`): `plug`, `unplug`, `swipe`,
`pull_cable_at_ev`, `power_cut`, `power_restore`, ..., with their fields.
"""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from voltyard.conformance.cases.case import Case
from voltyard.conformance.subject import Subject
from voltyard.conformance.wire.endings import DriverFailed
from voltyard.kernel.errors import Invalid


class Attendant(Protocol):
    """Driver of a charger under test. Its methods raise `DriverFailed` where they could not."""

    jobs: int
    """Chargers that it can attend to at a time."""
    is_fresh: bool
    """True where each case gets a charger of its own, made as the case needs it. One that stays is
    reset before each case, and what the case has left is undone after it."""

    def lacks(self, case: Case) -> str:
        """The reason why the case cannot be played; empty where it can."""

    def identity(self, case: Case) -> str:
        """The identity of the charger that plays this case."""

    async def begin(self, identity: str, case: Case, url: str) -> None:
        """Have the charger dial that endpoint. It may have dialled long ago."""

    async def act(self, identity: str, act: str, fields: Mapping[str, Any]) -> None:
        """Have it done."""

    async def end(self, identity: str) -> None:
        """The case is over: a charger of its own is no longer needed."""

    async def close(self) -> None:
        """Let go of all."""


@runtime_checkable
class DisplayReader(Protocol):
    """An attendant that can look at the charger's display."""

    async def displayed(self, identity: str) -> list[str]:
        """The texts that the display shows now, by turns where there are several."""


def lacks_for_one_charger(case: Case, subject: Subject) -> str:
    """The reason why a case cannot be played on one charger that is as it is; empty: it can."""
    spec: Mapping[str, Any] = case.options.get("spec", {})
    if spec:
        return f"it needs a charger that is made for it: {', '.join(sorted(spec))}"
    if case.options.get("evses", 0) > subject.evses:
        return f"it needs a charger with {case.options['evses']} EVSEs"
    if "password" in case.options and subject.password is None:
        return "it needs a charger with a password, which the subject does not name"
    return ""


def the_charger(subject: Subject) -> str:
    """The identity of the one charger under test. Invalid where there is none."""
    if not subject.identities:
        raise Invalid(
            "no identity of the charger under test",
            hint="name it in the subject's file (identities)",
        )
    return subject.identities[0]


class NoAttendant:
    """Attends to no charger: one that is only asked over OCPP."""

    jobs = 1
    is_fresh = False

    def lacks(self, case: Case) -> str:
        return "nothing can be done at the charger"

    def identity(self, case: Case) -> str:
        return ""

    async def begin(self, identity: str, case: Case, url: str) -> None:
        """The charger dials of itself."""

    async def act(self, identity: str, act: str, fields: Mapping[str, Any]) -> None:
        raise DriverFailed(f"nothing can be done at the charger, such as {act}")

    async def end(self, identity: str) -> None:
        """The charger stays as it is."""

    async def close(self) -> None:
        """There is nothing to let go of."""
