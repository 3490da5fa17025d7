"""Logs that the CSMS asks for: GetDiagnostics (1.6 section 5.9) and GetLog (the security white
paper's and 2.0.1's N01).

The charger keeps a log of its security events only. Of everything else whoever runs it has heard,
and writes the file (`effects.Send`).
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.connection import Connection
from voltyard.charger.core import Core
from voltyard.charger.effects import LogWanted, Send
from voltyard.charger.events import UploadChanged
from voltyard.charger.happenings import Transferred
from voltyard.charger.progress import Progress
from voltyard.charger.purposes import UPLOAD
from voltyard.charger.security.security import Security
from voltyard.charger.transfers import Attempts, Persistence, trust
from voltyard.charger.wire import Wire
from voltyard.kernel.time import Instant, to_rfc3339

Status: TypeAlias = Literal[
    "Idle",
    "Uploading",
    "Uploaded",
    "UploadFailure",
    "BadMessage",
    "NotSupportedOperation",
    "PermissionDenied",
    "AcceptedCanceled",
]
"""2.0.1 UploadLogStatusEnumType; 1.6 has fewer words."""

_FAILURES: Final[dict[str, Status]] = {
    "denied": "PermissionDenied",
    "malformed": "BadMessage",
    "unsupported": "NotSupportedOperation",
}
_UNSAFE: Final = re.compile(r"[^0-9A-Za-z._-]")


class Wish(Struct, frozen=True, kw_only=True):
    """What is to be uploaded, and where to. Moments are by the charger's clock."""

    location: str
    log: Literal["DiagnosticsLog", "SecurityLog"] = "DiagnosticsLog"
    oldest_at: Instant | None = None
    latest_at: Instant | None = None
    persistence: Persistence = Persistence()
    request_id: int | None = None
    """None: 1.6's GetDiagnostics."""


class KeptUpload(Struct, frozen=True, kw_only=True):
    """An upload under way, or the last one, as memory keeps it."""

    wish: Wish | None = None
    """None: it is over."""
    name: str
    attempts: int = 0
    status: Status = "Uploading"
    request_id: int | None = None
    word: Status | None = None
    owed: bool = False


class Uploads:
    """The log that one charger uploads; one at a time."""

    __slots__ = (
        "_attempts",
        "_begins_at",
        "_connection",
        "_core",
        "_security",
        "name",
        "progress",
        "wish",
    )

    def __init__(self, core: Core, wire: Wire, connection: Connection, security: Security) -> None:
        self._core = core
        self._security = security
        self._connection = connection
        self._begins_at = core.now
        """Since when there is a log."""
        self.wish: Wish | None = None
        """The upload under way."""
        self.name = ""
        self.progress: Progress[Status] = Progress(
            core, wire, UPLOAD, core.dialect.upload_status, "Idle"
        )
        """Of the upload under way, or of the last one."""
        self._attempts: Attempts | None = None

    # --- wishes --------------------------------------------------------------------------------

    def announce(self, wish: Wish) -> str | None:
        """The name of the file; None where there is no log of that time."""
        core = self._core
        if wish.oldest_at is not None and core.true(wish.oldest_at) > core.now:
            return None
        if wish.latest_at is not None and core.true(wish.latest_at) < self._begins_at:
            return None
        kind = "diagnostics" if wish.log == "DiagnosticsLog" else "security"
        moment = to_rfc3339(core.time)[:19].replace(":", "").replace("-", "")
        return f"{kind}-{_UNSAFE.sub('_', core.spec.identity)[:100]}-{moment}Z.log"

    def begin(self, wish: Wish, name: str) -> None:
        """Upload it, in place of an upload under way: that is cancelled (N01.FR.20)."""
        core = self._core
        if self.wish is not None:
            assert self._attempts is not None
            self._attempts.abort()
            self._tell("AcceptedCanceled")
        self.wish = wish
        self.name = name
        self.progress.begin(wish.request_id)
        self._attempts = Attempts(core, wish.persistence)
        self._tell("Uploading")
        core.remember()

    # --- its course ----------------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """When something of this is due."""
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

    def _send(self, wish: Wish, id: str) -> None:
        core = self._core
        content: str | LogWanted
        if wish.log == "SecurityLog":
            events = core.security_events.log(wish.oldest_at, wish.latest_at)
            lines = (f"{to_rfc3339(one.at)} {one.type} {one.info}".rstrip() for one in events)
            content = "".join(line + "\n" for line in lines)
        else:
            content = LogWanted(
                oldest_at=None if wish.oldest_at is None else core.true(wish.oldest_at),
                latest_at=None if wish.latest_at is None else core.true(wish.latest_at),
            )
        core.effects.append(Send(id, wish.location, self.name, content, trust(self._security)))

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

    def _failed(self, status: Status, *, for_good: bool = False) -> None:
        assert self._attempts is not None
        if not self._attempts.failed() or for_good:
            self._end(status)

    def _end(self, status: Status) -> None:
        self.wish = self._attempts = None
        self._tell(status)
        self._core.remember()

    # --- power and restarts --------------------------------------------------------------------

    def interrupted(self) -> None:
        """The charger goes down: what is under way begins anew when it is back."""
        if self._attempts is not None:
            self._attempts.interrupt()

    # --- telling -------------------------------------------------------------------------------

    def _tell(self, status: Status) -> None:
        core = self._core
        core.report(
            UploadChanged(
                at=core.now, status=status, request_id=self.progress.request_id, file_name=self.name
            )
        )
        self.progress.become(status)

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> KeptUpload | None:
        """What is to be remembered; None where there was no upload yet."""
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
            self._attempts = Attempts(self._core, wish.persistence, kept.attempts)
