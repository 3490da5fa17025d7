"""Answers with a simulated charger's state."""

from typing import Any, Final

from pydantic import ConfigDict, Field

from voltyard.api.gateway.fields import GatewayAnswer, Moment
from voltyard.api.gateway.models.chargers import CONNECTION, ConnectionResponse

STATE: Final[dict[str, Any]] = {
    "charger_id": "dep-4k2d8s1m0x7c9v3b",
    "identity": "CP-TEST-001",
    "connection": CONNECTION,
    "at": "2026-11-21T09:10:00.000Z",
    "powered": True,
    "connected": True,
    "boot_status": "Accepted",
    "connectors": [
        {
            "evse_id": 1,
            "connector_id": 1,
            "status": "Charging",
            "error_code": "WeakSignal",
            "vehicle": "Renault Zoe R135",
            "power_w": 11040.0,
            "current_a": 16.0,
            "energy_wh": 1226.7,
            "soc_percent": 32.4,
            "limit_w": 11040.0,
            "limit_source": "TxDefaultProfile",
            "charging_profile_id": 7,
            "faults": [
                {
                    "name": "WeakSignal",
                    "error_code": "WeakSignal",
                    "effect": "warns",
                    "recover_at": "2026-11-21T09:15:00.000Z",
                }
            ],
            "transaction": {
                "transaction": "t1",
                "transaction_id": "42",
                "id_tag": "04A1B2C3D4E580",
                "started_at": "2026-11-21T09:00:00.000Z",
                "meter_start_wh": 0.0,
                "charging_state": "Charging",
            },
        }
    ],
    "faults": ["WeakSignal"],
    "queue_length": 0,
    "settings_version": 1,
    "reservations": [],
    "display_messages": [
        {
            "id": 4,
            "priority": "NormalCycle",
            "format": "UTF8",
            "content": "Closed from 22:00 to 06:00",
            "language": "en",
            "state": "Idle",
            "starts_at": None,
            "ends_at": "2026-11-30T22:00:00.000Z",
            "transaction_id": None,
            "is_shown": False,
        }
    ],
    "charging_profiles": [
        {
            "id": 7,
            "evse_id": 1,
            "connector_id": 1,
            "purpose": "TxDefaultProfile",
            "stack_level": 0,
            "kind": "Relative",
            "recurrence": None,
            "valid_from": None,
            "valid_to": None,
            "transaction": None,
            "start_at": None,
            "duration_s": None,
            "unit": "A",
            "periods": [{"start_s": 0, "limit": 16.0, "phases": 3}],
            "installed_at": "2026-11-21T08:00:00.000Z",
            "source": "CSO",
        }
    ],
    "clock_skew_s": 0.0,
    "takes_csms_time": True,
    "firmware": {"version": "2.0.0", "status": "Installed", "request_id": 12},
    "upload": {
        "status": "Uploading",
        "file_name": "diagnostics-CP-TEST-001-20261121T091000Z.log",
        "request_id": None,
    },
    "publication": None,
    "security": {
        "profile": 2,
        "on_trial": False,
        "certificates": [
            {
                "use": "CSMSRootCertificate",
                "subject": "CN=Operator's root",
                "ends_at": "2031-11-21T09:00:00.000Z",
            }
        ],
        "events_waiting": 0,
    },
    "validation": "lenient",
    "refused_answer": None,
}


class _State(GatewayAnswer):
    model_config = ConfigDict(extra="allow")  # a runtime may know more


class TransactionLimitsResponse(_State):
    """Limits at which the charger ends a transaction by itself; null: there is no such limit.
    `max_energy_wh` is of the whole transaction, `ends_at` the end of its time, `max_cost` a decimal
    number in the currency of the tariff."""

    max_energy_wh: float | None = None
    ends_at: Moment | None = None
    max_soc_percent: float | None = None
    max_cost: str | None = None


class TransactionStateResponse(_State):
    """A running transaction; `transaction_id` is null until the CSMS has given one."""

    transaction: str
    transaction_id: str | None = None
    id_tag: str | None = None
    started_at: Moment
    meter_start_wh: float
    charging_state: str
    limits: TransactionLimitsResponse | None = None


class FaultStateResponse(_State):
    """A fault; `recover_at` is null where clear-fault has to mend it."""

    name: str
    error_code: str
    effect: str
    recover_at: Moment | None = None


class CostStateResponse(_State):
    """Tariff and cost as the driver sees them (OCPP 2.0.1): `total_cost` is what its CSMS said
    last, a decimal number in `currency`; `message` is the tariff in words, or what the CSMS has
    sent in its place, or one of the charger's fallback messages."""

    transaction: str | None = None
    total_cost: str | None = None
    currency: str
    is_final: bool = False
    """True once the transaction has ended and its total cost was said."""
    message: str | None = None
    message_format: str = "UTF8"


class ReservationStateResponse(_State):
    """Who is expected: at a connector (`evse_id`, and in OCPP 1.6 `connector_id`), or, where that
    is null, anywhere. Whoever is of `group` may come as well."""

    id: int
    id_tag: str
    group: str | None = None
    expires_at: Moment
    evse_id: int | None = None
    connector_id: int | None = None


class SchedulePeriodResponse(_State):
    """A limit from `start_s` on: amperes in each phase, or watts in all together."""

    start_s: int
    limit: float
    phases: int | None = None


class ChargingProfileStateResponse(_State):
    """A charging profile that the charger's CSMS has installed, or the limit of another system:
    `source` is CSO for the CSMS, else EMS, SO or Other. Purposes are named as in OCPP 2.0.1.
    `evse_id` 0 is the whole charger, or each of its EVSEs; `start_at` is null where the schedule
    counts from the start of the transaction."""

    id: int
    evse_id: int
    connector_id: int
    purpose: str
    stack_level: int
    kind: str
    recurrence: str | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    transaction: str | None = None
    start_at: Moment | None = None
    duration_s: int | None = None
    unit: str
    periods: list[SchedulePeriodResponse]
    installed_at: Moment
    source: str = "CSO"


class ContractStateResponse(_State):
    """The contract of the vehicle that is plugged in, and how far its authorization is. `stage` is
    NotUsed, Installing, Asked, Accepted or Refused, `certificate_status` in the words of OCPP's
    AuthorizeCertificateStatusEnumType."""

    emaid: str | None = None
    stage: str
    certificate_status: str | None = None
    reason: str = ""
    exi_response: str | None = None
    """The answer that the vehicle got to its request for a contract certificate."""


class DisplayMessageStateResponse(_State):
    """A message that the CSMS has set for the charger's display (OCPP 2.0.1). It is shown in its
    `state`, or in any where that is null, from `starts_at` to `ends_at`, and goes with its
    transaction. `is_shown`: it is on the display now, by turns with others where there are
    several."""

    id: int
    priority: str
    format: str
    content: str
    language: str | None = None
    state: str | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    transaction_id: str | None = None
    is_shown: bool


class ConnectorStateResponse(_State):
    """A connector and what is plugged in there; `energy_wh` is the register. `error_code` is of the
    first of its faults. `limit_w` is the most it gives now, and `limit_source` what says so:
    Rating, PowerUpdate, Site, or the purpose of the charging profile `charging_profile_id`."""

    evse_id: int
    connector_id: int
    status: str
    error_code: str
    vehicle: str | None = None
    power_w: float
    current_a: float
    energy_wh: float
    soc_percent: float | None = None
    limit_w: float | None = None
    limit_source: str | None = None
    charging_profile_id: int | None = None
    wanted_w: float = 0.0
    """Power that would flow if its site had no limit."""
    share_w: float | None = None
    """Power that its site lets it have; null: the site has no limit."""
    transaction: TransactionStateResponse | None = None
    faults: list[FaultStateResponse] = Field(default_factory=list)
    contract: ContractStateResponse | None = None
    cost: CostStateResponse | None = None
    """Shown to the driver who is authorized here, charges, or charged last; null: nothing is."""


class FirmwareStateResponse(_State):
    """The firmware that runs, and the update under way or the last one, in 2.0.1's words: Idle
    where there was none."""

    version: str
    status: str
    request_id: int | None = None


class UploadStateResponse(_State):
    """The log that is, or was last, uploaded, in 2.0.1's words."""

    status: str
    file_name: str
    request_id: int | None = None


class PublishedFirmwareResponse(_State):
    """A firmware file that the local controller publishes; `downloads` are under way now."""

    checksum: str
    """MD5, in hexadecimal."""
    request_id: int
    locations: list[str]
    downloads: int


class PublicationStateResponse(_State):
    """Firmware that a local controller publishes: the status of the publication under way or the
    last one, in 2.0.1's words (Idle where there was none), and the files that are published."""

    status: str
    request_id: int | None = None
    files: list[PublishedFirmwareResponse]


class CertificateStateResponse(_State):
    """A certificate that is installed, by its use in 2.0.1's words; ChargingStationCertificate is
    the charger's own."""

    use: str
    subject: str
    ends_at: Moment


class SecurityStateResponse(_State):
    """The security profile in force, and the certificates the charger holds. `on_trial`: no link
    has been opened yet with new credentials; those before are taken up again where none is.
    `tells_events`: the CSMS is told of security events. `events_waiting` counts those that it has
    not confirmed."""

    profile: int
    on_trial: bool
    certificates: list[CertificateStateResponse]
    tells_events: bool = False
    events_waiting: int


class RefusedAnswerResponse(_State):
    """An answer of the CSMS that the charger could not accept: `field` is where the fault is,
    `rule` what it breaks. It is gone once an answer to such a call is accepted."""

    at: Moment
    action: str
    message_id: str
    field: str
    rule: str
    message: str


class ChargerStateResponse(_State):
    """The state of the charger now. `queue_length` counts transaction messages that the CSMS has
    not confirmed."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": STATE})

    charger_id: str
    identity: str
    connection: ConnectionResponse | None = None
    at: Moment
    powered: bool
    connected: bool
    boot_status: str
    connectors: list[ConnectorStateResponse]
    faults: list[str]
    queue_length: int
    settings_version: int
    reservations: list[ReservationStateResponse] = Field(default_factory=list)
    charging_profiles: list[ChargingProfileStateResponse] = Field(default_factory=list)
    display_messages: list[DisplayMessageStateResponse] = Field(default_factory=list)
    clock_skew_s: float = 0.0
    """The charger's clock minus true time."""
    takes_csms_time: bool = True
    firmware: FirmwareStateResponse | None = None
    upload: UploadStateResponse | None = None
    publication: PublicationStateResponse | None = None
    """Of a local controller; null: it is none."""
    security: SecurityStateResponse | None = None
    validation: str = "lenient"
    """strict or lenient: how it takes what its CSMS sends and the schema forbids."""
    refused_answer: RefusedAnswerResponse | None = None
    """The last answer of its CSMS that it could not accept; null: nothing, or it is settled."""
