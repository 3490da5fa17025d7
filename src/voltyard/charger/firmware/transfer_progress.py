"""Progress of a firmware update or log upload, and the status notifications owed of it.

Of what could not be told the last word alone is owed, and told when the CSMS is back. A version has
no word for some statuses (1.6's plain update, say): then the word before still holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from voltyard.charger.connection.call_purposes import CallPurpose
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.ocpp.payload import Payload

Status = TypeVar("Status", bound=str)


class TransferProgress(Generic[Status]):
    """The status of one update or upload, as it is and as it was last told."""

    __slots__ = (
        "_context",
        "_idle",
        "_message",
        "_purpose",
        "_wire",
        "owed",
        "request_id",
        "status",
        "word",
    )

    def __init__(
        self,
        context: ChargerContext,
        wire: ChargerWire,
        purpose: CallPurpose,
        message: Callable[[str, int | None], Payload | None],
        idle: Status,
    ) -> None:
        """`message` says a status with a request id, None where it cannot be said."""
        self._context = context
        self._wire = wire
        self._purpose = purpose
        self._message = message
        self._idle = idle
        self.status = idle
        """The last one there was to tell."""
        self.word = idle
        """The last one that could be said."""
        self.request_id: int | None = None
        """Of what is under way, or was last."""
        self.owed = False
        """The CSMS has not been told of the word."""

    def begin(self, request_id: int | None) -> None:
        """Something new is under way."""
        self.status = self.word = self._idle
        self.request_id = request_id
        self.owed = False

    def become(self, status: Status) -> None:
        """Take a new status and tell it, at once or when the CSMS can be told again."""
        self.status = status
        if self._message(status, self.request_id) is not None:
            self.word = status
            self._tell()

    def lost(self) -> None:
        """The link broke under the last status: it is owed again."""
        self.owed = True

    def online(self) -> None:
        """The CSMS can be told again."""
        if self.owed:
            self._tell()

    def _tell(self) -> None:
        message = self._message(self.word, self.request_id)
        assert message is not None, "a word can be said"
        owed = not (self._context.online and self._wire.call(message, self._purpose))
        if owed != self.owed:
            self.owed = owed
            self._context.remember()

    def restore(
        self, status: Status, word: Status | None, request_id: int | None, owed: bool
    ) -> None:
        """Take up what was remembered."""
        self.status = status
        self.word = word or status
        self.request_id = request_id
        self.owed = owed
