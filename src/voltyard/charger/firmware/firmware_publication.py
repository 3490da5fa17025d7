"""Firmware that a local controller publishes for the stations behind it (2.0.1 L03, L04).

The file is a real one: it is fetched, its MD5 is compared, and whoever runs the charger serves it
(`effects.PublishFile`). The faults of an update apply (`catalogue.faults`): DownloadStall pauses
the download, FirmwareCorruption spoils the file, FlashFailure keeps it from being published.

A controller without power serves nothing. With power it serves its files again, where they were;
the files of a process that has ended are fetched again, and the CSMS is told where they are now.
"""

from __future__ import annotations

from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from voltyard.charger.connection.call_purposes import PUBLISH_FIRMWARE_STATUS_NOTIFICATION
from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import PublicationChanged
from voltyard.charger.effects import DropFile, FetchFile, PublishFile, WithdrawFile
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.firmware.publication import (
    KeptPublication,
    PublicationPhase,
    PublicationStatus,
    PublishedFirmware,
    PublishFirmware,
)
from voltyard.charger.firmware.transfer_progress import TransferProgress
from voltyard.charger.firmware.transfers import TransferAttempts, transfer_tls
from voltyard.charger.inputs import FileDownloads, FilePublished, FirmwareImage, Transferred
from voltyard.charger.security.security import Security
from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload

PublicationObjection: TypeAlias = Literal["InvalidValue", "InvalidURL", "Busy", "OutOfStorage"]
"""Reasons not to publish (Part 2, appendix 5)."""

UnpublishStatus: TypeAlias = Literal["DownloadOngoing", "NoFirmware", "Unpublished"]

_MD5_CHARACTERS = frozenset("0123456789abcdef")


class FirmwarePublication:
    """The files that one local controller publishes, and the publication under way."""

    __slots__ = (
        "_attempts",
        "_connection",
        "_context",
        "_downloads",
        "_file_id",
        "_is_asked",
        "_locations",
        "_security",
        "_served",
        "_statuses",
        "_waiting",
        "order",
        "phase",
        "progress",
        "published",
    )

    def __init__(
        self,
        context: ChargerContext,
        wire: ChargerWire,
        connection: CsmsConnection,
        statuses: Statuses,
        security: Security,
    ) -> None:
        self._context = context
        self._connection = connection
        self._statuses = statuses
        self._security = security
        self.order: PublishFirmware | None = None
        """The publication under way."""
        self.phase: PublicationPhase | None = None
        self.published: dict[str, PublishedFirmware] = {}
        """By checksum."""
        self._locations: tuple[str, ...] = ()
        self.progress: TransferProgress[PublicationStatus] = TransferProgress(
            context, wire, PUBLISH_FIRMWARE_STATUS_NOTIFICATION, self._message, "Idle"
        )
        """Of the publication under way, or of the last one."""
        self._attempts: TransferAttempts | None = None
        self._file_id = ""
        """Of the file that is about to be published."""
        self._is_asked = False
        """Whoever runs the charger was asked to serve that file."""
        self._waiting: list[PublishFirmware] = []
        """Published before, and to be fetched again."""
        self._served: set[str] = set()
        """Ids of published files that are served, or are asked to be."""
        self._downloads: dict[str, int] = {}
        """Stations that fetch a file now, by its id; none: no entry."""

    def _message(self, status: str, request_id: int | None) -> Payload | None:
        return self._context.dialect.publication_status(status, request_id, self._locations)

    # --- requests ------------------------------------------------------------------------------

    def objection(self, order: PublishFirmware) -> PublicationObjection | None:
        """A reason not to publish this; None: it will be (L03.FR.05). One publication is under way
        at a time: a further one is rejected, since no status could tell of the end of the first."""
        if len(order.checksum) != 32 or not _MD5_CHARACTERS.issuperset(order.checksum):
            return "InvalidValue"
        if not _is_url(order.location):
            return "InvalidURL"
        if self.order is not None or self._waiting:
            return "Busy"
        if order.checksum not in self.published and len(self.published) >= limits.PUBLISHED_FILES:
            return "OutOfStorage"
        return None

    def begin(self, order: PublishFirmware) -> None:
        """Fetch it, to publish it."""
        self.order = order
        self.progress.begin(order.request_id)
        self._download()
        self._context.remember()

    def unpublish(self, checksum: str) -> UnpublishStatus:
        """Publish it no longer, unless the controller fetches it now to publish it, or a station
        fetches it from the controller (L04)."""
        published = self.published.get(checksum)
        if self.order is not None and self.order.checksum == checksum:
            return "DownloadOngoing"
        if published is not None and self.downloads(published):
            return "DownloadOngoing"
        waiting = [one for one in self._waiting if one.checksum == checksum]
        if published is None and not waiting:
            return "NoFirmware"
        order = waiting[0] if published is None else published.order
        self._waiting = [one for one in self._waiting if one.checksum != checksum]
        self._discard(checksum)
        self._report("Unpublished", order)
        self._context.remember()
        return "Unpublished"

    # --- its course ----------------------------------------------------------------------------

    @property
    def is_active(self) -> bool:
        """True where something is to be done, or waited for."""
        return bool(
            self.order is not None or self._waiting or len(self._served) < len(self.published)
        )

    def deadline(self) -> Instant | None:
        """The moment at which something of this is due."""
        if self.phase is not PublicationPhase.DOWNLOADING or self._attempts is None:
            return None
        return self._attempts.due_at

    def proceed(self) -> None:
        """Do what is due, or possible by now. The charger must have power."""
        for one in self.published.values():
            if one.file_id not in self._served:
                self._serve(one.file_id, one.order)
        if self.order is None:
            if self._waiting:
                self.begin(self._waiting.pop(0))
            return
        match self.phase:
            case PublicationPhase.DOWNLOADING:
                self._go_on_fetching(self.order)
            case PublicationPhase.PAUSED if not self._lacks("download"):
                self.phase = PublicationPhase.DOWNLOADING
                self._tell("Downloading", self.order)
                self._go_on_fetching(self.order)
            case PublicationPhase.PUBLISHING if not self._is_asked:
                self._is_asked = True
                self._ask_to_serve(self._file_id, self.order)

    def _download(self) -> None:
        assert self.order is not None
        self.phase = PublicationPhase.DOWNLOADING
        self._attempts = TransferAttempts(self._context, self.order.persistence)
        self._tell("Downloading", self.order)
        self._go_on_fetching(self.order)

    def _go_on_fetching(self, order: PublishFirmware) -> None:
        context, attempts = self._context, self._attempts
        assert attempts is not None
        if self._lacks("download"):
            attempts.interrupt()
            self.phase = PublicationPhase.PAUSED
            self._tell("DownloadPaused", order)
        elif attempts.id is not None and self._connection.cut:
            attempts.abort()
            self._fetching_failed(order)
        elif attempts.due:
            id = attempts.begin()
            context.remember()
            if self._connection.cut:
                self._fetching_failed(order)
            else:
                tls = transfer_tls(self._security)
                context.effects.append(FetchFile(id, order.location, tls, is_kept=True))

    def _fetching_failed(self, order: PublishFirmware, *, for_good: bool = False) -> None:
        assert self._attempts is not None
        if not self._attempts.failed() or for_good:
            self._end("DownloadFailed", order)

    def transferred(self, transferred: Transferred) -> None:
        """The attempt of that id, if it is the one under way, has ended."""
        attempts, order = self._attempts, self.order
        if order is None or attempts is None or attempts.id != transferred.id:
            return
        image = transferred.image
        if image is None:
            self._fetching_failed(order, for_good=transferred.is_hopeless)
            return
        self._attempts = None
        self._tell("Downloaded", order)
        status = self._verify(order, image)
        if status is not None:
            self._context.effects.append(DropFile(transferred.id))
            self._end(status, order)
            return
        self.phase = PublicationPhase.PUBLISHING
        self._file_id = transferred.id
        self._is_asked = False
        self._context.remember()

    def _verify(
        self, order: PublishFirmware, image: FirmwareImage
    ) -> Literal["InvalidChecksum", "PublishFailed"] | None:
        """The status in which the publication ends here, if it does (L03.FR.07, FR.08)."""
        if image.md5.hex() != order.checksum or self._lacks("image"):
            return "InvalidChecksum"
        self._tell("ChecksumVerified", order)
        return "PublishFailed" if self._lacks("flash") else None

    def _end(self, status: PublicationStatus, order: PublishFirmware) -> None:
        self.order = self.phase = self._attempts = None
        self._file_id = ""
        self._tell(status, order)
        self._context.remember()

    def _lacks(self, part: Literal["download", "flash", "image"]) -> bool:
        return any(each.lacks(part) for _, each in self._statuses.connectors())

    # --- serving -------------------------------------------------------------------------------

    def _serve(self, file_id: str, order: PublishFirmware) -> None:
        self._served.add(file_id)
        self._ask_to_serve(file_id, order)

    def _ask_to_serve(self, file_id: str, order: PublishFirmware) -> None:
        self._context.effects.append(PublishFile(file_id, order.file_name))

    def file_published(self, result: FilePublished) -> None:
        """A file is served by now, or cannot be."""
        if self.phase is PublicationPhase.PUBLISHING and result.id == self._file_id:
            self._first_published(result)
            return
        for one in self.published.values():
            if one.file_id == result.id and one.file_id in self._served:
                self._published_again(one, result)
                return

    def _first_published(self, result: FilePublished) -> None:
        order = self.order
        assert order is not None
        if result.failure == "absent":  # its process has ended since it was fetched
            self._file_id = ""
            self._download()
        elif result.failure is not None:
            self._context.effects.append(DropFile(result.id))
            self._end("PublishFailed", order)
        else:
            self._discard(order.checksum)
            self.published[order.checksum] = PublishedFirmware(
                order=order, file_id=result.id, locations=result.locations
            )
            self._served.add(result.id)
            self._locations = result.locations
            self._end("Published", order)

    def _published_again(self, one: PublishedFirmware, result: FilePublished) -> None:
        """After an outage: where it was, or else it is fetched and published anew."""
        if result.failure is None and result.locations == one.locations:
            return
        self._discard(one.order.checksum)
        self._waiting.append(one.order)
        self._context.remember()

    def _discard(self, checksum: str) -> None:
        """Forget a published file, if there is one of that checksum."""
        gone = self.published.pop(checksum, None)
        if gone is not None:
            self._served.discard(gone.file_id)
            self._downloads.pop(gone.file_id, None)
            self._context.effects.append(DropFile(gone.file_id))

    def downloads_changed(self, change: FileDownloads) -> None:
        """Take the number of those who fetch a published file now."""
        if change.under_way and change.id in self._served:
            self._downloads[change.id] = change.under_way
        else:
            self._downloads.pop(change.id, None)

    def downloads(self, published: PublishedFirmware) -> int:
        """The number of those who fetch it now."""
        return self._downloads.get(published.file_id, 0)

    # --- power ---------------------------------------------------------------------------------

    def interrupted(self) -> None:
        """The charger goes down: nothing is served, and what is under way begins anew when it is
        back."""
        if self._attempts is not None:
            self._attempts.interrupt()
        self._is_asked = False
        served = [self._file_id, *self._served] if self._file_id else list(self._served)
        self._context.effects.extend(WithdrawFile(id) for id in sorted(served))
        self._served.clear()
        self._downloads.clear()

    # --- telling -------------------------------------------------------------------------------

    def _tell(self, status: PublicationStatus, order: PublishFirmware) -> None:
        self._report(status, order)
        self.progress.become(status)

    def _report(
        self, status: PublicationStatus | Literal["Unpublished"], order: PublishFirmware
    ) -> None:
        context = self._context
        context.report(
            PublicationChanged(
                at=context.now,
                status=status,
                request_id=order.request_id,
                checksum=order.checksum,
                locations=self._locations if status == "Published" else (),
            )
        )

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> KeptPublication:
        """The state to be remembered."""
        progress = self.progress
        return KeptPublication(
            status=progress.status,
            word=progress.word,
            request_id=progress.request_id,
            owed=progress.owed,
            locations=self._locations,
            phase=self.phase,
            order=self.order,
            attempts=0 if self._attempts is None else self._attempts.ended,
            file_id=self._file_id,
            published=tuple(self.published.values()),
            waiting=tuple(self._waiting),
        )

    def restore(self, kept: KeptPublication) -> None:
        """Take up what was remembered."""
        self._locations = kept.locations
        self.progress.restore(kept.status, kept.word, kept.request_id, kept.owed)
        self.phase = kept.phase
        self.order = order = kept.order
        self._file_id = kept.file_id
        self.published = {one.order.checksum: one for one in kept.published}
        self._waiting = list(kept.waiting)
        if order is not None and kept.phase is not PublicationPhase.PUBLISHING:
            self._attempts = TransferAttempts(self._context, order.persistence, kept.attempts)


def _is_url(location: str) -> bool:
    try:
        parts = urlsplit(location)
        return bool(parts.scheme and parts.hostname)
    except ValueError:
        return False
