"""What a charger's memory keeps over a power cut or a restart of its process.

Volatile on purpose: the link, the boot, the clock (but for one that keeps its own time), calls
under way, commands that wait. A vehicle that was plugged in still is, what is broken stays so
until it is mended, and a network that is down until it is back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from voltyard.charger.authorization import IdToken, TokenInfo
from voltyard.charger.connector import Broken
from voltyard.charger.firmware import KeptUpdate
from voltyard.charger.metering import Reading
from voltyard.charger.outbox import Entry, Part
from voltyard.charger.reservation import Reservation
from voltyard.charger.security.security import KeptSecurity
from voltyard.charger.settings import Settings
from voltyard.charger.smart.profiles import Installed
from voltyard.charger.standard import BY_NAME
from voltyard.charger.transaction import Transaction
from voltyard.charger.uploads import KeptUpload
from voltyard.kernel.time import Instant, Seconds
from voltyard.ocpp.faults import FAULTS
from voltyard.ocpp.payload import to_json
from voltyard.ocpp.versions import Decoded
from voltyard.physics.vehicle import Vehicle

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger


class KeptMessage(Struct, frozen=True, kw_only=True):
    """A transaction message that is not confirmed."""

    part: Part
    transaction: str
    action: str
    payload: str
    """JSON."""
    offline: bool
    attempts: int
    id: str | None = None
    """The message id it was sent under and keeps."""


class KeptTransaction(Struct, frozen=True, kw_only=True):
    """A transaction that runs."""

    id: str
    wire_id: str | None
    connector_id: int
    started_at: Instant
    meter_start_wh: float
    id_token: IdToken | None
    seq_no: int
    evse_told: bool
    token_told: bool
    reached: tuple[str, ...]
    kept: tuple[Reading, ...]


class KeptFault(Struct, frozen=True, kw_only=True):
    """What is broken at a connector."""

    connector_id: int
    name: str
    vendor_error_code: str | None
    info: str | None
    recover_at: Instant | None


class KeptEvse(Struct, frozen=True, kw_only=True):
    """An EVSE: its register, its availability, what is plugged in, what is broken."""

    register_wh: float
    operative: bool
    inoperative_connectors: tuple[int, ...]
    plugged: int | None
    vehicle: Vehicle | None
    soc_percent: float
    transaction: KeptTransaction | None
    faults: tuple[KeptFault, ...] = ()
    intruded: bool = False
    cable_a: float | None = None
    share_w: float | None = None
    offer_w: float | None = None


class KeptQuirk(Struct, frozen=True, kw_only=True):
    """What one of its quirks remembers."""

    switched: dict[str, Any]
    """How it was switched on."""
    chances: int = 0
    """How often it could have acted."""
    is_spent: bool = False
    """It was to act once, and has."""
    memo: tuple[tuple[Any, Any], ...] = ()


class Snapshot(Struct, frozen=True, kw_only=True):
    """Plain data that survives JSON."""

    identity: str
    version: str = ""
    at: Instant = 0.0
    """By the charger's clock."""
    settings: dict[str, str] = {}
    own_settings: dict[str, str] = {}
    """Those its vendor, or the file of its device model, has given it."""
    operative: bool = True
    evses: tuple[KeptEvse, ...] = ()
    cache: dict[str, tuple[TokenInfo, Instant]] = {}
    local_list: dict[str, TokenInfo] = {}
    local_list_version: int = 0
    outbox: tuple[KeptMessage, ...] = ()
    wire_ids: dict[str, str] = {}
    retry_at: Instant | None = None
    """When the first message may be sent again (true time)."""
    reservations: tuple[Reservation, ...] = ()
    charging_profiles: tuple[Installed, ...] = ()
    skew_s: Seconds | None = None
    """Of a clock that keeps its own time."""
    security: KeptSecurity = KeptSecurity()
    firmware: tuple[str, str] | None = None
    """What it was made with, and what has been installed since."""
    update: KeptUpdate | None = None
    upload: KeptUpload | None = None
    is_cut_off: bool = False
    """The network is down (NetworkDrop)."""
    network_at: Instant | None = None
    """When it comes back by itself (true time)."""
    quirks: dict[str, KeptQuirk] = {}
    """By name, of those that have anything to remember."""


def take(charger: Charger) -> Snapshot:
    """Everything that persists, as the charger is."""
    core = charger.core
    cache, listed = charger.authorization.remembered()
    return Snapshot(
        identity=core.spec.identity,
        version=core.spec.version,
        at=core.time,
        settings=core.settings.changed(),
        own_settings=core.settings.own_changed(),
        operative=charger.statuses.operative,
        evses=tuple(_take_evse(charger, index) for index in range(len(charger.evses))),
        cache=cache,
        local_list=listed,
        local_list_version=charger.authorization.list_version,
        outbox=tuple(
            KeptMessage(
                part=entry.part,
                transaction=entry.transaction,
                action=core.dialect.action_name(entry.payload),
                payload=to_json(entry.payload),
                offline=entry.offline,
                attempts=entry.attempts,
                id=entry.id,
            )
            for entry in charger.outbox.entries()
        ),
        wire_ids=dict(charger.outbox.wire_ids),
        retry_at=charger.outbox.retry_at,
        reservations=tuple(charger.statuses.book.entries.values()),
        charging_profiles=charger.smart.installed,
        skew_s=core.offset_s if core.keeps_time else None,
        security=charger.security.kept(),
        firmware=_take_version(charger),
        update=charger.firmware.kept(),
        upload=charger.uploads.kept(),
        is_cut_off=charger.connection.cut,
        network_at=charger.connection.restore_at,
    )


def _take_version(charger: Charger) -> tuple[str, str] | None:
    core = charger.core
    made_with = core.spec.firmware_version
    return None if core.firmware_version == made_with else (made_with, core.firmware_version)


def _take_evse(charger: Charger, index: int) -> KeptEvse:
    evse = charger.evses[index]
    transaction = evse.transaction
    return KeptEvse(
        register_wh=evse.register_wh,
        operative=evse.operative,
        inoperative_connectors=tuple(
            connector.id for connector in evse.connectors if not connector.operative
        ),
        plugged=None if evse.plugged is None else evse.plugged.id,
        vehicle=evse.vehicle,
        soc_percent=evse.soc_percent,
        transaction=None if transaction is None else _take_transaction(transaction),
        cable_a=evse.cable_a,
        share_w=evse.share_w,
        offer_w=evse.offer_w,
        faults=tuple(
            KeptFault(
                connector_id=connector.id,
                name=one.fault.name,
                vendor_error_code=one.vendor_error_code,
                info=one.info,
                recover_at=one.recover_at,
            )
            for connector in evse.connectors
            for one in connector.broken
        ),
        intruded=evse.intruded,
    )


def _take_transaction(transaction: Transaction) -> KeptTransaction:
    return KeptTransaction(
        id=transaction.id,
        wire_id=transaction.wire_id,
        connector_id=transaction.connector_id,
        started_at=transaction.started_at,
        meter_start_wh=transaction.meter_start_wh,
        id_token=transaction.id_token,
        seq_no=transaction.seq_no,
        evse_told=transaction.evse_told,
        token_told=transaction.token_told,
        reached=tuple(sorted(transaction.reached)),
        kept=tuple(transaction.kept),
    )


def restore(charger: Charger, snapshot: Snapshot) -> None:
    """Take up what was remembered, and go on from there as after a power cut.

    A message the present version cannot read (the charger was made one of another version) is left
    out.
    """
    core = charger.core
    if snapshot.skew_s is not None:
        core.offset_s = snapshot.skew_s
        core.keeps_time = True
    core.settings.begin(_settings(core.settings, snapshot.settings), BY_NAME)
    core.settings.restore_own(snapshot.own_settings)
    charger.statuses.operative = snapshot.operative
    charger.authorization.restore(snapshot.cache, snapshot.local_list, snapshot.local_list_version)
    charger.security.restore(snapshot.security)
    same_version = snapshot.version == core.spec.version
    entries = _entries(charger, snapshot) if same_version else []
    charger.outbox.restore(entries, snapshot.wire_ids, snapshot.retry_at)
    charger.statuses.book.entries = {one.id: one for one in snapshot.reservations}
    for evse, kept in zip(charger.evses, snapshot.evses, strict=False):
        evse.register_wh = max(evse.register_wh, kept.register_wh)
        evse.operative = kept.operative
        evse.offer_w = kept.offer_w
        # What the site lets it have is for the site to say anew.
        evse.share_w = None if kept.share_w is None else 0.0
        for connector in evse.connectors:
            connector.operative = connector.id not in kept.inoperative_connectors
            if connector.id == kept.plugged:
                evse.plugged = connector
                evse.vehicle = kept.vehicle
                evse.soc_percent = kept.soc_percent
                evse.cable_a = kept.cable_a
                evse.present = True
                evse.intruded = kept.intruded
            evse.suffer(connector, _faults(kept, connector.id))
        if kept.transaction is not None and same_version:
            evse.transaction = _restored(kept.transaction)
    charger.smart.restore(snapshot.charging_profiles)
    if snapshot.firmware is not None and snapshot.firmware[0] == core.spec.firmware_version:
        core.firmware_version = snapshot.firmware[1]
    if same_version and snapshot.update is not None:
        charger.firmware.restore(snapshot.update)
    if same_version and snapshot.upload is not None:
        charger.uploads.restore(snapshot.upload)
    charger.connection.cut = snapshot.is_cut_off
    charger.connection.restore_at = snapshot.network_at
    charger.life.wake(snapshot.at)


def _settings(settings: Settings, kept: dict[str, str]) -> dict[str, str]:
    """Without what the charger has got a type for since: that begins anew."""
    own = settings.own
    return {
        name: text
        for name, text in kept.items()
        if name.lower() not in own.by_key and name.lower() not in own.by_variable
    }


def _faults(kept: KeptEvse, connector_id: int) -> tuple[Broken, ...]:
    return tuple(
        Broken(FAULTS[one.name], one.vendor_error_code, one.info, one.recover_at)
        for one in kept.faults
        if one.connector_id == connector_id and one.name in FAULTS
    )


def _entries(charger: Charger, snapshot: Snapshot) -> list[Entry]:
    entries = []
    for kept in snapshot.outbox:
        decoded: Any = charger.core.dialect.version.decode_request(kept.action, kept.payload)
        if isinstance(decoded, Decoded):
            entry = Entry(
                kept.part, kept.transaction, decoded.payload, True, kept.attempts, kept.id
            )
            entries.append(entry)
    return entries


def _restored(kept: KeptTransaction) -> Transaction:
    transaction = Transaction(
        kept.id, kept.connector_id, kept.started_at, kept.meter_start_wh, kept.id_token
    )
    transaction.wire_id = kept.wire_id
    transaction.seq_no = kept.seq_no
    transaction.evse_told = kept.evse_told
    transaction.token_told = kept.token_told
    transaction.reached = frozenset(kept.reached)
    transaction.kept = list(kept.kept)
    return transaction
