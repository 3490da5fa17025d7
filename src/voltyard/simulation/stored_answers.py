"""Check that what was answered is stored: frames of the chargers against records of the backend."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from voltyard.charger.description.events import Framed
from voltyard.csms.records import (
    ConnectorStored,
    DataTransferLogged,
    MeterValuesLogged,
    Record,
    TransactionStored,
)
from voltyard.simulation.checkers import InvariantBroken

_COUNTED: Final[Mapping[type[Any], str]] = {
    MeterValuesLogged: "meter values",
    ConnectorStored: "statuses",
    DataTransferLogged: "data transfers",
}
"""Records that are counted, charger by charger."""

_READINGS: Final[Mapping[str, str]] = {
    "MeterValues": "meterValue",
    "StopTransaction": "transactionData",
    "TransactionEvent": "meterValue",
}
"""Fields in which a request has its readings."""


class StoredAnswersCheck:
    """Follows each CALL to its answer; InvariantBroken where more was answered than is stored."""

    def __init__(self, identities: Mapping[str, str]) -> None:
        """`identities` has the identity of each charger that is to be followed, by charger id."""
        self._identities = identities
        self._followed = frozenset(identities.values())
        self._asked: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
        self._answered: Counter[tuple[str, str]] = Counter()
        self._stored: Counter[tuple[str, str]] = Counter()
        self._transactions: dict[tuple[str, str], str] = {}
        """(identity, OCPP id) -> status."""

    def stored(self, record: Record) -> None:
        """A record has become durable."""
        kind = _COUNTED.get(type(record))
        if kind is not None:
            charger_id: str = getattr(record, "charger_id")  # noqa: B009
            self._stored[self._identities.get(charger_id, ""), kind] += 1
        elif isinstance(record, TransactionStored) and record.ocpp_id is not None:
            self._transactions[record.charge_box_id, record.ocpp_id] = record.status

    def framed(self, key: str, frame: Framed) -> None:
        """A frame went over a charger's link."""
        if key not in self._followed:
            return
        place = (key, frame.message_id)
        if frame.direction == "cp_to_csms" and frame.kind == "call":
            self._asked[place] = (frame.action, msgspec.json.decode(frame.text)[3])
        elif frame.direction == "csms_to_cp" and frame.kind in ("result", "error"):
            asked = self._asked.pop(place, None)
            if asked is not None and frame.kind == "result" and frame.verdict == "valid":
                self._check(key, frame, *asked)

    def _check(self, key: str, frame: Framed, action: str, request: dict[str, Any]) -> None:
        if action == "StatusNotification":
            self._count(key, frame, "statuses", 1)
        elif action == "DataTransfer":
            self._count(key, frame, "data transfers", 1)
        elif action in _READINGS:
            self._count(key, frame, "meter values", len(request.get(_READINGS[action]) or ()))
        if action == "StartTransaction":
            answer = msgspec.json.decode(frame.text)[2]
            self._expect(key, frame, str(answer["transactionId"]), "in_progress")
        elif action == "StopTransaction":
            self._expect(key, frame, str(request["transactionId"]), "completed")
        elif action == "TransactionEvent":
            status = "completed" if request["eventType"] == "Ended" else "in_progress"
            self._expect(key, frame, request["transactionInfo"]["transactionId"], status)

    def _count(self, key: str, frame: Framed, kind: str, count: int) -> None:
        place = (key, kind)
        self._answered[place] += count
        if self._answered[place] > self._stored[place]:
            what = f"{self._answered[place]} {kind} were answered, {self._stored[place]} are stored"
            raise InvariantBroken(frame.at, key, what)

    def _expect(self, key: str, frame: Framed, ocpp_id: str, status: str) -> None:
        found = self._transactions.get((key, ocpp_id))
        if found is None or (status == "completed" and found != "completed"):
            said = f"{frame.action} of transaction {ocpp_id} was answered"
            raise InvariantBroken(frame.at, key, f"{said}; stored is {found or 'nothing'}")
