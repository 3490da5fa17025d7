"""The end of power or process: the link and the transfers it interrupts, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.link_loss import LinkLoss
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.context import ChargerContext
from voltyard.charger.firmware.firmware_publication import FirmwarePublication
from voltyard.charger.firmware.firmware_update import FirmwareUpdate
from voltyard.charger.firmware.log_upload import LogUpload


@dataclass(slots=True)
class Outage:
    """Takes the charger down: by a power cut, or to restart."""

    context: ChargerContext
    link_loss: LinkLoss
    connection: CsmsConnection
    power: PowerAndReset
    firmware: FirmwareUpdate
    log_upload: LogUpload
    publication: FirmwarePublication | None

    def cut_power(self, duration_s: float | None) -> None:
        """The mains fails: the link is cut without a word, and nothing runs."""
        self.context.go_down()  # what was asked of the CSMS begins nothing any more
        self.link_loss.happen()
        self._interrupt_transfers()
        self.connection.hang_up("power cut", None, abruptly=True)
        self.power.cut(duration_s)

    def restart(self) -> None:
        """The restart that is due."""
        self.link_loss.happen()
        self._interrupt_transfers()
        self.connection.hang_up("restart", None)
        self.power.restart_now()

    def _interrupt_transfers(self) -> None:
        self.firmware.interrupted()
        self.log_upload.interrupted()
        if self.publication is not None:
            self.publication.interrupted()
