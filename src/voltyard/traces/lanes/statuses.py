"""Statuses of connectors over time, as StatusNotification tells them."""

from msgspec import Struct

from voltyard.kernel.time import Instant
from voltyard.ocpp.v16 import messages as v16
from voltyard.ocpp.v201 import messages as v201
from voltyard.traces.conversation import TraceFrame
from voltyard.traces.lanes.moments import moment_of

_FINE = "NoError"


class StatusChange(Struct, frozen=True):
    """A status from that moment on; `note` has its error and information."""

    at: Instant
    status: str
    note: str = ""


class ConnectorLane(Struct):
    """The statuses of a connector, or of the whole charger (EVSE 0)."""

    evse: int
    connector: int
    """0: OCPP 1.6, where connector n is EVSE n."""
    changes: list[StatusChange]


class StatusLanes:
    """The connectors of one charger."""

    def __init__(self, begin: Instant) -> None:
        self._begin = begin
        self._lanes: dict[tuple[int, int], ConnectorLane] = {}

    def called(self, frame: TraceFrame) -> None:
        """A call of the charger."""
        payload = frame.payload
        if isinstance(payload, v16.StatusNotificationRequest):
            parts = (payload.error_code, payload.vendor_error_code, payload.info)
            note = ", ".join(part for part in parts if part and part != _FINE)
            status: str = payload.status
            place = (payload.connector_id, 0)
        elif isinstance(payload, v201.StatusNotificationRequest):
            note, status = "", payload.connector_status
            place = (payload.evse_id, payload.connector_id)
        else:
            return
        lane = self._lanes.get(place)
        if lane is None:
            lane = self._lanes[place] = ConnectorLane(*place, [])
        at = moment_of(payload.timestamp, frame.at, self._begin)
        change = StatusChange(at, status, note)
        if not lane.changes or (lane.changes[-1].status, lane.changes[-1].note) != (status, note):
            lane.changes.append(change)

    def lanes(self) -> list[ConnectorLane]:
        """By EVSE and connector; each in the order of time."""
        for lane in self._lanes.values():
            lane.changes.sort(key=_at)
        return [self._lanes[place] for place in sorted(self._lanes)]


def _at(change: StatusChange) -> Instant:
    return change.at
