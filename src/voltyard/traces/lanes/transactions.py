"""Transactions over time, as the charger tells them."""

from msgspec import Struct

from voltyard.kernel.time import Instant
from voltyard.kernel.units import WattHours
from voltyard.ocpp.v16 import messages as v16
from voltyard.ocpp.v201 import messages as v201
from voltyard.traces.conversation import TraceFrame
from voltyard.traces.lanes.moments import moment_of


class TraceTransaction(Struct, kw_only=True):
    """A transaction; None is what the trace does not tell."""

    id: str | None
    """Of 1.6, the number that the CSMS gave it."""
    evse: int
    began_at: Instant | None
    ended_at: Instant | None = None
    id_tag: str | None = None
    meter_start_wh: WattHours | None = None
    meter_stop_wh: WattHours | None = None
    reason: str | None = None


class TransactionLane:
    """The transactions of one charger."""

    def __init__(self, begin: Instant) -> None:
        self._begin = begin
        self._all: list[TraceTransaction] = []
        self._by_id: dict[str, TraceTransaction] = {}
        self._starting: dict[int, TraceTransaction] = {}
        """By the place of the StartTransaction in memory, until it is answered."""

    def called(self, frame: TraceFrame) -> None:
        """A call of the charger."""
        match frame.payload:
            case v16.StartTransactionRequest() as request:
                self._start(frame, request)
            case v16.StopTransactionRequest() as request:
                self._stop(frame, request)
            case v16.MeterValuesRequest(connector_id=connector, transaction_id=int(id)):
                self._known(str(id), connector)
            case v201.TransactionEventRequest() as request:
                self._event(frame, request)

    def answered(self, call: TraceFrame, answer: TraceFrame) -> None:
        """An answer to a call of the charger: StartTransaction's gives the transaction its id."""
        if isinstance(answer.payload, v16.StartTransactionResponse):
            transaction = self._starting.pop(id(call), None)
            if transaction is not None:
                transaction.id = str(answer.payload.transaction_id)
                self._by_id[transaction.id] = transaction

    def transactions(self) -> list[TraceTransaction]:
        """In the order in which they were first heard of."""
        return self._all

    def evse_of(self, transaction_id: str) -> int | None:
        """The EVSE of a transaction; None where it is not known."""
        found = self._by_id.get(transaction_id)
        return None if found is None or found.evse == 0 else found.evse

    def _start(self, frame: TraceFrame, request: v16.StartTransactionRequest) -> None:
        transaction = TraceTransaction(
            id=None,
            evse=request.connector_id,
            began_at=moment_of(request.timestamp, frame.at, self._begin),
            id_tag=request.id_tag,
            meter_start_wh=float(request.meter_start),
        )
        self._all.append(transaction)
        self._starting[id(frame)] = transaction

    def _stop(self, frame: TraceFrame, request: v16.StopTransactionRequest) -> None:
        transaction = self._known(str(request.transaction_id), 0)
        transaction.ended_at = moment_of(request.timestamp, frame.at, self._begin)
        transaction.meter_stop_wh = float(request.meter_stop)
        transaction.reason = request.reason or "Local"  # section 7.37: so it is where none is said

    def _event(self, frame: TraceFrame, request: v201.TransactionEventRequest) -> None:
        info = request.transaction_info
        transaction = self._known(info.transaction_id, 0)
        at = moment_of(request.timestamp, frame.at, self._begin)
        if request.evse is not None:
            transaction.evse = request.evse.id
        if request.id_token is not None and request.id_token.id_token:
            transaction.id_tag = transaction.id_tag or request.id_token.id_token
        if request.event_type == "Started":
            transaction.began_at = at
        elif request.event_type == "Ended":
            transaction.ended_at = at
            transaction.reason = info.stopped_reason or "Local"  # so it is where none is said

    def _known(self, transaction_id: str, evse: int) -> TraceTransaction:
        """The transaction of that id; one that began before the trace is new here."""
        found = self._by_id.get(transaction_id)
        if found is None:
            found = TraceTransaction(id=transaction_id, evse=evse, began_at=None)
            self._all.append(found)
            self._by_id[transaction_id] = found
        return found
