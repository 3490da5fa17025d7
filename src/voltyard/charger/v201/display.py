"""Display messages of 2.0.1 on the wire: set, read and cleared (Part 2 block O)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.context import ChargerContext
from voltyard.charger.display.display import Display
from voltyard.charger.display.display_message import DisplayMessage
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.v201.status_info import reason
from voltyard.charger.variables.reports import DeviceModelReports
from voltyard.charger.variables.standard.display import (
    DISPLAY_ENABLED,
    DISPLAY_FORMATS,
    DISPLAY_PRIORITIES,
    DISPLAY_STATES,
)
from voltyard.charger.versions.dialect import Refusal
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.kernel import limits
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import Timestamp, instant_of
from voltyard.ocpp.v201 import messages as m
from voltyard.ocpp.violations import Kind

_DISPLAY = "Display"
"""The component that the charger's only display is."""


@dataclass(slots=True)
class DisplayMessages201:
    """Requests about display messages."""

    context: ChargerContext
    display: Display
    transactions: TransactionLifecycle
    reports: DeviceModelReports

    def set(self, request: m.SetDisplayMessageRequest) -> Iterator[Payload]:
        """O01, O02, O06."""
        status, why = self._take(request.message)
        if status == "Accepted":
            self.context.remember()
        yield m.SetDisplayMessageResponse(status=status, status_info=why)

    def _take(self, wire: m.MessageInfo) -> tuple[m.DisplayMessageStatus, m.StatusInfo | None]:
        settings = self.context.settings
        if not settings.flag(DISPLAY_ENABLED):
            return "Rejected", reason("NotEnabled")
        if wire.display is not None and not _is_ours(wire.display):
            return "Rejected", reason("UnknownComponent")
        if wire.priority not in settings.members(DISPLAY_PRIORITIES):
            return "NotSupportedPriority", None
        if wire.state is not None and wire.state not in settings.members(DISPLAY_STATES):
            return "NotSupportedState", None
        if wire.message.format not in settings.members(DISPLAY_FORMATS):
            return "NotSupportedMessageFormat", None
        message = _read(wire)
        if message.transaction_id is not None and not self._runs(message.transaction_id):
            return "UnknownTransaction", None
        if message.ends_at is not None and message.ends_at <= self.context.time:
            return "Rejected", reason("ValueOutOfRange", "endDateTime is past")
        if not self.display.take(message):
            return "Rejected", reason("TooManyElements")
        return "Accepted", None

    def _runs(self, transaction_id: str) -> bool:
        return self.transactions.find(transaction_id) is not None

    def get(self, request: m.GetDisplayMessagesRequest) -> Iterator[Payload | Refusal]:
        """O03, O04."""
        if self.reports.full:
            yield Refusal(Kind.INTERNAL, "reports that were asked for before are under way")
            return
        found = self.display.matching(request.id, request.priority, request.state)
        if not found:
            yield m.GetDisplayMessagesResponse(status="Unknown")
            return
        yield m.GetDisplayMessagesResponse(status="Accepted")
        self.reports.begin(_pages(request.request_id, found))

    def clear(self, request: m.ClearDisplayMessageRequest) -> Iterator[Payload]:
        """O05."""
        if not self.display.clear(request.id):
            yield m.ClearDisplayMessageResponse(status="Unknown")
            return
        self.context.remember()
        yield m.ClearDisplayMessageResponse(status="Accepted")


def _is_ours(component: m.Component) -> bool:
    return (
        component.name.lower() == _DISPLAY.lower()
        and component.instance is None
        and component.evse is None
    )


def _read(wire: m.MessageInfo) -> DisplayMessage:
    content = wire.message
    return DisplayMessage(
        id=wire.id,
        priority=wire.priority,
        format=content.format,
        content=content.content,
        language=content.language,
        state=wire.state,
        starts_at=instant_of(wire.start_date_time),
        ends_at=instant_of(wire.end_date_time),
        transaction_id=wire.transaction_id,
        names_display=wire.display is not None,
    )


def _wire(message: DisplayMessage) -> m.MessageInfo:
    starts_at, ends_at = message.starts_at, message.ends_at
    return m.MessageInfo(
        display=m.Component(name=_DISPLAY) if message.names_display else None,
        id=message.id,
        priority=message.priority,
        state=message.state,
        start_date_time=None if starts_at is None else Timestamp.of(starts_at),
        end_date_time=None if ends_at is None else Timestamp.of(ends_at),
        transaction_id=message.transaction_id,
        message=m.MessageContent(
            format=message.format, language=message.language, content=message.content
        ),
    )


def _pages(request_id: int, found: list[DisplayMessage]) -> Iterator[Payload]:
    """NotifyDisplayMessages of those messages (O03.FR.04, FR.05)."""
    most = limits.DISPLAY_MESSAGES_REPORT
    for first in range(0, len(found), most):
        yield m.NotifyDisplayMessagesRequest(
            request_id=request_id,
            message_info=[_wire(one) for one in found[first : first + most]],
            tbc=first + most < len(found),
        )


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.ClearDisplayMessageRequest: (DisplayMessages201, DisplayMessages201.clear),
    m.GetDisplayMessagesRequest: (DisplayMessages201, DisplayMessages201.get),
    m.SetDisplayMessageRequest: (DisplayMessages201, DisplayMessages201.set),
}
