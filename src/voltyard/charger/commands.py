"""What may be asked of a simulated charger, in the words of its surroundings, not of OCPP.

Where `id_token_type` is None, it is the one that fits the tag's text (ocpp.id_tokens).

Each command is refused (`Failed`, nothing changed) or carried out (`Done`), exactly once. Commands
of one charger are carried out in the order they were asked. The tag is the gateway's `event_type`.
"""

from typing import Any, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant
from voltyard.kernel.units import Amperes
from voltyard.physics.vehicle import Vehicle


class AtConnector(Struct, frozen=True, kw_only=True):
    """Something at one connector. In OCPP 1.6 connector n is EVSE n, connector 1: there an
    `evse_id` of 1 with a `connector_id` n > 1 means connector n."""

    evse_id: int = 1
    connector_id: int = 1


class ListEntry(Struct, frozen=True, kw_only=True):
    """One tag of a local authorization list."""

    id_tag: str
    id_token_type: str | None = None
    status: str = "Accepted"
    expires_at: Instant | None = None
    group: str | None = None


class PlugIn(AtConnector, frozen=True, kw_only=True, tag="plug"):
    """A vehicle's cable goes in. WrongState where one is in already. It wants energy by itself."""

    vehicle: Vehicle | None = None
    """None: the charger's default vehicle."""
    cable_a: Amperes | None = None
    """What its cable can carry in each phase; None: as much as the connector."""


class Unplug(AtConnector, frozen=True, kw_only=True, tag="unplug"):
    """The cable is taken out at the charger; a running transaction ends first."""


class Unlock(AtConnector, frozen=True, kw_only=True, tag="unlock"):
    """The latch is released at the charger itself, e.g. by an attendant's key."""


class Authorize(Struct, frozen=True, kw_only=True, tag="authorize"):
    """Ask the CSMS about a tag, nothing more. Done: {idTagInfo: {status, ...}}."""

    id_tag: str
    id_token_type: str | None = None


class Swipe(AtConnector, frozen=True, kw_only=True, tag="swipe"):
    """A card at the reader, as a driver would: it starts, or stops, a transaction."""

    id_tag: str
    id_token_type: str | None = None


class StartTransaction(AtConnector, frozen=True, kw_only=True, tag="start_transaction"):
    """Begin a transaction with no further question; the caller has plugged and authorized.
    Done: {transaction_id}."""

    id_tag: str
    id_token_type: str | None = None


class StopTransaction(Struct, frozen=True, kw_only=True, tag="stop_transaction"):
    """End a transaction, the only running one where no id is given; the cable stays in."""

    transaction_id: str | None = None


class StartSession(AtConnector, frozen=True, kw_only=True, tag="start_session"):
    """Plug in unless plugged, authorize, start; ends by itself after so long or so much.
    Done: {transaction_id} once the transaction runs."""

    id_tag: str
    id_token_type: str | None = None
    vehicle: Vehicle | None = None
    cable_a: Amperes | None = None
    duration_s: float | None = None
    target_energy_wh: float | None = None


class StopSession(AtConnector, frozen=True, kw_only=True, tag="stop_session"):
    """Stop the transaction, then unplug."""


class EvRequestsEnergy(AtConnector, frozen=True, kw_only=True, tag="ev_requests_energy"):
    """The vehicle draws again (or from the start)."""


class EvStopsEnergy(AtConnector, frozen=True, kw_only=True, tag="ev_stops_energy"):
    """The vehicle stops drawing: SuspendedEV while in transaction."""


class PowerUpdate(AtConnector, frozen=True, kw_only=True, tag="power_update"):
    """Set the power the EVSE offers, W; 0 suspends, None ends the override. At most its rating is
    offered."""

    power_w: float | None


class Share(Struct, frozen=True):
    """What the site lets one EVSE have."""

    evse_id: int
    power_w: float


class SiteShare(Struct, frozen=True, kw_only=True, tag="site_share"):
    """What the site lets these EVSEs have. It is carried out at once, whatever waits.
    Done: {settles_s}: how long until power is down."""

    shares: tuple[Share, ...] = ()
    holds: bool = False
    """The site has a limit: EVSEs that know of none get nothing until they are given a share."""
    frees: bool = False
    """The site has no limit any more: no EVSE has a share, whatever `shares` says."""


class Configure(Struct, frozen=True, kw_only=True, tag="configure"):
    """Change settings locally. Done: {statuses: {name: Accepted|Rejected|RebootRequired|...}}."""

    settings: dict[str, str]


class ResetCache(Struct, frozen=True, kw_only=True, tag="cache_reset"):
    """Empty the authorization cache. Done: {cleared_entries}."""


class InstallLocalList(Struct, frozen=True, kw_only=True, tag="local_auth_list"):
    """Put a full local authorization list in at the charger; its version must rise.
    Done: {list_version, entries}."""

    version: int
    entries: tuple[ListEntry, ...]


class ClearLocalList(Struct, frozen=True, kw_only=True, tag="clear_local_auth_list"):
    """Remove every entry; the version is 0 again. Done: {entries_deleted}."""


class PullCableAtVehicle(AtConnector, frozen=True, kw_only=True, tag="pull_cable_at_ev"):
    """The cable comes out at the vehicle's end; PlugIn puts it back."""


class EmergencyStop(AtConnector, frozen=True, kw_only=True, tag="emergency_stop"):
    """The red button: the transaction ends with EmergencyStop, the cable stays in."""


class InjectFault(AtConnector, frozen=True, kw_only=True, tag="inject_fault"):
    """Something breaks: a fault by its name (ocpp.faults), which says what becomes of a session.
    Done: {status, fault_type, error_code, effect}."""

    fault_type: str
    vendor_error_code: str | None = None
    info: str | None = None
    recover_after_s: float | None = None
    """It mends by itself after so long; None: when ClearFault says so."""


class ClearFault(AtConnector, frozen=True, kw_only=True, tag="clear_fault"):
    """Repair all that is broken there: back to what the connector was. Done: {status}."""


class ProxyMessage(Struct, frozen=True, kw_only=True, tag="proxy_message"):
    """Send a message of the caller's making to the CSMS. Done: {response}."""

    action: str
    payload: dict[str, Any]


class NetworkDrop(Struct, frozen=True, kw_only=True, tag="network_drop"):
    """Cut the link and stay away, until NetworkRestore or for so long."""

    duration_s: float | None = None


class NetworkRestore(Struct, frozen=True, kw_only=True, tag="network_restore"):
    """The network is back; redial at once."""


class PowerCut(Struct, frozen=True, kw_only=True, tag="power_cut"):
    """The mains fails: the link is cut, nothing runs, nothing that persists is forgotten."""

    duration_s: float | None = None
    reserve_s: float = 0.0
    """Who has a reserve of power, for so long at most, ends its transactions with PowerLoss and
    tells of it before it goes down. Energy does not flow meanwhile."""


class PowerRestore(Struct, frozen=True, kw_only=True, tag="power_restore"):
    """Power returns: a cold boot; open transactions are ended with reason PowerLoss."""


class SkewClock(Struct, frozen=True, kw_only=True, tag="clock_skew"):
    """The charger's clock is off by so many seconds from now on: until the CSMS next tells the time
    (BootNotification, Heartbeat), or, where it does not take that, for good. Done: {skew_s, time,
    takes_csms_time}."""

    skew_s: float
    """Fast where positive."""
    takes_csms_time: bool = False


class Reboot(Struct, frozen=True, kw_only=True, tag="reboot"):
    """Somebody restarts the charger locally."""

    hard: bool = False


Command: TypeAlias = (
    PlugIn
    | Unplug
    | Unlock
    | Authorize
    | Swipe
    | StartTransaction
    | StopTransaction
    | StartSession
    | StopSession
    | EvRequestsEnergy
    | EvStopsEnergy
    | PowerUpdate
    | SiteShare
    | Configure
    | ResetCache
    | InstallLocalList
    | ClearLocalList
    | PullCableAtVehicle
    | EmergencyStop
    | InjectFault
    | ClearFault
    | ProxyMessage
    | NetworkDrop
    | NetworkRestore
    | PowerCut
    | PowerRestore
    | SkewClock
    | Reboot
)
