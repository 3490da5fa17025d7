"""Registered chargers, in memory."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import UNSET, Struct, UnsetType

from voltyard.csms.ownership.chargers_elsewhere import ChargersElsewhere
from voltyard.csms.records import (
    BootPolicy,
    ChargerSeen,
    ChargerStored,
    ConnectionStored,
    ConnectorStored,
    Takeover,
    Validation,
)
from voltyard.kernel import limits
from voltyard.kernel.errors import (
    Conflict,
    HeldElsewhere,
    NotConnected,
    NotFound,
    Unavailable,
    VoltyardError,
    WrongState,
)
from voltyard.kernel.time import Instant
from voltyard.ports.links import PeerCertificate


class LinkHolder(Protocol):
    """The session that holds a charger's link, as far as others look at it."""

    @property
    def version(self) -> str:
        """Of OCPP."""

    @property
    def profile(self) -> int:
        """The security profile that the charger came with."""

    @property
    def certificate(self) -> PeerCertificate | None:
        """The certificate that it has shown."""

    def revise(self) -> None:
        """Take up a change of the charger's row."""


_ENCRYPTED = 2


class ChargerChange(Struct, frozen=True, kw_only=True):
    """The fields of a charger that an operator may set. UNSET leaves as it is; None goes back to
    the default."""

    name: str | UnsetType | None = UNSET
    location: str | UnsetType | None = UNSET
    password: str | UnsetType | None = UNSET
    """Stored salted and hashed; None: no password is asked for any more."""
    security_profile: int | UnsetType = UNSET
    pinned_serial_number: str | UnsetType | None = UNSET
    validation: Validation | UnsetType | None = UNSET
    boot_policy: BootPolicy | UnsetType | None = UNSET
    boot_interval_s: int | UnsetType | None = UNSET
    allow_concurrent_transactions: bool | UnsetType = UNSET
    takeover: Takeover | UnsetType = UNSET
    allowed_addresses: tuple[str, ...] | UnsetType = UNSET

    def fields(self) -> dict[str, Any]:
        """The fields that are set, by name."""
        return {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not UNSET
        }


class RegisteredCharger:
    """A registered charger. `row` is what is stored of it, and is replaced, never changed."""

    __slots__ = (
        "connected_at",
        "connectors",
        "last_heartbeat_at",
        "last_seen_at",
        "row",
        "seen_stored_at",
        "session",
    )

    def __init__(self, row: ChargerStored) -> None:
        self.row = row
        self.connectors: dict[tuple[int, int], ConnectorStored] = {}
        """By (evse_id, connector_id)."""
        self.last_seen_at = row.last_seen_at
        self.last_heartbeat_at = row.last_heartbeat_at
        self.seen_stored_at: Instant | None = None
        """Moment when the time of its last heartbeat was stored."""
        self.connected_at: tuple[Instant, ...] = ()
        """Its last connections within limits.FLAPPING_WITHIN_S, oldest first."""
        self.session: LinkHolder | None = None
        """The session that holds the link; None while offline."""

    def event_fields(self, now: Instant) -> dict[str, Any]:
        """The fields that every event of it begins with."""
        row = self.row
        return {
            "organization_id": row.organization_id,
            "charger_id": row.id,
            "charge_box_id": row.charge_box_id,
            "at": now,
        }

    @property
    def online(self) -> bool:
        """True where it has a link."""
        return self.session is not None

    @property
    def is_locked(self) -> bool:
        """True where it cannot come in, since its security profile asks for a password and none is
        known."""
        row = self.row
        known = row.password_hash is not None or row.next_password_hash is not None
        return row.security_profile in (1, 2) and not known

    def barred(self) -> VoltyardError | None:
        """The reason why it may be sent no command now; None: it may."""
        box_id = self.row.charge_box_id
        if self.session is None:
            return NotConnected(f"charger {box_id} is not connected")
        if self.row.registration == "rejected":
            # 1.6 section 4.2, 2.0.1 B03: it would not answer.
            return WrongState(
                f"charger {box_id} was rejected when it booted, and is sent no commands",
                hint="set its bootPolicy to accept or pending, and wait until it boots again",
                registration="rejected",
            )
        return None

    def connections(self, now: Instant) -> int:
        """The number of links that it has opened within limits.FLAPPING_WITHIN_S."""
        since = now - limits.FLAPPING_WITHIN_S
        return sum(at > since for at in self.connected_at)

    def is_flapping(self, now: Instant) -> bool:
        """True where it connects again and again."""
        return self.connections(now) >= limits.FLAPPING_CONNECTIONS

    def connected(self, now: Instant) -> bool:
        """Count one more; whether that makes it flap, which it did not before."""
        did = self.is_flapping(now)
        since = now - limits.FLAPPING_WITHIN_S
        kept = [at for at in self.connected_at if at > since]
        self.connected_at = (*kept[1 - limits.CONNECTIONS_COUNTED :], now)
        return not did and self.is_flapping(now)

    def came_up_with(self, profile: int) -> bool:
        """Ask for no less from now on; True where that is more than before. A password that is
        known is asked for in any case, so the first profile changes nothing."""
        if profile < _ENCRYPTED or profile <= self.row.security_profile:
            return False
        self.row = msgspec.structs.replace(self.row, security_profile=profile)
        return True

    def stored(self) -> ChargerStored:
        """The row with what changes too often to be replaced each time."""
        return msgspec.structs.replace(
            self.row,
            last_seen_at=self.last_seen_at,
            last_heartbeat_at=self.last_heartbeat_at,
        )

    def connected_as(self, version: str) -> ChargerStored:
        """The row, now that its link speaks this version."""
        if self.row.version != version:
            self.row = msgspec.structs.replace(self.row, version=version)
        return self.stored()

    def seen(self, now: Instant) -> ChargerSeen:
        """The record of when it was last heard of."""
        return ChargerSeen(
            charger_id=self.row.id,
            last_seen_at=self.last_seen_at or now,
            last_heartbeat_at=self.last_heartbeat_at,
        )

    def keep_connector(self, connector: ConnectorStored) -> bool:
        """Remember a connector's status; False where limits.STORED_CONNECTORS are known already."""
        key = (connector.evse_id, connector.connector_id)
        if key not in self.connectors and len(self.connectors) >= limits.STORED_CONNECTORS:
            return False
        self.connectors[key] = connector
        return True

    def take_back(self, connector: ConnectorStored, before: ConnectorStored | None) -> None:
        """Forget a status that could not be stored, unless another has followed it."""
        key = (connector.evse_id, connector.connector_id)
        if self.connectors.get(key) is not connector:
            return
        if before is None:
            del self.connectors[key]
        else:
            self.connectors[key] = before


class NamedCharger(NamedTuple):
    """The names by which a charger dials."""

    organization_id: str | None
    """None: the default one."""
    charge_box_id: str


class ChargerRegistry:
    """Chargers by organization and chargeBoxId: all of them, or those that this process has."""

    def __init__(self, elsewhere: ChargersElsewhere | None = None) -> None:
        self._by_key: dict[tuple[str, str], RegisteredCharger] = {}
        self._by_id: dict[str, RegisteredCharger] = {}
        self._leaving: set[str] = set()
        """Ids of those that are about to leave this process."""
        self.elsewhere = ChargersElsewhere() if elsewhere is None else elsewhere
        """Those that other processes have."""

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[RegisteredCharger]:
        return iter(self._by_key.values())

    def load(
        self,
        chargers: Iterable[ChargerStored],
        connectors: Iterable[ConnectorStored],
        connections: Iterable[ConnectionStored] = (),
    ) -> None:
        """Take over what storage holds; connections are the oldest first."""
        for row in chargers:
            self.add(RegisteredCharger(row))
        for connector in connectors:
            charger = self._by_id.get(connector.charger_id)
            if charger is not None:
                charger.keep_connector(connector)
        for connection in connections:
            charger = self._by_id.get(connection.charger_id)
            if charger is not None:
                charger.connected(connection.opened_at)

    def add(self, charger: RegisteredCharger) -> None:
        """Conflict where the organization has one of that chargeBoxId, here or elsewhere."""
        row = charger.row
        key = (row.organization_id, row.charge_box_id)
        if key in self._by_key or key in self.elsewhere:
            raise Conflict(
                f"charger {row.charge_box_id} is registered already",
                hint="choose another chargeBoxId, or delete that charger first",
            )
        self._by_key[key] = charger
        self._by_id[row.id] = charger

    def remove(self, charger: RegisteredCharger) -> None:
        """Forget it; nothing happens where it is not known."""
        row = charger.row
        if self._by_id.pop(row.id, None) is None:
            return
        del self._by_key[row.organization_id, row.charge_box_id]

    def get(self, organization_id: str, charge_box_id: str) -> RegisteredCharger:
        """NotFound where there is none, or it is another organization's; HeldElsewhere where
        another process has it, Unavailable while it leaves this one."""
        self.check_here(organization_id, charge_box_id)
        charger = self._by_key.get((organization_id, charge_box_id))
        if charger is None:
            raise NotFound(f"no charger {charge_box_id}")
        return charger

    def check_here(self, organization_id: str, charge_box_id: str) -> None:
        """HeldElsewhere where another process has a charger of that name, Unavailable while it
        leaves this one. One that is registered nowhere is not elsewhere."""
        charger = self._by_key.get((organization_id, charge_box_id))
        if charger is None:
            node = self.elsewhere.node_of(organization_id, charge_box_id)
            if node is not None:
                raise HeldElsewhere(node)
        elif self._leaving and charger.row.id in self._leaving:
            raise Unavailable(
                f"charger {charge_box_id} moves to another server", hint="ask again in a moment"
            )

    def find(self, organization_id: str, charge_box_id: str) -> RegisteredCharger | None:
        """The one of that name that this process has; None where it has none."""
        return self._by_key.get((organization_id, charge_box_id))

    def is_registered(self, organization_id: str, charge_box_id: str) -> bool:
        """True where there is one of that name, here or, as far as is known, elsewhere."""
        key = (organization_id, charge_box_id)
        return key in self._by_key or key in self.elsewhere

    def id_of(self, organization_id: str, charge_box_id: str) -> str | None:
        """The chg_ id of the charger of that name, here or elsewhere; None where none is known."""
        charger = self._by_key.get((organization_id, charge_box_id))
        if charger is not None:
            return charger.row.id
        place = self.elsewhere.find(organization_id, charge_box_id)
        return None if place is None else place.charger_id

    def named(self, named: NamedCharger, default_organization_id: str) -> RegisteredCharger | None:
        """The charger of those names. Without an organization it is the default one's alone: who
        registers a namesake elsewhere is not taken for it."""
        return self.find(named.organization_id or default_organization_id, named.charge_box_id)

    def by_id(self, charger_id: str) -> RegisteredCharger | None:
        """The charger of that chg_ id."""
        return self._by_id.get(charger_id)

    def leave(self, charger_id: str) -> None:
        """Have a charger ready to leave: it is in the registry, and not to be had any more."""
        self._leaving.add(charger_id)

    def stay(self, charger_id: str) -> None:
        """Have a charger that was about to leave as before; nothing happens to others."""
        self._leaving.discard(charger_id)

    def is_leaving(self, charger_id: str) -> bool:
        """True while the charger of that id is about to leave."""
        return charger_id in self._leaving

    def is_online(self, charger_id: str) -> bool:
        """True where the charger of that id is connected."""
        charger = self.by_id(charger_id)
        return charger is not None and charger.online

    def of(self, organization_id: str) -> list[RegisteredCharger]:
        """An organization's chargers, in the order they were registered."""
        return [c for c in self._by_key.values() if c.row.organization_id == organization_id]
