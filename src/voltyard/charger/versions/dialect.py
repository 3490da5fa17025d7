"""The interface of a dialect: a version's messages, their meanings, and the rules it has alone.

A dialect has no state and serves every charger of its version. The context never tests a version
number: it asks here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Literal, Protocol

from msgspec import Struct

from voltyard.catalogue.commands.shared import ConnectorCommand
from voltyard.charger.authorization.id_token import IdToken, PersonalMessage, TokenInfo
from voltyard.charger.connection.boot import BootAnswer, BootReason
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.evse.connector import ActiveFault, Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.meter_value import MeterValue
from voltyard.charger.monitoring.monitor import MonitorEvent
from voltyard.charger.security.kept import SigningUse
from voltyard.charger.security.security_event import SecurityEvent
from voltyard.charger.smart_charging.negotiation import EvSchedule
from voltyard.charger.smart_charging.profiles import ChargingLimitSource, InstalledProfile
from voltyard.charger.transactions.transaction import Transaction, TransactionEvent, TriggerReason
from voltyard.charger.variables.settings import ChargerSettings, Setting
from voltyard.charger.versions.contract_messages import ContractMessages
from voltyard.kernel.time import Instant, Seconds
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.versions import Version
from voltyard.ocpp.violations import Kind
from voltyard.physics.charging_needs import ChargingNeeds


class Refusal(Struct, frozen=True):
    """A CALLERROR, yielded in place of a response."""

    kind: Kind
    description: str


class CostAnswer(Struct, frozen=True, gc=False):
    """The cost and the text in the answer to a transaction message (2.0.1 I02, I03, I06)."""

    total: Decimal | None = None
    message: PersonalMessage | None = None


NO_COST = CostAnswer()
"""An answer without either, as nearly all are."""


class ChargerDialect(Protocol):
    """One version of OCPP, as the charger speaks it."""

    version: Version

    # --- rules in which versions differ ---------------------------------------------------------

    names_transactions_on_confirmation: bool
    """The CSMS gives a transaction its id (1.6), or the charger does (2.x)."""
    retries_keep_id: bool
    """A message that is sent again keeps its id (OCPP-J 1.6 errata of 2025-04); in 2.0.1 no id is
    ever used twice."""
    station_is_apart: bool
    """The charger's own availability is independent of its connectors' (1.6 connectorId 0)."""
    tells_every_step: bool
    """States passed through on the way to another are told as well."""
    tells_errors: bool
    """A status has an error code (1.6); in 2.x a fault is an event of its own."""
    keeps_begin: bool
    """The end of a transaction holds its begin values even without samples between (1.6)."""
    token_uses_reservation: bool
    """A reservation is used up when its token is accepted (2.0.1 H03.FR.09), not only with the
    transaction (1.6 section 5.13)."""
    unlocking_stops: bool
    """Unlocking ends a running transaction (1.6), or is refused for its sake (2.x)."""
    answers_while_rejected: bool
    """A call that comes while the boot is rejected meets a SecurityError (2.x), or silence
    (1.6)."""
    asks_again_for_certificates: bool
    """A certificate that was promised and does not come is asked for again (2.0.1 A02.FR.17), which
    the white paper does not recommend (A02, error handling)."""
    rides_out_disconnection: bool
    """A vehicle whose cable was pulled at its end counts as connected where the transaction is to
    go on (1.6 section 4.9); in 2.x the connection is lost (E06.FR.02)."""
    kept_mark_interval: Setting
    """Interval of clock-aligned values that are kept for the end of a transaction."""
    triggered_measurands: Setting
    """Measurands of a triggered MeterValues."""
    values_belong_to_transactions: bool
    """Triggered values of a running transaction name it and keep their place in its order (1.6)."""
    rate_units: Setting
    """In which units charging profiles may say limits."""
    replaces_profiles: bool
    """A charging profile takes the place of another of its purpose, stack level and place (1.6), or
    is refused for its sake (2.x)."""
    stacks_defaults: bool
    """TxDefaultProfiles of all EVSEs and of one are one stack, of which the highest level rules
    (2.x K01.FR.14 and FR.17), or that of one stands in for those of all there (1.6 section
    3.13.1)."""
    contracts: ContractMessages | None
    """The messages of ISO 15118; None where the version has none."""
    has_monitors: bool
    """Variables can be watched by monitors (2.x block N)."""
    longest_token: int
    """Characters an id token may have."""
    token_kinds: frozenset[str]
    """The kinds of id token there are; empty where the version knows none."""

    def start_points(self, settings: ChargerSettings) -> Collection[str]:
        """The points that begin a transaction."""

    def stop_points(self, settings: ChargerSettings) -> Collection[str]:
        """The points that end a transaction when they are over."""

    def kept(self, settings: ChargerSettings) -> tuple[tuple[str, ...], int]:
        """Measurands kept for the end of a transaction, and the seconds between them (0: none
        between)."""

    def locate(self, evses: Sequence[Evse], at: ConnectorCommand) -> tuple[Evse, Connector]:
        """The connector a command means; NotFound where there is none."""

    negotiates_schedules: bool
    """The needs of a vehicle can be told, and its schedule (2.x)."""

    # --- messages -------------------------------------------------------------------------------

    def action_name(self, request: Payload) -> str:
        """The action of a request, typed or not."""

    def boot(self, spec: ChargerSpec, firmware_version: str, reason: BootReason) -> Payload:
        """BootNotification."""

    def heartbeat(self) -> Payload:
        """Heartbeat."""

    def authorize(self, token: IdToken) -> Payload:
        """Authorize."""

    def status_word(self, evse: Evse, connector: Connector) -> str:
        """A connector's status in this version's words."""

    def status(self, evse: Evse, connector: Connector, at: Instant) -> Payload:
        """StatusNotification of a connector."""

    def station_status(self, operative: bool, at: Instant) -> Payload | None:
        """StatusNotification of the charger itself, None where there is no such thing."""

    def list_conflict(self, operative: bool, at: Instant) -> Payload | None:
        """The message for a CSMS that contradicts the local list, None where there is none."""

    def notify_event(
        self,
        evse: Evse,
        connector: Connector,
        broken: ActiveFault,
        at: Instant,
        new_id: Callable[[], int],
        *,
        mended: bool,
    ) -> Payload | None:
        """The message beside the status when a connector's fault comes or is mended; None where the
        status says it all. A `serial` is drawn only where there is something to tell."""

    def monitor_events(self, events: Sequence[MonitorEvent], at: Instant) -> Payload | None:
        """The message of events that monitors have triggered, None where there are no monitors."""

    def reservation_ended(self, id: int, why: Literal["Expired", "Removed"]) -> Payload | None:
        """The message for a reservation that ends unused, None where the statuses say it all."""

    def transaction_message(self, event: TransactionEvent) -> Payload | None:
        """The message of something that happened to a transaction, None where it has none."""

    def values_message(
        self,
        transaction: Transaction,
        connector_number: int,
        trigger: TriggerReason,
        at: Instant,
        readings: tuple[MeterValue, ...],
    ) -> Payload:
        """The message of a transaction's meter values, where there is nothing else to tell: what
        `transaction_message` makes of them."""

    def with_wire_id(self, payload: Payload, wire_id: str | None, offline: bool) -> Payload:
        """A queued message as it goes out: with the id its transaction got meanwhile."""

    def meter_values(self, evse: Evse | None, readings: tuple[MeterValue, ...]) -> Payload:
        """MeterValues outside of a transaction; None is the main meter."""

    def security_event(self, event: SecurityEvent) -> Payload:
        """SecurityEventNotification."""

    def firmware_status(self, status: str, request_id: int | None) -> Payload | None:
        """The message on the state of a firmware update (`firmware_update.FirmwareStatus`); None
        where that cannot be said. Without a request id it is 1.6's plain update, or nothing is
        under way."""

    def upload_status(self, status: str, request_id: int | None) -> Payload | None:
        """The message on the state of the upload of a log (`log_upload.UploadLogStatus`); None
        where that cannot be said. Without a request id it is 1.6's diagnostics, or nothing is under
        way."""

    def publication_status(
        self, status: str, request_id: int | None, locations: tuple[str, ...]
    ) -> Payload | None:
        """The message on the state of a publication (`publication.PublicationStatus`), with the
        locations of what is Published; None where a version has no such message."""

    def charging_limit(self, one: InstalledProfile, *, with_schedule: bool) -> Payload | None:
        """NotifyChargingLimit, of an external limit (2.0.1 K11, K12); None where a version has no
        such message."""

    def charging_needs(self, evse: Evse, needs: ChargingNeeds, offset_s: Seconds) -> Payload | None:
        """NotifyEVChargingNeeds, of the vehicle there (2.0.1 K15, K17); `offset_s` is the charger's
        clock minus true time."""

    def read_charging_needs(self, response: Payload) -> str:
        """The answer to NotifyEVChargingNeeds: Accepted, Rejected or Processing."""

    def ev_charging_schedule(self, evse_id: int, chosen: EvSchedule) -> Payload | None:
        """NotifyEVChargingSchedule (2.0.1 K15, K16, K17)."""

    def cleared_charging_limit(self, source: ChargingLimitSource, evse_id: int) -> Payload | None:
        """ClearedChargingLimit (2.0.1 K13); None likewise."""

    def sign_certificate(self, request: str, use: SigningUse) -> Payload:
        """SignCertificate, of a PKCS#10 request in PEM; 1.6 has one use alone."""

    # --- meanings -------------------------------------------------------------------------------

    def read_boot(self, response: Payload) -> BootAnswer:
        """The answer to BootNotification."""

    def read_time(self, response: Payload) -> Instant:
        """The answer to Heartbeat."""

    def read_authorization(self, response: Payload) -> TokenInfo:
        """The answer to Authorize."""

    def read_transaction(
        self, request: Payload, response: Payload
    ) -> tuple[str | None, IdToken | None, TokenInfo | None]:
        """The answer to a transaction message: the id given, and what is said of which token."""

    def read_cost(self, response: Payload) -> CostAnswer | None:
        """The cost in the answer to a transaction message, None where the version has none."""

    def read_signing(self, response: Payload) -> bool:
        """True where SignCertificate was accepted."""

    def shown_token_info(self, info: TokenInfo) -> dict[str, object]:
        """The information on a token as a command's result shows it: 1.6's idTagInfo, 2.x's
        idTokenInfo."""
