"""Errors that came while the CSMS could not be told: what is to be said of them when it can.

Of statuses only the present one is told after an absence; errors are told all the same, in the
order and with the times in which they occurred (1.6 section 4.9; 2.0.1 N07).
"""

from __future__ import annotations

from msgspec import Struct

from voltyard.charger.connector import Broken, Connector
from voltyard.charger.core import Core
from voltyard.charger.evse import Evse
from voltyard.kernel import limits
from voltyard.ocpp.payload import Payload


class Missed(Struct):
    """One error, as it will be told."""

    evse: Evse
    connector: Connector
    broken: Broken
    news: tuple[str, ...]
    """What a status said when it came."""
    came: Payload
    went: Payload | None = None
    """Where its end is told too."""
    over: bool = False


class MissedErrors:
    """Those of one absence; the oldest are forgotten beyond their bound."""

    __slots__ = ("_core", "_errors")

    def __init__(self, core: Core) -> None:
        self._core = core
        self._errors: list[Missed] = []

    def __bool__(self) -> bool:
        return bool(self._errors)

    def note(self, evse: Evse, connector: Connector, news: tuple[str, ...]) -> None:
        """Take down what has come to a connector, and what has gone."""
        dialect = self._core.dialect
        there = [one.fault for one in connector.broken]
        open_ = [m for m in self._errors if m.connector is connector and not m.over]
        for missed in open_:
            if missed.broken.fault not in there:
                missed.over = True
                missed.went = dialect.problem(
                    self._core, evse, connector, missed.broken, mended=True
                )
        known = [missed.broken.fault for missed in open_]
        known += [one.fault for one in connector.noticed]
        for one in reversed(connector.broken):
            if one.fault in known or (dialect.tells_errors and news == connector.reported):
                continue
            came = dialect.problem(self._core, evse, connector, one, mended=False)
            came = came or dialect.status(self._core, evse, connector)
            self._errors.append(Missed(evse, connector, one, news, came))
            known.append(one.fault)
        del self._errors[: -limits.MISSED_ERRORS]

    def take(self) -> list[Missed]:
        """All of them, in their order; none are left."""
        errors, self._errors = self._errors, []
        return errors
