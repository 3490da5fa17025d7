"""Vendor-specific talk, both ways, and its history."""

from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

from voltyard.csms.commands import DataAnswered, TransferData
from voltyard.csms.happenings import DataReply, DataSent
from voltyard.csms.records import DataTransferLogged, Direction
from voltyard.csms.registry import Charger
from voltyard.kernel import ids
from voltyard.kernel.time import Instant

Vendor: TypeAlias = Callable[[Charger, DataSent], DataReply]
"""Answers what chargers say under a vendor id."""

UNKNOWN_VENDOR = DataReply("UnknownVendorId")


class DataTransfers:
    """Answers by vendor; a vendor nobody speaks for is unknown (1.6 section 4.3, 2.0.1 P01)."""

    def __init__(self, random: Random, vendors: Mapping[str, Vendor]) -> None:
        self._random = random
        self._vendors = vendors

    def received(
        self, charger: Charger, said: DataSent, now: Instant
    ) -> tuple[DataReply, DataTransferLogged]:
        """The answer to a charger's talk, and its place in the history."""
        vendor = self._vendors.get(said.vendor_id)
        reply = UNKNOWN_VENDOR if vendor is None else vendor(charger, said)
        talk = (said.vendor_id, said.message_id, said.data)
        return reply, self._logged(charger, "incoming", talk, reply.status, reply.data, now)

    def sent(
        self, charger: Charger, command: TransferData, answer: DataAnswered | None, now: Instant
    ) -> DataTransferLogged:
        """The place in the history of our talk; `answer` is None where none came."""
        talk = (command.vendor_id, command.message_id, command.data)
        if answer is None:
            return self._logged(charger, "outgoing", talk, None, None, now)
        return self._logged(charger, "outgoing", talk, answer.status, answer.data, now)

    def _logged(
        self,
        charger: Charger,
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
            data=sent,
            response_status=status,
            response_data=data,
            created_at=now,
        )
