"""What callers of the gateway send to have something done: at whom, at what pace, what."""

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from voltyard.api.gateway.fields import (
    LARGEST_INT,
    Body,
    MomentIn,
    Number,
    Word,
    alternatives,
    example,
)
from voltyard.kernel import limits
from voltyard.ocpp.faults import FAULTS, fault_named

# --- targets -----------------------------------------------------------------------------------


def _given(title: str, name: str, *, without: tuple[str, ...]) -> dict[str, Any]:
    """The part of a schema that says: this text, and none of those."""
    texts: dict[str, Any] = {name: {"type": "string"}}
    nulls: dict[str, Any] = {other: {"type": "null"} for other in without}
    return {"title": title, "required": [name], "properties": texts | nulls}


class CommandTarget(Body):
    """One charger, or a location: all of its chargers, or those named in charger_ids."""

    model_config = alternatives(
        _given("One charger", "charger_id", without=("location_id", "charger_ids")),
        _given("A location, or some of its chargers", "location_id", without=("charger_id",)),
        charger_id="CP-TEST-001",
    )

    charger_id: Word | None = None
    location_id: Word | None = None
    charger_ids: Annotated[list[Word], Field(min_length=1, max_length=10_000)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "CommandTarget":
        if (self.charger_id is None) == (self.location_id is None):
            raise ValueError("exactly one of charger_id and location_id must be given")
        if self.charger_ids is not None and self.location_id is None:
            raise ValueError("charger_ids goes with location_id only")
        return self


class ChargerCommandTarget(Body):
    """One charger."""

    model_config = example(charger_id="CP-TEST-001")

    charger_id: Word


class AllAtOnce(Body):
    """Every charger as soon as its turn comes."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["all_at_once"]


class Staggered(Body):
    """One charger after the other, so many seconds apart."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["staggered"]
    interval_s: Annotated[float, Field(gt=0, le=86_400)]


class Rolling(Body):
    """So many chargers at a time; the next begins when one of them has ended, however it ended."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["rolling"]
    at_once: Annotated[int, Field(ge=1, le=limits.BULK_CHARGERS)]


PacingBody = Annotated[AllAtOnce | Staggered | Rolling, Field(discriminator="mode")]


# --- events ------------------------------------------------------------------------------------


class Event(Body):
    """What is asked."""

    def payload(self) -> dict[str, Any]:
        """The event as it is queued: what was given, and the defaults."""
        return self.model_dump(exclude_none=True)


class EmptyEvent(Event):
    """Nothing needs to be said."""

    model_config = example()


class AtConnector(Event):
    """Something at one connector."""

    evse_id: Number | None = None
    connector_id: Number | None = None

    def payload(self) -> dict[str, Any]:
        """Both numbers are always there."""
        return {"evse_id": 1, "connector_id": 1} | super().payload()


class ConnectorCommandEvent(AtConnector):
    """A connector."""

    model_config = example(evse_id=2, connector_id=1)


CableA = Annotated[
    float,
    Field(
        gt=0,
        le=1_000,
        description="What its cable can carry in each phase, e.g. 20; left out: as much as the "
        "connector.",
    ),
]


class PlugConnectorEvent(AtConnector):
    """A connector, and what is plugged in there."""

    model_config = example(evse_id=1, connector_id=1)

    vehicle: str | dict[str, Any] | None = None
    """A name of the catalogue, or a description."""
    cable_a: CableA | None = None


IdTag = Annotated[str, Field(min_length=1, max_length=255)]
IdTokenType = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=20,
        description="OCPP 2.x: ISO14443, ISO15693, Central, ... Left out: the one that fits "
        "id_tag, ISO14443 for 8 or 14 hexadecimal characters, ISO15693 for 16, else Central.",
    ),
]


class AuthorizeIdTagCommandEvent(Event):
    """A card."""

    model_config = example(id_tag="04A1B2C3D4E580")

    id_tag: IdTag
    id_token_type: IdTokenType = None


class SwipeEvent(AtConnector):
    """A card at the reader of a connector."""

    model_config = example(id_tag="04A1B2C3D4E580")

    id_tag: IdTag
    id_token_type: IdTokenType = None


class StartTransactionCommandEvent(AtConnector):
    """Who charges, and where."""

    model_config = example(id_tag="04A1B2C3D4E580", evse_id=1, connector_id=1)

    id_tag: IdTag
    id_token_type: IdTokenType = None


class StopTransactionCommandEvent(Event):
    """Which transaction; the only running one where none is named."""

    model_config = example(transaction_id="txn-001")

    transaction_id: Word | None = None


class OfSession(Event):
    """A session is at a connector, counted over the charger unless evse_id is given too."""

    connector_id: Number | None = None
    evse_id: Number | None = None

    def payload(self) -> dict[str, Any]:
        """The connector is always there."""
        return {"connector_id": 1} | super().payload()


class StartSessionCommandEvent(OfSession):
    """Who charges, where, and how much."""

    model_config = example(
        id_tag="04A1B2C3D4E580", connector_id=1, duration_seconds=300, target_energy_kwh=20.0
    )

    id_tag: IdTag
    id_token_type: IdTokenType = None
    duration_seconds: Annotated[int, Field(ge=1, le=31_536_000)] | None = None
    target_energy_kwh: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    vehicle: str | dict[str, Any] | None = None
    """A name of the catalogue, or a description."""
    cable_a: CableA | None = None


class StopSessionCommandEvent(OfSession):
    """Where."""

    model_config = example(connector_id=1)


class PowerUpdateCommandEvent(AtConnector):
    """How much is offered; null: as much as its rating."""

    model_config = example(power_w=7400, evse_id=1, connector_id=1)

    power_w: Annotated[int, Field(ge=0, le=10_000_000)] | None

    def payload(self) -> dict[str, Any]:
        """The power is always there, null too."""
        return super().payload() | {"power_w": self.power_w}


class ConfigurationUpdateEvent(Event):
    """Settings by name."""

    model_config = example(configuration={"HeartbeatInterval": "30"})

    configuration: Annotated[dict[Word, str], Field(min_length=1, max_length=1_000)]


class LocalAuthListEntry(Body):
    """A card on the list."""

    id_tag: IdTag
    id_token_type: IdTokenType = None
    expiry_date: MomentIn | None = None
    parent_id_tag: IdTag | None = None


class LocalAuthListEvent(Event):
    """A whole list; its version must rise."""

    model_config = example(
        list_version=2,
        entries=[
            {"id_tag": "04A1B2C3D4E580", "expiry_date": "2026-12-31T23:59:59Z"},
            {"id_tag": "04A1B2C3D4E680"},
        ],
    )

    list_version: Annotated[int, Field(ge=1, le=LARGEST_INT)]
    entries: Annotated[list[LocalAuthListEntry], Field(max_length=limits.LOCAL_LIST_ENTRIES)]


FaultText = Annotated[str, Field(min_length=1, max_length=50)]


_FAULT_NAMES: Final[list[Any]] = sorted(
    {name for one in FAULTS.values() for name in (one.name, *one.other_names)}
)


class InjectFaultEvent(AtConnector):
    """What breaks, and for how long."""

    model_config = example(
        fault_type="OverCurrentFailure", evse_id=1, connector_id=1, recover_after_s=60
    )

    fault_type: Annotated[str, Field(min_length=1, max_length=50)] = Field(
        json_schema_extra={"enum": _FAULT_NAMES},
        description="A name of GET /ocpp/catalog/faults, or one of its other_names; case, spaces "
        "and signs do not matter.",
    )
    recover_after_s: Annotated[float, Field(gt=0, le=limits.RECOVERY_S)] | None = Field(
        None, description="It is mended by itself after so long. Left out: by clear-fault."
    )
    vendor_error_code: FaultText | None = None
    """What the charger says beside it: 1.6 vendorErrorCode, 2.x techCode."""
    info: FaultText | None = None
    """In words: 1.6 info, 2.x techInfo."""

    @field_validator("fault_type")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if fault_named(name) is None:
            raise ValueError(f"there is no fault {name!r}; one of {', '.join(FAULTS)}")
        return name


class ClearFaultEvent(AtConnector):
    """Where it is repaired."""

    model_config = example(evse_id=1, connector_id=1)


class ProxyMessageEvent(Event):
    """A charge-point message of the caller's making."""

    model_config = example(
        action="boot_notification",
        ocpp_version="ocpp1.6",
        payload={"charge_point_vendor": "ACME", "charge_point_model": "DC-50"},
    )

    action: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=100)]
    ocpp_version: Literal["ocpp1.6", "ocpp2.0.1"]
    message: dict[str, Any] = Field(alias="payload")

    def payload(self) -> dict[str, Any]:
        """By the contract's names."""
        return {
            "action": self.action,
            "ocpp_version": self.ocpp_version,
            "payload": self.message,
        }


class ForAWhile(Event):
    """For so long, or until it is restored."""

    model_config = example(seconds=30)

    seconds: Annotated[float, Field(gt=0, le=limits.RECOVERY_S)] | None = None


class PowerCutEvent(ForAWhile):
    """An outage of the mains, and what the charger has against it."""

    model_config = example(seconds=30, reserve_seconds=5)

    reserve_seconds: Annotated[float, Field(gt=0, le=limits.POWER_RESERVE_S)] | None = Field(
        default=None,
        description="A reserve of power: the charger ends its transactions with PowerLoss and "
        "tells its CSMS before it goes down, in so long at most. Without, it does when it is back.",
    )


class ClockSkewEvent(Event):
    """How far the charger's clock is off, and whether the CSMS can set it right."""

    model_config = example(seconds=-3600, takes_csms_time=False)

    seconds: Annotated[float, Field(ge=-limits.CLOCK_SKEW_S, le=limits.CLOCK_SKEW_S)] = Field(
        description="Fast where positive, slow where negative; 0 is right."
    )
    takes_csms_time: bool = Field(
        False,
        description="Whether the charger sets its clock by the next BootNotification or Heartbeat "
        "answer, as a well-behaved one does; else it stays off, over power cuts and restarts too.",
    )


class RebootEvent(Event):
    """How the charger is restarted locally."""

    model_config = example(type="Soft")

    type: Literal["Soft", "Hard"] = "Soft"
