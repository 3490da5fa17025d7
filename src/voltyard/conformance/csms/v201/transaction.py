"""A transaction of the tester's charging station, told by TransactionEvent (E)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from voltyard.conformance.wire.message import ReceivedMessage

if TYPE_CHECKING:
    from voltyard.conformance.csms.v201.station import Station

METER_STEP_WH: Final = 250


class StationTransaction:
    """One transaction: its id, its EVSE, and the numbers of its events, which begin at 0."""

    def __init__(self, station: Station, evse: int) -> None:
        self.id = str(uuid4())
        self.evse = evse
        self.state: str | None = None
        self.meter_wh = 1000
        self._station = station
        self._seq_no = 0
        self._is_located = False

    async def event(self, type: str, trigger: str, /, **fields: Any) -> ReceivedMessage:
        """Tell of an event; the response.

        Of `fields`, `state` is the charging state, `tag` the id token shown, whose answer must have
        `status` (Accepted); `reason`, `remote_start_id` and `charged_s` go to transactionInfo;
        `evse` says whether the EVSE is named, which by default the first event does. The others
        are those of TransactionEvent.
        """
        station = self._station
        payload = {
            "eventType": type,
            "timestamp": station.now(),
            "triggerReason": trigger,
            "seqNo": self._next_number(),
            "transactionInfo": self._info(fields),
        }
        if fields.pop("evse", not self._is_located):
            self._is_located = True
            payload["evse"] = {"id": self.evse, "connectorId": 1}
        tag, status = fields.pop("tag", None), fields.pop("status", "Accepted")
        if tag is not None:
            payload["idToken"] = station.token(tag)
        payload.update(fields)
        words = f"The station tells of {type} ({trigger}) on EVSE {self.evse}"
        answer = await station.call("TransactionEvent", words, **payload)
        if tag is not None:
            answer.expect({"idTokenInfo.status": status}, rule="E02.FR.02, E03.FR.02")
        return answer

    def _next_number(self) -> int:
        self._seq_no += 1
        return self._seq_no - 1

    def _info(self, fields: dict[str, Any]) -> dict[str, Any]:
        self.state = fields.pop("state", self.state)
        info = {
            "transactionId": self.id,
            "chargingState": self.state,
            "stoppedReason": fields.pop("reason", None),
            "remoteStartId": fields.pop("remote_start_id", None),
            "timeSpentCharging": fields.pop("charged_s", None),
        }
        return {name: value for name, value in info.items() if value is not None}

    async def started(self, trigger: str, /, **fields: Any) -> ReceivedMessage:
        """Tell of the start, with the meter's reading."""
        fields.setdefault("meterValue", [self.reading("Transaction.Begin")])
        return await self.event("Started", trigger, **fields)

    async def updated(self, trigger: str, /, **fields: Any) -> ReceivedMessage:
        """Tell of an event in between."""
        return await self.event("Updated", trigger, **fields)

    async def metered(self, trigger: str = "MeterValuePeriodic", **fields: Any) -> ReceivedMessage:
        """Tell of a reading in between, some energy later."""
        self.meter_wh += METER_STEP_WH
        context = "Sample.Clock" if trigger == "MeterValueClock" else "Sample.Periodic"
        return await self.updated(trigger, meterValue=[self.reading(context)], **fields)

    async def ended(
        self, trigger: str, reason: str | None = None, /, **fields: Any
    ) -> ReceivedMessage:
        """Tell of the end, with the meter's reading. No reason stands for Local (E06.FR.09)."""
        self.meter_wh += METER_STEP_WH
        fields.setdefault("meterValue", [self.reading("Transaction.End")])
        if reason is not None:
            fields["reason"] = reason
        return await self.event("Ended", trigger, **fields)

    def reading(self, context: str, **fields: Any) -> dict[str, Any]:
        """A reading of the energy register now; `fields` are more of its sampled value."""
        value = {
            "value": self.meter_wh,
            "context": context,
            "measurand": "Energy.Active.Import.Register",
            "unitOfMeasure": {"unit": "Wh"},
            **fields,
        }
        return {"timestamp": self._station.now(), "sampledValue": [value]}
