"""What the core needs of a version: messages for what happens, meanings of what comes, and its own
rules.

A dialect has no state and serves every charger of its version. The core never tests a version
number: it asks here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

from voltyard.charger.authorization import IdToken, TokenInfo
from voltyard.charger.commands import AtConnector
from voltyard.charger.connector import Broken, Connector
from voltyard.charger.core import Core
from voltyard.charger.evse import Evse
from voltyard.charger.metering import Reading
from voltyard.charger.registration import BootAnswer, BootReason
from voltyard.charger.security.events import SecurityEvent
from voltyard.charger.settings import Setting, Settings
from voltyard.charger.transaction import Note
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.versions import Version
from voltyard.ocpp.violations import Kind

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger


class Refusal(Struct, frozen=True):
    """In place of an answer: a CALLERROR."""

    kind: Kind
    description: str


class Dialect(Protocol):
    """One version of OCPP."""

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
    """How often clock-aligned values are kept for the end of a transaction."""
    triggered_measurands: Setting
    """What a triggered MeterValues holds."""
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
    longest_token: int
    """Characters an id token may have."""
    token_kinds: frozenset[str]
    """The kinds of id token there are; empty where the version knows none."""

    def start_points(self, settings: Settings) -> Collection[str]:
        """What begins a transaction."""

    def stop_points(self, settings: Settings) -> Collection[str]:
        """What ends one when it is over."""

    def kept(self, settings: Settings) -> tuple[tuple[str, ...], int]:
        """Measurands kept for the end of a transaction, and the seconds between them (0: none
        between)."""

    def locate(self, evses: Sequence[Evse], at: AtConnector) -> tuple[Evse, Connector]:
        """The connector a command means; NotFound where there is none."""

    # --- messages -------------------------------------------------------------------------------

    def action_name(self, request: Payload) -> str:
        """The action of a request, typed or not."""

    def boot(self, core: Core, reason: BootReason) -> Payload:
        """BootNotification."""

    def heartbeat(self) -> Payload:
        """Heartbeat."""

    def authorize(self, token: IdToken) -> Payload:
        """Authorize."""

    def status_word(self, evse: Evse, connector: Connector) -> str:
        """A connector's status in this version's words."""

    def status(self, core: Core, evse: Evse, connector: Connector) -> Payload:
        """StatusNotification of a connector."""

    def station_status(self, core: Core, operative: bool) -> Payload | None:
        """StatusNotification of the charger itself, None where there is no such thing."""

    def list_conflict(self, core: Core, operative: bool) -> Payload | None:
        """What is told when the CSMS contradicts the local list, None where nothing is."""

    def problem(
        self, core: Core, evse: Evse, connector: Connector, broken: Broken, *, mended: bool
    ) -> Payload | None:
        """What is told, apart from the status, when a connector's fault comes or is mended; None
        where the status says it all."""

    def reservation_ended(self, id: int, why: Literal["Expired", "Removed"]) -> Payload | None:
        """What is told when a reservation ends unused, None where the statuses say it all."""

    def transaction_message(self, note: Note) -> Payload | None:
        """The message of something that happened to a transaction, None where it has none."""

    def addressed(self, payload: Payload, wire_id: str | None, offline: bool) -> Payload:
        """A queued message as it goes out: with the id its transaction got meanwhile."""

    def idle_values(self, evse: Evse | None, readings: tuple[Reading, ...]) -> Payload:
        """MeterValues outside of a transaction; None is the main meter."""

    def security_event(self, event: SecurityEvent) -> Payload:
        """SecurityEventNotification."""

    def firmware_status(self, status: str, request_id: int | None) -> Payload | None:
        """How a firmware update goes (`firmware.Status`); None where that cannot be said. Without a
        request id it is 1.6's plain update, or nothing is under way."""

    def upload_status(self, status: str, request_id: int | None) -> Payload | None:
        """How the upload of a log goes (`uploads.Status`); None where that cannot be said. Without
        a request id it is 1.6's diagnostics, or nothing is under way."""

    def sign_certificate(self, request: str) -> Payload:
        """SignCertificate, of a PKCS#10 request in PEM."""

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

    def read_signing(self, response: Payload) -> bool:
        """Whether SignCertificate was accepted."""

    def told_token(self, info: TokenInfo) -> dict[str, object]:
        """What is known of a token as a command's result shows it: 1.6's idTagInfo, 2.x's
        idTokenInfo."""

    # --- what the CSMS asks ---------------------------------------------------------------------

    def obey(self, charger: Charger, request: Payload) -> Iterator[Payload | Refusal] | None:
        """Carry out a call: the first value is the answer, what follows happens after it was sent.

        None where the charger does not support the action.
        """

    def configure(self, charger: Charger, name: str, text: str) -> str:
        """Change a setting by its name in this version; Accepted, Rejected, RebootRequired, ..."""
