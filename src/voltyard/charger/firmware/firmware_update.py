"""Firmware updates: fetched, verified, and installed when no transaction runs.

OCPP 1.6 sections 4.5, 5.19 and 6.55, the security white paper's L01, 2.0.1 L01 and L02. The image
is a real file: how it goes is up to its server, its signature, and what is broken
(`catalogue.faults`: DownloadStall, FlashFailure, FirmwareCorruption)."""

from __future__ import annotations

from typing import Literal, TypeAlias

from voltyard.charger.connection.call_purposes import FIRMWARE_STATUS_NOTIFICATION
from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import FirmwareChanged
from voltyard.charger.effects import FetchFile
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.firmware import firmware_signature
from voltyard.charger.firmware.firmware_version import version_of
from voltyard.charger.firmware.transfer_progress import TransferProgress
from voltyard.charger.firmware.transfers import TransferAttempts, transfer_tls
from voltyard.charger.firmware.update import FirmwareStatus, KeptUpdate, UpdateFirmware, UpdatePhase
from voltyard.charger.inputs import FirmwareImage, Transferred
from voltyard.charger.security.installed_certificates import MANUFACTURER_ROOT
from voltyard.charger.security.security import Security
from voltyard.charger.variables.standard.communication import (
    REVOKED_SIGNERS,
    SESSIONS_PENDING_FIRMWARE,
)
from voltyard.kernel.time import Instant, Seconds

INSTALL_S: Seconds = 5.0
"""Time that writing an image takes."""


UpdateFirmwareStatus: TypeAlias = Literal[
    "Accepted", "AcceptedCanceled", "Rejected", "InvalidCertificate", "RevokedCertificate"
]


class FirmwareUpdate:
    """The firmware of one charger, and the update under way."""

    __slots__ = (
        "_attempts",
        "_connection",
        "_context",
        "_due_at",
        "_power",
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
        context: ChargerContext,
        wire: ChargerWire,
        connection: CsmsConnection,
        statuses: Statuses,
        sessions: Sessions,
        power: PowerAndReset,
        security: Security,
    ) -> None:
        self._context = context
        self._connection = connection
        self._statuses = statuses
        self._sessions = sessions
        self._power = power
        self._security = security
        self.order: UpdateFirmware | None = None
        """The update under way."""
        self.phase: UpdatePhase | None = None
        self.progress: TransferProgress[FirmwareStatus] = TransferProgress(
            context, wire, FIRMWARE_STATUS_NOTIFICATION, context.dialect.firmware_status, "Idle"
        )
        """Of the update under way, or of the last one."""
        self._attempts: TransferAttempts | None = None
        self._due_at: Instant | None = None
        """Of the phase, by true time."""
        self._version = ""
        """Of the image that was fetched."""

    # --- orders --------------------------------------------------------------------------------

    @property
    def installing(self) -> bool:
        """True where it is too late to go back."""
        return self.phase in (UpdatePhase.INSTALLING, UpdatePhase.REBOOTING)

    def judge(self, order: UpdateFirmware) -> UpdateFirmwareStatus:
        """The answer to an order (L01.FR.02, FR.21 to FR.24); nothing is changed but what there is
        to tell of a bad certificate."""
        if self.installing:
            return "Rejected"
        if order.certificate is not None:
            found, why = self._objection(order.certificate)
            if found is not None:
                self._security.events.notice("InvalidFirmwareSigningCertificate", why)
                return found
        return "Accepted" if self.order is None else "AcceptedCanceled"

    def _objection(
        self, certificate: str
    ) -> tuple[firmware_signature.CertificateObjection | None, str]:
        context = self._context
        roots = self._security.installed.roots(MANUFACTURER_ROOT)
        revoked = context.settings.members(REVOKED_SIGNERS)
        return firmware_signature.certificate_objection(certificate, roots, revoked, context.time)

    def begin(self, order: UpdateFirmware) -> None:
        """Do what was ordered, in place of an update under way. One that installs already goes
        on."""
        if self.installing:
            return
        self._leave()
        context = self._context
        self.order = order
        self.progress.begin(order.request_id)
        if order.retrieve_at > context.time:
            self.phase = UpdatePhase.SCHEDULED
            self._due_at = context.true(order.retrieve_at)
            self._tell("DownloadScheduled")
        else:
            self._download()
        context.remember()

    def _leave(self) -> None:
        """An update is no longer under way."""
        context = self._context
        if self._attempts is not None:
            self._attempts.abort()
        self.order = self.phase = self._attempts = self._due_at = None
        if context.updating or context.draining:
            context.end_update()
            context.drain(self._power.idle_reset is not None)
            self._statuses.show_all()
            self._sessions.resume()

    # --- its course ----------------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """The moment at which something of this is due."""
        if self.phase is UpdatePhase.DOWNLOADING:
            return None if self._attempts is None else self._attempts.due_at
        return self._due_at

    def proceed(self) -> None:
        """Do what is due, or possible by now. The charger must have power."""
        order = self.order
        if order is None:
            return
        due = self._due_at is None or self._due_at <= self._context.now
        match self.phase:
            case UpdatePhase.SCHEDULED if due:
                self._download()
            case UpdatePhase.DOWNLOADING:
                self._go_on_fetching(order)
            case UpdatePhase.PAUSED if not self._lacks("download"):
                self.phase = UpdatePhase.DOWNLOADING
                self._tell("Downloading")
                self._go_on_fetching(order)
            case UpdatePhase.WAITING if due:
                self._install_when_idle()
            case UpdatePhase.INSTALLING if self._due_at is None:
                self._install()
            case UpdatePhase.INSTALLING if due:
                self._installed()

    def _download(self) -> None:
        order = self.order
        assert order is not None
        self.phase = UpdatePhase.DOWNLOADING
        self._due_at = None
        self._attempts = TransferAttempts(self._context, order.persistence)
        self._tell("Downloading")
        self._go_on_fetching(order)

    def _go_on_fetching(self, order: UpdateFirmware) -> None:
        context = self._context
        attempts = self._attempts
        assert attempts is not None
        if self._lacks("download"):
            attempts.interrupt()
            self.phase = UpdatePhase.PAUSED
            self._tell("DownloadPaused")
        elif attempts.id is not None and self._connection.cut:
            attempts.abort()
            self._fetching_failed()
        elif attempts.due:
            id = attempts.begin()
            context.remember()
            if self._connection.cut:
                self._fetching_failed()
            else:
                context.effects.append(FetchFile(id, order.location, transfer_tls(self._security)))

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
        self.phase = UpdatePhase.WAITING
        context = self._context
        self._due_at = None
        if order.install_at is not None and order.install_at > context.time:
            self._due_at = context.true(order.install_at)
            self._tell("InstallScheduled")
        context.remember()

    def _verified(self, order: UpdateFirmware, image: FirmwareImage) -> bool:
        if firmware_signature.signature_is_valid(
            order.certificate or "", order.signature or "", image.sha256
        ):
            self._tell("SignatureVerified")
            return True
        self._end("InvalidSignature")
        name = order.location.rpartition("/")[2]
        self._security.events.notice("InvalidFirmwareSignature", f"{name}: {image.sha256.hex()}")
        return False

    def _install_when_idle(self) -> None:
        """Install once all transactions are over; who comes meanwhile is turned away, unless the
        setting says otherwise (L01.FR.06, FR.07)."""
        context = self._context
        self._due_at = None
        evses = self._sessions.evses
        if not any(
            evse.transaction is not None or evse.authorization.id_token is not None
            for evse in evses
        ):
            if (
                not self._power.restart_is_pending
            ):  # else after the restart, which would cut it short
                self._install()
            return
        if self.progress.status != "InstallScheduled":
            self._tell("InstallScheduled")
        if not context.draining and not context.settings.flag(SESSIONS_PENDING_FIRMWARE):
            context.drain()
            self._statuses.show_all()

    def _install(self) -> None:
        context = self._context
        self.phase = UpdatePhase.INSTALLING
        self._due_at = context.now + INSTALL_S
        context.begin_update()
        self._statuses.show_all()
        self._tell("Installing")
        context.remember()

    def _installed(self) -> None:
        if self._lacks("flash"):
            self._end("InstallationFailed")
        elif self._lacks("image"):
            self._end("InstallVerificationFailed")
        else:
            self.phase = UpdatePhase.REBOOTING
            self._due_at = None
            self._tell("InstallRebooting")
            self._context.remember()
            self._power.reset("Reboot", "FirmwareUpdate", graceful=True)

    def _end(self, status: FirmwareStatus) -> None:
        self._tell(status)
        self._leave()
        self._context.remember()

    def _lacks(self, part: Literal["download", "flash", "image"]) -> bool:
        return any(each.lacks(part) for _, each in self._statuses.connectors())

    # --- power and restarts --------------------------------------------------------------------

    def interrupted(self) -> None:
        """The charger goes down: what is under way begins anew when it is back."""
        context = self._context
        if self._attempts is not None:
            self._attempts.interrupt()
        if self.phase is UpdatePhase.INSTALLING:
            self._due_at = None
        if self.phase is UpdatePhase.REBOOTING:
            context.run_firmware(self._version)
        context.end_update()

    def booted(self) -> None:
        """The CSMS has accepted the boot."""
        if self.phase is UpdatePhase.REBOOTING:
            self._end("Installed")
            self._security.events.notice("FirmwareUpdated", self._context.firmware_version)
        else:
            self.progress.online()

    # --- telling -------------------------------------------------------------------------------

    def _tell(self, status: FirmwareStatus) -> None:
        context = self._context
        context.report(
            FirmwareChanged(
                at=context.now,
                status=status,
                request_id=self.progress.request_id,
                version=context.firmware_version,
            )
        )
        self.progress.become(status)

    # --- memory --------------------------------------------------------------------------------

    @property
    def installed(self) -> tuple[str, str] | None:
        """The version the charger was made with, and the one installed since; None where none
        was."""
        made_with, runs = self._context.spec.firmware_version, self._context.firmware_version
        return None if runs == made_with else (made_with, runs)

    def restore_version(self, installed: tuple[str, str] | None) -> None:
        """Take up the version installed, unless the charger was made with another since."""
        if installed is not None and installed[0] == self._context.spec.firmware_version:
            self._context.run_firmware(installed[1])

    def kept(self) -> KeptUpdate | None:
        """The state to be remembered; None where there was no update yet."""
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
        context = self._context
        self.phase = kept.phase
        self.progress.restore(kept.status, kept.word, kept.request_id, kept.owed)
        self.order = order = kept.order
        self._version = kept.version
        if order is None:
            return
        match kept.phase:
            case UpdatePhase.SCHEDULED:
                self._due_at = context.true(order.retrieve_at)
            case UpdatePhase.DOWNLOADING | UpdatePhase.PAUSED:
                self._attempts = TransferAttempts(context, order.persistence, kept.attempts)
            case UpdatePhase.WAITING if order.install_at is not None:
                self._due_at = context.true(order.install_at)
            case UpdatePhase.REBOOTING:
                context.run_firmware(kept.version)
