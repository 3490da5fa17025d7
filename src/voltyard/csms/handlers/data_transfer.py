"""DataTransfer both ways, and its history (1.6 section 4.3, 2.0.1 P)."""

from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

from voltyard.csms import events
from voltyard.csms.commands.maintenance import SendDataTransfer
from voltyard.csms.commands.results import DataTransferResult
from voltyard.csms.handlers.handling import Handled, Handling
from voltyard.csms.records import DataTransferLogged, Direction
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import DataTransfer, DataTransferReply
from voltyard.kernel import ids
from voltyard.kernel.time import Instant
from voltyard.ocpp.secrets import masked_value

VendorHandler: TypeAlias = Callable[[RegisteredCharger, DataTransfer], DataTransferReply]
"""Answers what chargers say under a vendor id."""

UNKNOWN_VENDOR = DataTransferReply("UnknownVendorId")


class DataTransfers:
    """Answers DataTransfer by vendor; a vendor without a handler is unknown."""

    def __init__(self, random: Random, vendors: Mapping[str, VendorHandler]) -> None:
        self._random = random
        self._vendors = vendors

    def data_transfer(
        self, charger: RegisteredCharger, version: str, request: DataTransfer, now: Instant
    ) -> Handling:
        """Handles a DataTransfer request (1.6 section 4.3, P02)."""
        reply, logged = self.received(charger, request, now)
        event = events.DataTransferReceived(
            **charger.event_fields(now),
            vendor_id=request.vendor_id,
            message_id=request.message_id,
            text=request.data,
            status=reply.status,
        )
        return Handled(reply, (logged,), (event,))

    def received(
        self, charger: RegisteredCharger, request: DataTransfer, now: Instant
    ) -> tuple[DataTransferReply, DataTransferLogged]:
        """The answer to a charger's talk, and its place in the history."""
        vendor = self._vendors.get(request.vendor_id)
        reply = UNKNOWN_VENDOR if vendor is None else vendor(charger, request)
        talk = (request.vendor_id, request.message_id, request.data)
        return reply, self._logged(charger, "incoming", talk, reply.status, reply.data, now)

    def sent(
        self,
        charger: RegisteredCharger,
        command: SendDataTransfer,
        answer: DataTransferResult | None,
        now: Instant,
    ) -> DataTransferLogged:
        """The place in the history of our talk; `answer` is None where none came."""
        talk = (command.vendor_id, command.message_id, command.data)
        if answer is None:
            return self._logged(charger, "outgoing", talk, None, None, now)
        return self._logged(charger, "outgoing", talk, answer.status, answer.data, now)

    def _logged(
        self,
        charger: RegisteredCharger,
        direction: Direction,
        talk: tuple[str, str | None, str | None],
        status: str | None,
        data: str | None,
        now: Instant,
    ) -> DataTransferLogged:
        vendor_id, message_id, sent = talk
        return DataTransferLogged(
            id=ids.prefixed("dt_", self._random),
            organization_id=charger.row.organization_id,
            charger_id=charger.row.id,
            charge_box_id=charger.row.charge_box_id,
            direction=direction,
            vendor_id=vendor_id,
            message_id=message_id,
            data=None if sent is None else masked_value(sent),
            response_status=status,
            response_data=None if data is None else masked_value(data),
            created_at=now,
        )
