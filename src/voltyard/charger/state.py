"""The state of a simulated charger as seen from outside at one moment, as plain data."""

from msgspec import Struct

from voltyard.charger.display.display_message import (
    MessageFormat,
    MessagePriority,
    MessageState,
)
from voltyard.charger.smart_charging.profiles import (
    ChargingLimitSource,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ChargingRateUnit,
    ChargingSchedulePeriod,
    RecurrencyKind,
)
from voltyard.kernel.time import Instant


class TransactionLimitState(Struct, frozen=True, kw_only=True):
    """Limits at which the charger ends a transaction by itself (2.0.1 E06.FR.08); None: there is
    no such limit."""

    max_energy_wh: float | None = None
    """Of the whole transaction."""
    ends_at: Instant | None = None
    """The end of its time."""
    max_soc_percent: float | None = None
    max_cost: str | None = None
    """A decimal number, in the currency of the tariff."""


class TransactionState(Struct, frozen=True, kw_only=True):
    transaction: str
    transaction_id: str | None
    """The id on the wire, None until the CSMS has given one."""
    id_tag: str | None
    started_at: Instant
    meter_start_wh: float
    charging_state: str
    limits: TransactionLimitState | None = None
    """None: it has none."""


class CostState(Struct, frozen=True, kw_only=True):
    """Tariff and cost as the driver at an EVSE is shown them (2.0.1 block I)."""

    transaction: str | None
    """The charger's own id of it; None before it begins."""
    total_cost: str | None
    """A decimal number, taxes included; None until the CSMS has said one."""
    currency: str
    is_final: bool
    """True where it is the total cost, of the answer to the end of the transaction."""
    message: str | None
    """The tariff in words, what has taken its place since, or a fallback message."""
    message_format: str = "UTF8"


class ReservationState(Struct, frozen=True, kw_only=True):
    id: int
    id_tag: str
    group: str | None
    """Whoever is of it may come as well."""
    expires_at: Instant
    """By the charger's clock."""
    evse_id: int | None
    """None: no place in particular."""
    connector_id: int | None
    """None: any of the EVSE."""


class FaultState(Struct, frozen=True, kw_only=True):
    name: str
    error_code: str
    effect: str
    """stops, suspends or warns (catalogue.faults)."""
    recover_at: Instant | None
    """Moment when it mends by itself."""


class ContractState(Struct, frozen=True, kw_only=True):
    emaid: str | None
    stage: str
    """NotUsed, Installing, Asked, Accepted or Refused."""
    certificate_status: str | None
    """In the words of AuthorizeCertificateStatusEnumType."""
    reason: str
    exi_response: str | None


class ConnectorState(Struct, frozen=True, kw_only=True):
    evse_id: int
    connector_id: int
    status: str
    error_code: str
    vehicle: str | None
    power_w: float
    current_a: float
    energy_wh: float
    """The register."""
    soc_percent: float | None
    transaction: TransactionState | None
    limit_w: float = 0.0
    """The most it gives now."""
    limit_source: str = "Rating"
    """The source of the limit: Rating, PowerUpdate, Site, or the purpose of a charging profile."""
    charging_profile_id: int | None = None
    """Of that profile."""
    wanted_w: float = 0.0
    """The power that would flow if its site had no limit."""
    least_w: float = 0.0
    """The least that can flow there."""
    share_w: float | None = None
    """The share of its site's limit; None: the site has no limit."""
    faults: tuple[FaultState, ...] = ()
    """The worst first: `error_code` is of that one."""
    contract: ContractState | None = None
    """Of the vehicle that is plugged in (Plug and Charge)."""
    cost: CostState | None = None
    """Shown to the driver who is authorized here, charges, or charged last."""


class FirmwareState(Struct, frozen=True, kw_only=True):
    version: str
    """The version that runs."""
    status: str
    """Of the update under way or of the last one, in 2.0.1's words; Idle where there was none."""
    request_id: int | None = None


class UploadState(Struct, frozen=True, kw_only=True):
    status: str
    """In 2.0.1's words; Idle where there was none."""
    file_name: str = ""
    request_id: int | None = None


class PublishedFirmwareState(Struct, frozen=True, kw_only=True):
    """A firmware file that a local controller publishes."""

    checksum: str
    request_id: int
    locations: tuple[str, ...]
    downloads: int
    """Stations that fetch it now."""


class PublicationState(Struct, frozen=True, kw_only=True):
    """Firmware that a local controller publishes (2.0.1 L03)."""

    status: str
    """Of the publication under way or of the last one, in 2.0.1's words; Idle: there was none."""
    request_id: int | None
    files: tuple[PublishedFirmwareState, ...]


class ChargingProfileState(Struct, frozen=True, kw_only=True):
    """A charging profile that is installed, in words no version owns: purposes are 2.0.1's."""

    id: int
    evse_id: int
    """0: the whole charger, or each of its EVSEs."""
    connector_id: int
    """0: whichever is in use."""
    purpose: ChargingProfilePurpose
    stack_level: int
    kind: ChargingProfileKind
    recurrence: RecurrencyKind | None
    valid_from: Instant | None
    valid_to: Instant | None
    transaction: str | None
    """The charger's own id of it, for a TxProfile."""
    start_at: Instant | None
    """None: it counts from the start of the transaction."""
    duration_s: int | None
    unit: ChargingRateUnit
    """Of the limits: A in each phase, or W in all together."""
    periods: tuple[ChargingSchedulePeriod, ...]
    installed_at: Instant
    source: ChargingLimitSource = "CSO"
    """CSO: its CSMS; else the system that has set an external limit."""


class DisplayMessageState(Struct, frozen=True, kw_only=True):
    """A message for the charger's display (2.0.1)."""

    id: int
    priority: MessagePriority
    format: MessageFormat
    content: str
    language: str | None
    state: MessageState | None
    """It is shown while the charger is in that state; None: in any."""
    starts_at: Instant | None
    """By the charger's clock, as `ends_at`."""
    ends_at: Instant | None
    transaction_id: str | None
    """It goes when that transaction ends."""
    is_shown: bool
    """It is on the display now, by turns with others where there are several."""


class CertificateState(Struct, frozen=True, kw_only=True):
    use: str
    """CSMSRootCertificate, ManufacturerRootCertificate, ...; ChargingStationCertificate is its
    own."""
    subject: str
    ends_at: Instant


class SecurityState(Struct, frozen=True, kw_only=True):
    profile: int
    """0 to 3, the one that is shown to the CSMS now."""
    on_trial: bool
    """No link has been opened yet with what is shown now; what worked before is not given up."""
    certificates: tuple[CertificateState, ...]
    tells_events: bool
    """True where the CSMS is told of security events."""
    events_waiting: int
    """Security events the CSMS has yet to confirm."""


class RefusedAnswerState(Struct, frozen=True, kw_only=True):
    """The last answer of the CSMS that could not be accepted, until one to such a call is."""

    at: Instant
    action: str
    message_id: str
    field: str
    """`$` is the payload, `$.currentTime` a field of it."""
    rule: str
    """ocpp.violations.Kind: missing, wrong_type, bad_value, ..."""
    message: str


class ChargerState(Struct, frozen=True, kw_only=True):
    at: Instant
    powered: bool
    connected: bool
    boot_status: str
    """Unknown before the first answer, then Accepted, Pending or Rejected."""
    connectors: tuple[ConnectorState, ...]
    faults: tuple[str, ...]
    """The names of all connectors'."""
    queue_length: int
    """Transaction messages not yet confirmed."""
    settings_version: int
    reservations: tuple[ReservationState, ...] = ()
    charging_profiles: tuple[ChargingProfileState, ...] = ()
    display_messages: tuple[DisplayMessageState, ...] = ()
    clock_skew_s: float = 0.0
    """Its clock minus true time."""
    takes_csms_time: bool = True
    firmware: FirmwareState | None = None
    upload: UploadState | None = None
    """Of the log that is, or was last, uploaded."""
    publication: PublicationState | None = None
    """Of a local controller."""
    security: SecurityState | None = None
    validation: str = "lenient"
    """strict or lenient."""
    refused_answer: RefusedAnswerState | None = None
