"""Inputs about files: transfers that have ended, and what others fetch of a publication."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.firmware.firmware_publication import FirmwarePublication
from voltyard.charger.firmware.firmware_update import FirmwareUpdate
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.inputs import FileDownloads, FilePublished, Transferred


@dataclass(slots=True)
class FileInputs:
    """Hands each to the parts that have to do with files."""

    firmware: FirmwareUpdate
    log_upload: LogUpload
    publication: FirmwarePublication | None

    def happen(self, incoming: Transferred | FilePublished | FileDownloads) -> None:
        """Take one input."""
        publication = self.publication
        if isinstance(incoming, Transferred):
            self.firmware.transferred(incoming)
            self.log_upload.transferred(incoming)
            if publication is not None:
                publication.transferred(incoming)
        elif publication is not None and isinstance(incoming, FilePublished):
            publication.file_published(incoming)
        elif publication is not None and isinstance(incoming, FileDownloads):
            publication.downloads_changed(incoming)
