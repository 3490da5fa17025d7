"""Log uploads: GetDiagnostics (1.6 section 5.9) and GetLog (white paper and 2.0.1 N01).

The charger keeps a log of its security events only. Of everything else whoever runs it has heard,
and writes the file (`effects.SendFile`).
"""

from __future__ import annotations

import re
from typing import Final

from voltyard.charger.connection.call_purposes import LOG_STATUS_NOTIFICATION
from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import UploadChanged
from voltyard.charger.effects import LogRange, SendFile
from voltyard.charger.firmware.log import GetLog, KeptUpload, UploadLogStatus
from voltyard.charger.firmware.transfer_progress import TransferProgress
from voltyard.charger.firmware.transfers import TransferAttempts, transfer_tls
from voltyard.charger.inputs import Transferred
from voltyard.charger.security.security import Security
from voltyard.kernel.time import Instant, to_rfc3339

_FAILURES: Final[dict[str, UploadLogStatus]] = {
    "denied": "PermissionDenied",
    "malformed": "BadMessage",
    "unsupported": "NotSupportedOperation",
}
_UNSAFE: Final = re.compile(r"[^0-9A-Za-z._-]")


class LogUpload:
    """The log upload of one charger; one at a time."""

    __slots__ = (
        "_attempts",
        "_begins_at",
        "_connection",
        "_context",
        "_security",
        "name",
        "progress",
        "wish",
    )

    def __init__(
        self,
        context: ChargerContext,
        wire: ChargerWire,
        connection: CsmsConnection,
        security: Security,
    ) -> None:
        self._context = context
        self._security = security
        self._connection = connection
        self._begins_at = context.now
        """Since when there is a log."""
        self.wish: GetLog | None = None
        """The upload under way."""
        self.name = ""
        self.progress: TransferProgress[UploadLogStatus] = TransferProgress(
            context, wire, LOG_STATUS_NOTIFICATION, context.dialect.upload_status, "Idle"
        )
        """Of the upload under way, or of the last one."""
        self._attempts: TransferAttempts | None = None

    # --- wishes --------------------------------------------------------------------------------

    def announce(self, wish: GetLog) -> str | None:
        """The name of the file; None where there is no log of that time."""
        context = self._context
        if wish.oldest_at is not None and context.true(wish.oldest_at) > context.now:
            return None
        if wish.latest_at is not None and context.true(wish.latest_at) < self._begins_at:
            return None
        kind = "diagnostics" if wish.log == "DiagnosticsLog" else "security"
        moment = to_rfc3339(context.time)[:19].replace(":", "").replace("-", "")
        return f"{kind}-{_UNSAFE.sub('_', context.spec.identity)[:100]}-{moment}Z.log"

    def begin(self, wish: GetLog, name: str) -> None:
        """Upload it, in place of an upload under way: that is cancelled (N01.FR.20)."""
        context = self._context
        if self.wish is not None:
            assert self._attempts is not None
            self._attempts.abort()
            self._tell("AcceptedCanceled")
        self.wish = wish
        self.name = name
        self.progress.begin(wish.request_id)
        self._attempts = TransferAttempts(context, wish.persistence)
        self._tell("Uploading")
        context.remember()

    # --- its course ----------------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """The moment at which something of this is due."""
        return None if self._attempts is None else self._attempts.due_at

    def proceed(self) -> None:
        """Do what is due. The charger must have power."""
        wish, attempts = self.wish, self._attempts
        if wish is None or attempts is None:
            return
        if attempts.id is not None:
            if self._connection.cut:
                attempts.abort()
                self._failed("UploadFailure")
        elif attempts.due:
            id = attempts.begin()
            if self._connection.cut:
                self._failed("UploadFailure")
            else:
                self._send(wish, id)

    def _send(self, wish: GetLog, id: str) -> None:
        context = self._context
        content: str | LogRange
        if wish.log == "SecurityLog":
            events = self._security.events.log(wish.oldest_at, wish.latest_at)
            lines = (f"{to_rfc3339(one.at)} {one.type} {one.info}".rstrip() for one in events)
            content = "".join(line + "\n" for line in lines)
        else:
            content = LogRange(
                oldest_at=None if wish.oldest_at is None else context.true(wish.oldest_at),
                latest_at=None if wish.latest_at is None else context.true(wish.latest_at),
            )
        context.effects.append(
            SendFile(id, wish.location, self.name, content, transfer_tls(self._security))
        )

    def transferred(self, transferred: Transferred) -> None:
        """The attempt of that id, if it is the one under way, has ended."""
        attempts = self._attempts
        if attempts is None or attempts.id != transferred.id:
            return
        if transferred.failure is None:
            self._end("Uploaded")
        else:
            status = _FAILURES.get(transferred.failure, "UploadFailure")
            self._failed(status, for_good=transferred.is_hopeless)

    def _failed(self, status: UploadLogStatus, *, for_good: bool = False) -> None:
        assert self._attempts is not None
        if not self._attempts.failed() or for_good:
            self._end(status)

    def _end(self, status: UploadLogStatus) -> None:
        self.wish = self._attempts = None
        self._tell(status)
        self._context.remember()

    # --- power and restarts --------------------------------------------------------------------

    def interrupted(self) -> None:
        """The charger goes down: what is under way begins anew when it is back."""
        if self._attempts is not None:
            self._attempts.interrupt()

    # --- telling -------------------------------------------------------------------------------

    def _tell(self, status: UploadLogStatus) -> None:
        context = self._context
        context.report(
            UploadChanged(
                at=context.now,
                status=status,
                request_id=self.progress.request_id,
                file_name=self.name,
            )
        )
        self.progress.become(status)

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> KeptUpload | None:
        """The state to be remembered; None where there was no upload yet."""
        progress = self.progress
        if progress.status == "Idle":
            return None
        return KeptUpload(
            wish=self.wish,
            name=self.name,
            attempts=0 if self._attempts is None else self._attempts.ended,
            status=progress.status,
            request_id=progress.request_id,
            word=progress.word,
            owed=progress.owed,
        )

    def restore(self, kept: KeptUpload) -> None:
        """Take up what was remembered."""
        self.wish = wish = kept.wish
        self.name = kept.name
        request_id = kept.request_id if wish is None else wish.request_id
        self.progress.restore(kept.status, kept.word, request_id, kept.owed)
        if wish is not None:
            self._attempts = TransferAttempts(self._context, wish.persistence, kept.attempts)
