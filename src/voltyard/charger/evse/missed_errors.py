"""Errors that occurred while offline, to be told in their order once the CSMS is reached.

Of statuses only the present one is told after an absence; errors are told all the same, in the
order and with the times in which they occurred (1.6 section 4.9; 2.0.1 N07).
"""

from __future__ import annotations

from msgspec import Struct

from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.connector import ActiveFault, Connector
from voltyard.charger.evse.evse import Evse
from voltyard.kernel import limits
from voltyard.ocpp.payload import Payload


class MissedError(Struct):
    """One error, as it will be told."""

    evse: Evse
    connector: Connector
    broken: ActiveFault
    news: tuple[str, ...]
    """The content of a status when it came."""
    came: Payload
    went: Payload | None = None
    """Where its end is told too."""
    over: bool = False


class MissedErrors:
    """The errors of one absence; the oldest are forgotten beyond their bound."""

    __slots__ = ("_context", "_errors")

    def __init__(self, context: ChargerContext) -> None:
        self._context = context
        self._errors: list[MissedError] = []

    def __bool__(self) -> bool:
        return bool(self._errors)

    def note(self, evse: Evse, connector: Connector, news: tuple[str, ...]) -> None:
        """Take down what has come to a connector, and what has gone."""
        context, dialect = self._context, self._context.dialect
        there = [one.fault for one in connector.broken]
        open_ = [m for m in self._errors if m.connector is connector and not m.over]
        for missed in open_:
            if missed.broken.fault not in there:
                missed.over = True
                missed.went = dialect.notify_event(
                    evse, connector, missed.broken, context.time, context.event_id, mended=True
                )
        known = [missed.broken.fault for missed in open_]
        known += [one.fault for one in connector.noticed]
        for one in reversed(connector.broken):
            if one.fault in known or (dialect.tells_errors and news == connector.reported):
                continue
            came = dialect.notify_event(
                evse, connector, one, context.time, context.event_id, mended=False
            )
            came = came or dialect.status(evse, connector, context.time)
            self._errors.append(MissedError(evse, connector, one, news, came))
            known.append(one.fault)
        del self._errors[: -limits.MISSED_ERRORS]

    def take(self) -> list[MissedError]:
        """All of them, in their order; none are left."""
        errors, self._errors = self._errors, []
        return errors
