"""Firmware updates: fetched, verified, and installed when nobody charges.

OCPP 1.6 sections 4.5, 5.19 and 6.55, the security white paper's L01, 2.0.1 L01 and L02. The image
is a real file: how it goes is up to its server, its signature, and what is broken (`ocpp.faults`:
DownloadStall, FlashFailure, FirmwareCorruption).
"""

from __future__ import annotations

from enum import Enum
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger import signing, standard
from voltyard.charger.connection import Connection
from voltyard.charger.core import Core
from voltyard.charger.effects import Fetch
from voltyard.charger.events import FirmwareChanged
from voltyard.charger.happenings import Image, Transferred
from voltyard.charger.image import version_of
from voltyard.charger.life import Life
from voltyard.charger.progress import Progress
from voltyard.charger.purposes import FIRMWARE
from voltyard.charger.security.security import Security
from voltyard.charger.security.store import MANUFACTURER_ROOT
from voltyard.charger.sessions import Sessions
from voltyard.charger.statuses import Statuses
from voltyard.charger.transfers import Attempts, Persistence, trust
from voltyard.charger.wire import Wire
from voltyard.kernel.time import Instant, Seconds

INSTALL_S: Seconds = 5.0
"""How long writing an image takes."""

Status: TypeAlias = Literal[
    "Idle",
    "DownloadScheduled",
    "Downloading",
    "DownloadPaused",
    "Downloaded",
    "DownloadFailed",
    "SignatureVerified",
    "InvalidSignature",
    "InstallScheduled",
    "Installing",
    "InstallRebooting",
    "Installed",
    "InstallationFailed",
    "InstallVerificationFailed",
]
"""2.0.1 FirmwareStatusEnumType; what a version or a message cannot say, its dialect leaves out."""

Verdict: TypeAlias = Literal[
    "Accepted", "AcceptedCanceled", "Rejected", "InvalidCertificate", "RevokedCertificate"
]


class Phase(Enum):
    """Where an update is."""

    SCHEDULED = "scheduled"
    DOWNLOADING = "downloading"
    """An attempt is under way, or the next one is waited for."""
    PAUSED = "paused"
    WAITING = "waiting"
    """For its moment, or for transactions to end."""
    INSTALLING = "installing"
    REBOOTING = "rebooting"
    """Until the CSMS has accepted the boot."""


class Order(Struct, frozen=True, kw_only=True):
    """What was ordered. Moments are by the charger's clock."""

    location: str
    retrieve_at: Instant
    install_at: Instant | None = None
    persistence: Persistence = Persistence()
    request_id: int | None = None
    """None: 1.6's plain UpdateFirmware."""
    certificate: str | None = None
    """PEM: of whoever signed it; None: it is not signed."""
    signature: str | None = None
    """In base64."""


class KeptUpdate(Struct, frozen=True, kw_only=True):
    """An update under way, or the last one, as memory keeps it."""

    phase: Phase | None
    status: Status
    request_id: int | None
    order: Order | None = None
    attempts: int = 0
    version: str = ""
    owed: bool = False
    word: Status | None = None
    """None: it was remembered before there was a word of its own; the status is it."""


class Firmware:
    """What one charger runs, and the update that is to change that."""

    __slots__ = (
        "_attempts",
        "_connection",
        "_core",
        "_due_at",
        "_life",
        "_security",
        "_sessions",
        "_statuses",
        "_version",
        "order",
        "phase",
        "progress",
    )

    def __init__(
        self,
        core: Core,
        wire: Wire,
        connection: Connection,
        statuses: Statuses,
        sessions: Sessions,
        life: Life,
        security: Security,
    ) -> None:
        self._core = core
        self._connection = connection
        self._statuses = statuses
        self._sessions = sessions
        self._life = life
        self._security = security
        self.order: Order | None = None
        """The update under way."""
        self.phase: Phase | None = None
        self.progress: Progress[Status] = Progress(
            core, wire, FIRMWARE, core.dialect.firmware_status, "Idle"
        )
        """Of the update under way, or of the last one."""
        self._attempts: Attempts | None = None
        self._due_at: Instant | None = None
        """Of the phase, by true time."""
        self._version = ""
        """Of the image that was fetched."""

    # --- orders --------------------------------------------------------------------------------

    @property
    def installing(self) -> bool:
        """Whether it is too late to go back."""
        return self.phase in (Phase.INSTALLING, Phase.REBOOTING)

    def judge(self, order: Order) -> Verdict:
        """What is to be answered to an order (L01.FR.02, FR.21 to FR.24); nothing is changed but
        what there is to tell of a bad certificate."""
        if self.installing:
            return "Rejected"
        if order.certificate is not None:
            found, why = self._objection(order.certificate)
            if found is not None:
                self._security.events.notice("InvalidFirmwareSigningCertificate", why)
                return found
        return "Accepted" if self.order is None else "AcceptedCanceled"

    def _objection(self, certificate: str) -> tuple[signing.Objection | None, str]:
        core = self._core
        roots = self._security.store.roots(MANUFACTURER_ROOT)
        revoked = core.settings.members(standard.REVOKED_SIGNERS)
        return signing.objection(certificate, roots, revoked, core.time)

    def begin(self, order: Order) -> None:
        """Do what was ordered, in place of an update under way. One that installs already goes
        on."""
        if self.installing:
            return
        self._leave()
        core = self._core
        self.order = order
        self.progress.begin(order.request_id)
        if order.retrieve_at > core.time:
            self.phase = Phase.SCHEDULED
            self._due_at = core.true(order.retrieve_at)
            self._tell("DownloadScheduled")
        else:
            self._download()
        core.remember()

    def _leave(self) -> None:
        """An update is no longer under way."""
        core = self._core
        if self._attempts is not None:
            self._attempts.abort()
        self.order = self.phase = self._attempts = self._due_at = None
        if core.updating or core.draining:
            core.updating = False
            core.draining = self._life.idle_reset is not None
            self._statuses.show_all()
            self._sessions.resume()

    # --- its course ----------------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """When something of this is due."""
        if self.phase is Phase.DOWNLOADING:
            return None if self._attempts is None else self._attempts.due_at
        return self._due_at

    def proceed(self) -> None:
        """Do what is due, or possible by now. The charger must have power."""
        order = self.order
        if order is None:
            return
        due = self._due_at is None or self._due_at <= self._core.now
        match self.phase:
            case Phase.SCHEDULED if due:
                self._download()
            case Phase.DOWNLOADING:
                self._go_on_fetching(order)
            case Phase.PAUSED if not self._lacks("download"):
                self.phase = Phase.DOWNLOADING
                self._tell("Downloading")
                self._go_on_fetching(order)
            case Phase.WAITING if due:
                self._install_when_idle()
            case Phase.INSTALLING if self._due_at is None:
                self._install()
            case Phase.INSTALLING if due:
                self._installed()

    def _download(self) -> None:
        order = self.order
        assert order is not None
        self.phase = Phase.DOWNLOADING
        self._due_at = None
        self._attempts = Attempts(self._core, order.persistence)
        self._tell("Downloading")
        self._go_on_fetching(order)

    def _go_on_fetching(self, order: Order) -> None:
        core = self._core
        attempts = self._attempts
        assert attempts is not None
        if self._lacks("download"):
            attempts.interrupt()
            self.phase = Phase.PAUSED
            self._tell("DownloadPaused")
        elif attempts.id is not None and self._connection.cut:
            attempts.abort()
            self._fetching_failed()
        elif attempts.due:
            id = attempts.begin()
            core.remember()
            if self._connection.cut:
                self._fetching_failed()
            else:
                core.effects.append(Fetch(id, order.location, trust(self._security)))

    def _fetching_failed(self, *, for_good: bool = False) -> None:
        assert self._attempts is not None
        if not self._attempts.failed() or for_good:
            self._end("DownloadFailed")

    def transferred(self, transferred: Transferred) -> None:
        """The attempt of that id, if it is the one under way, has ended."""
        attempts = self._attempts
        order = self.order
        if order is None or attempts is None or attempts.id != transferred.id:
            return
        image = transferred.image
        if image is None:
            self._fetching_failed(for_good=transferred.is_hopeless)
            return
        self._attempts = None
        self._tell("Downloaded")
        if order.certificate is not None and not self._verified(order, image):
            return
        self._version = version_of(order.location, image)
        self.phase = Phase.WAITING
        core = self._core
        self._due_at = None
        if order.install_at is not None and order.install_at > core.time:
            self._due_at = core.true(order.install_at)
            self._tell("InstallScheduled")
        core.remember()

    def _verified(self, order: Order, image: Image) -> bool:
        if signing.verifies(order.certificate or "", order.signature or "", image.sha256):
            self._tell("SignatureVerified")
            return True
        self._end("InvalidSignature")
        name = order.location.rpartition("/")[2]
        self._security.events.notice("InvalidFirmwareSignature", f"{name}: {image.sha256.hex()}")
        return False

    def _install_when_idle(self) -> None:
        """Nobody is thrown out; who comes meanwhile is turned away, unless the setting says
        otherwise (L01.FR.06, FR.07)."""
        core = self._core
        self._due_at = None
        evses = self._sessions.evses
        if not any(evse.transaction is not None or evse.id_token is not None for evse in evses):
            if not self._life.pends:  # else after the restart, which would cut it short
                self._install()
            return
        if self.progress.status != "InstallScheduled":
            self._tell("InstallScheduled")
        if not core.draining and not core.settings.flag(standard.SESSIONS_PENDING_FIRMWARE):
            core.draining = True
            self._statuses.show_all()

    def _install(self) -> None:
        core = self._core
        self.phase = Phase.INSTALLING
        self._due_at = core.now + INSTALL_S
        core.updating = True
        self._statuses.show_all()
        self._tell("Installing")
        core.remember()

    def _installed(self) -> None:
        if self._lacks("flash"):
            self._end("InstallationFailed")
        elif self._lacks("image"):
            self._end("InstallVerificationFailed")
        else:
            self.phase = Phase.REBOOTING
            self._due_at = None
            self._tell("InstallRebooting")
            self._core.remember()
            self._life.reset("Reboot", "FirmwareUpdate", graceful=True)

    def _end(self, status: Status) -> None:
        self._tell(status)
        self._leave()
        self._core.remember()

    def _lacks(self, part: Literal["download", "flash", "image"]) -> bool:
        return any(each.lacks(part) for _, each in self._statuses.connectors())

    # --- power and restarts --------------------------------------------------------------------

    def interrupted(self) -> None:
        """The charger goes down: what is under way begins anew when it is back."""
        core = self._core
        if self._attempts is not None:
            self._attempts.interrupt()
        if self.phase is Phase.INSTALLING:
            self._due_at = None
        if self.phase is Phase.REBOOTING:
            core.firmware_version = self._version
        core.updating = False

    def booted(self) -> None:
        """The CSMS has accepted the boot."""
        if self.phase is Phase.REBOOTING:
            self._end("Installed")
            self._security.events.notice("FirmwareUpdated", self._core.firmware_version)
        else:
            self.progress.online()

    # --- telling -------------------------------------------------------------------------------

    def _tell(self, status: Status) -> None:
        core = self._core
        core.report(
            FirmwareChanged(
                at=core.now,
                status=status,
                request_id=self.progress.request_id,
                version=core.firmware_version,
            )
        )
        self.progress.become(status)

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> KeptUpdate | None:
        """What is to be remembered; None where there was no update yet."""
        progress = self.progress
        if progress.status == "Idle":
            return None
        return KeptUpdate(
            phase=self.phase,
            status=progress.status,
            request_id=progress.request_id,
            order=self.order,
            attempts=0 if self._attempts is None else self._attempts.ended,
            version=self._version,
            owed=progress.owed,
            word=progress.word,
        )

    def restore(self, kept: KeptUpdate) -> None:
        """Take up what was remembered."""
        core = self._core
        self.phase = kept.phase
        self.progress.restore(kept.status, kept.word, kept.request_id, kept.owed)
        self.order = order = kept.order
        self._version = kept.version
        if order is None:
            return
        match kept.phase:
            case Phase.SCHEDULED:
                self._due_at = core.true(order.retrieve_at)
            case Phase.DOWNLOADING | Phase.PAUSED:
                self._attempts = Attempts(core, order.persistence, kept.attempts)
            case Phase.WAITING if order.install_at is not None:
                self._due_at = core.true(order.install_at)
            case Phase.REBOOTING:
                core.firmware_version = kept.version
