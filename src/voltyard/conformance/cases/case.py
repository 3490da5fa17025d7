"""A conformance case, and its declaration by a decorator.

    CASES = Cases("csms", "1.6", "Core")

    @CASES.case("TC_003_CSMS", "Regular session, plug-in first", requirements=["OCPP 1.6 4.8"])
    async def regular_session(station: Station) -> None:
        \"\"\"The purpose of the case, and why it matters.\"\"\"

The function asserts on the wire alone. A row of a table of cases is one case each:

    @CASES.each(
        Row("TC_023_1_CSMS", "Authorize, invalid", status="Invalid"),
        Row("TC_023_2_CSMS", "Authorize, expired", needs=["tag:expired"], status="Expired"),
    )
    async def a_tag_that_may_not_charge(station: Station, status: str) -> None: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal, TypeAlias

Role: TypeAlias = Literal["csms", "charger"]
"""Of the subject."""

CaseKind: TypeAlias = Literal["conformance", "compatibility", "habit"]

TLS: Final = "tls"
"""Option of a case that is played over TLS: the security profile that the charger begins with."""

Play: TypeAlias = Callable[..., Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case: what it is about, what it needs of the subject, and how it is played."""

    id: str
    title: str
    role: Role
    version: str
    group: str
    """A feature profile of 1.6, a functional block of 2.0.1."""
    play: Play
    purpose: str
    requirements: tuple[str, ...] = ()
    kind: CaseKind = "conformance"
    needs: frozenset[str] = frozenset()
    """Features that the subject must claim."""
    asks: frozenset[str] = frozenset()
    """Operations that the driver must be able to have done: OCPP actions of a CSMS, acts at a
    charger."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """For the stage and the drivers.

    `register`: fields of the charger's registration at a CSMS. For a charger: `settings` that it
    begins with, `spec`, `evses` and `password` of a simulated one, `answers` and `boot` of the
    tester's CSMS, `tls` (see `TLS`); `files` is True where it needs a file server, `firmware` where
    the charger has to install some.
    """


class Row:
    """One case of a table: its id, its title, what it needs beyond the others, and the function's
    arguments."""

    def __init__(
        self, id: str, title: str, *, needs: Collection[str] = (), **arguments: Any
    ) -> None:
        self.id = id
        self.title = title
        self.needs = frozenset(needs)
        self.arguments = arguments


class Cases(list[Case]):
    """The cases of one module, in the order of their declaration."""

    def __init__(self, role: Role, version: str, group: str) -> None:
        super().__init__()
        self._role: Role = role
        self._version = version
        self._group = group

    def case(self, id: str, title: str, **declared: Any) -> Callable[[Play], Play]:
        """Declare the function as a case; `declared` as `each` has it."""
        return self.each(Row(id, title), **declared)

    def each(
        self,
        *rows: Row,
        requirements: Iterable[str] = (),
        kind: CaseKind = "conformance",
        needs: Collection[str] = (),
        asks: Collection[str] = (),
        group: str = "",
        **options: Any,
    ) -> Callable[[Play], Play]:
        """Declare the function as a case for each row."""

        def declare(play: Play) -> Play:
            purpose = inspect.getdoc(play)
            if not purpose:
                raise TypeError(f"{rows[0].id}: a case says in its docstring what it is for")
            self.extend(
                Case(
                    id=row.id,
                    title=row.title,
                    role=self._role,
                    version=self._version,
                    group=group or self._group,
                    play=partial(play, **row.arguments) if row.arguments else play,
                    purpose=purpose,
                    requirements=tuple(requirements),
                    kind=kind,
                    needs=row.needs.union(needs),
                    asks=frozenset(asks),
                    options=options,
                )
                for row in rows
            )
            return play

        return declare
