"""The memory of a charger that persists: made from its parts, and given back to them."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.context import ChargerContext
from voltyard.charger.display.display import Display
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.firmware.firmware_publication import FirmwarePublication
from voltyard.charger.firmware.firmware_update import FirmwareUpdate
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.monitoring.monitoring import Monitoring
from voltyard.charger.security.security import Security
from voltyard.charger.smart_charging.profile_limits import ProfileLimits
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.snapshot import Snapshot
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.charger.variables.standard import BY_NAME


@dataclass(slots=True)
class ChargerMemory:
    """The parts of one charger that remember something."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    security: Security
    connection: CsmsConnection
    outbox: TransactionOutbox
    authorization: LocalAuthorization
    statuses: Statuses
    profile_limits: ProfileLimits
    display: Display
    smart: SmartCharging
    power: PowerAndReset
    firmware: FirmwareUpdate
    log_upload: LogUpload
    publication: FirmwarePublication | None
    monitoring: Monitoring

    def snapshot(self) -> Snapshot:
        """The memory as it is now."""
        context = self.context
        cache, listed = self.authorization.remembered()
        return Snapshot(
            identity=context.spec.identity,
            version=context.spec.version,
            at=context.time,
            settings=context.settings.changed(),
            own_settings=context.settings.own_changed(),
            operative=self.statuses.operative,
            evses=tuple(evse.remembered() for evse in self.evses),
            cache=cache,
            local_list=listed,
            local_list_version=self.authorization.list_version,
            outbox=self.outbox.kept(),
            wire_ids=dict(self.outbox.wire_ids),
            retry_at=self.outbox.retry_at,
            reservations=tuple(self.statuses.book.entries.values()),
            charging_profiles=self.smart.installed,
            external_limits=self.profile_limits.external,
            display_messages=self.display.kept(),
            skew_s=context.offset_s if context.keeps_time else None,
            last_event_id=context.event_ids,
            monitoring=self.monitoring.kept(),
            security=self.security.kept(),
            firmware=self.firmware.installed,
            update=self.firmware.kept(),
            upload=self.log_upload.kept(),
            publication=None if self.publication is None else self.publication.kept(),
            is_cut_off=self.connection.cut,
            network_at=self.connection.restore_at,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Take up what was remembered, and go on from there as after a power cut.

        A message the present version cannot read (the charger was made one of another version) is
        left out.
        """
        context = self.context
        same_version = snapshot.version == context.spec.version
        if snapshot.skew_s is not None:
            context.set_off(snapshot.skew_s, takes_csms_time=False)
        context.restore_event_ids(snapshot.last_event_id)
        context.settings.restore(snapshot.settings, BY_NAME)
        context.settings.restore_own(snapshot.own_settings)
        self.authorization.restore(snapshot.cache, snapshot.local_list, snapshot.local_list_version)
        self.security.restore(snapshot.security)
        self.outbox.restore(
            snapshot.outbox if same_version else (), snapshot.wire_ids, snapshot.retry_at
        )
        self.statuses.restore(snapshot.operative, snapshot.reservations)
        for evse, kept in zip(self.evses, snapshot.evses, strict=False):
            evse.restore(kept, with_transaction=same_version)
            if evse.negotiation is not None:
                self.profile_limits.note_negotiating(True)
        self.smart.restore(snapshot.charging_profiles, snapshot.external_limits)
        if same_version:
            self.monitoring.restore(snapshot.monitoring)
        self.display.restore(snapshot.display_messages)
        self.firmware.restore_version(snapshot.firmware)
        if same_version:
            self._restore_transfers(snapshot)
        self.connection.recall(snapshot.is_cut_off, snapshot.network_at)
        self.power.recover_from_power_loss(snapshot.at)

    def _restore_transfers(self, snapshot: Snapshot) -> None:
        if snapshot.update is not None:
            self.firmware.restore(snapshot.update)
        if snapshot.upload is not None:
            self.log_upload.restore(snapshot.upload)
        if snapshot.publication is not None and self.publication is not None:
            self.publication.restore(snapshot.publication)
