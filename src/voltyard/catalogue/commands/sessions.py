"""Commands of plugs, cards, transactions and sessions."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Struct

from voltyard.catalogue.charging_needs import VehicleNeeds, needs_of
from voltyard.catalogue.commands.declaration import BodyField, BodySchema, Rest
from voltyard.catalogue.commands.shared import (
    A_CONNECTOR,
    AN_ID_TAG,
    CONNECTOR_BODY,
    CableA,
    ConnectorCommand,
    IdTag,
    IdTokenType,
    ItsNeeds,
    ItsVehicle,
    SessionCommand,
    counted,
)
from voltyard.kernel import limits
from voltyard.kernel.units import WH_PER_KWH


class PlugIn(ConnectorCommand, frozen=True, kw_only=True, tag="plug"):
    """A vehicle's cable goes in. WrongState where one is in already. It wants energy by itself."""

    rest: ClassVar = Rest(
        path="plug-connector",
        summary="Plug in",
        description="The cable goes in: Preparing. The vehicle wants energy by itself.",
        event=BodySchema(
            "PlugConnectorEvent",
            "A connector, and what is plugged in there.",
            {"evse_id": 1, "connector_id": 1},
        ),
        body=BodySchema("PlugBody", "A cable, and the vehicle at its end."),
    )

    vehicle: ItsVehicle = None
    cable_a: CableA = None
    contract_chain: Annotated[
        str | None,
        BodyField(
            min_length=1,
            max_length=limits.CONTRACT_CHAIN_CHARACTERS,
            description="Plug and Charge (OCPP 2.x): the vehicle's contract certificate and those "
            "that signed it, in PEM. The vehicle authorizes itself with it.",
        ),
    ] = None
    emaid: Annotated[
        str | None,
        BodyField(
            min_length=1,
            max_length=36,
            description="The eMAID that the vehicle names; left out: its certificate's.",
        ),
    ] = None
    exi_request: Annotated[
        str | None,
        BodyField(
            min_length=1,
            max_length=5_600,
            description="A CertificateInstallationReq or CertificateUpdateReq in EXI, base64: the "
            "vehicle asks for a contract certificate before anything else.",
        ),
    ] = None
    exi_action: Annotated[
        Literal["Install", "Update"], BodyField(description="What exi_request asks for.")
    ] = "Install"
    charging_needs: ItsNeeds = None


class Unplug(ConnectorCommand, frozen=True, kw_only=True, tag="unplug"):
    """The cable is taken out at the charger; a running transaction ends first."""

    rest: ClassVar = Rest(
        path="unplug-connector",
        summary="Unplug",
        description="The cable comes out: Available. A running transaction ends first.",
        event=A_CONNECTOR,
        body=CONNECTOR_BODY,
    )


class Unlock(ConnectorCommand, frozen=True, kw_only=True, tag="unlock"):
    """The latch is released at the charger itself, e.g. by an attendant's key."""

    rest: ClassVar = Rest(
        path="unlock-connector",
        summary="Release the latch",
        description="At the charger itself, as an attendant's key does.",
        event=A_CONNECTOR,
        body=CONNECTOR_BODY,
    )


class PullCableAtVehicle(ConnectorCommand, frozen=True, kw_only=True, tag="pull_cable_at_ev"):
    """The cable comes out at the vehicle's end; PlugIn puts it back."""

    rest: ClassVar = Rest(
        path="pull-cable-at-ev",
        summary="Pull the cable at the vehicle",
        description="Whether the transaction goes on is for StopTransactionOnEVSideDisconnect to "
        "say; plugging in puts it back.",
        event=A_CONNECTOR,
        body=CONNECTOR_BODY,
    )


class AuthorizeTag(Struct, frozen=True, kw_only=True, tag="authorize"):
    """Ask the CSMS about a tag, nothing more. Done: {idTagInfo: {status, ...}}."""

    rest: ClassVar = Rest(
        path="authorize-id-tag",
        summary="Tap a card",
        description="Authorize goes to the CSMS and nothing else happens; its answer is the "
        "command's result.",
        event=BodySchema("AuthorizeIdTagCommandEvent", "A card.", {"id_tag": AN_ID_TAG}),
        body=BodySchema("AuthorizeBody", "A card to ask about."),
        result={"idTagInfo": {"status": "Accepted"}},
    )

    id_tag: IdTag
    id_token_type: IdTokenType = None


class Swipe(ConnectorCommand, frozen=True, kw_only=True, tag="swipe"):
    """A card at the reader, as a driver would: it starts, or stops, a transaction."""

    rest: ClassVar = Rest(
        path="swipe",
        name="swipe_card",
        summary="Swipe a card",
        description="A card at the reader, as a driver would: an accepted one starts the "
        "transaction of the vehicle plugged in, the same one, or one of its group, stops it.",
        event=BodySchema(
            "SwipeEvent", "A card at the reader of a connector.", {"id_tag": AN_ID_TAG}
        ),
        body=BodySchema("SwipeBody", "A card at the reader."),
    )

    id_tag: IdTag
    id_token_type: IdTokenType = None


class BeginTransaction(ConnectorCommand, frozen=True, kw_only=True, tag="start_transaction"):
    """Begin a transaction with no further question; the caller has plugged and authorized.
    Done: {transaction_id}."""

    rest: ClassVar = Rest(
        path="start-transaction",
        summary="Begin a transaction",
        description="StartTransaction (1.6) or TransactionEvent Started (2.x) without further "
        "question: the caller plugs and authorizes.",
        event=BodySchema(
            "StartTransactionCommandEvent",
            "Who charges, and where.",
            {"id_tag": AN_ID_TAG, "evse_id": 1, "connector_id": 1},
        ),
        body=BodySchema("StartTransactionBody", "A transaction to begin."),
        result={"transaction_id": "1"},
    )

    id_tag: IdTag
    id_token_type: IdTokenType = None


class EndTransaction(Struct, frozen=True, kw_only=True, tag="stop_transaction"):
    """End a transaction, the only running one where no id is given; the cable stays in."""

    rest: ClassVar = Rest(
        path="stop-transaction",
        summary="End a transaction",
        description="StopTransaction (1.6) or TransactionEvent Ended (2.x); the cable stays in.",
        event=BodySchema(
            "StopTransactionCommandEvent",
            "Which transaction; the only running one where none is named.",
            {"transaction_id": "txn-001"},
        ),
        body=BodySchema("StopTransactionBody", "A transaction to end."),
    )

    transaction_id: Annotated[str | None, BodyField(min_length=1, max_length=255)] = None


class StartSession(SessionCommand, frozen=True, kw_only=True, tag="start_session"):
    """Plug in unless plugged, authorize, start; ends by itself after so long or so much.
    Done: {transaction_id} once the transaction runs."""

    rest: ClassVar = Rest(
        path="start-session",
        summary="Begin a session",
        description="Plug in, authorize, start; it ends by itself after duration_seconds or with "
        "target_energy_kwh.",
        event=BodySchema(
            "StartSessionCommandEvent",
            "Who charges, where, and how much.",
            {
                "id_tag": AN_ID_TAG,
                "connector_id": 1,
                "duration_seconds": 300,
                "target_energy_kwh": 20.0,
            },
        ),
        body=BodySchema("StartSessionBody", "A session to begin."),
        result={"transaction_id": "1"},
        arrange=counted,
    )

    id_tag: IdTag
    id_token_type: IdTokenType = None
    duration_s: Annotated[
        float | None, BodyField(name="duration_seconds", type=int, ge=1, le=31_536_000)
    ] = None
    target_energy_wh: Annotated[
        float | None,
        BodyField(
            name="target_energy_kwh",
            gt=0,
            le=1_000_000,
            read=lambda energy_kwh, _: energy_kwh * WH_PER_KWH,
        ),
    ] = None
    vehicle: ItsVehicle = None
    cable_a: CableA = None
    charging_needs: ItsNeeds = None


class StopSession(SessionCommand, frozen=True, kw_only=True, tag="stop_session"):
    """Stop the transaction, then unplug."""

    rest: ClassVar = Rest(
        path="stop-session",
        summary="End a session",
        description="Stop the transaction, then unplug.",
        event=BodySchema("StopSessionCommandEvent", "Where.", {"connector_id": 1}),
        body=BodySchema("StopSessionBody", "A session to end."),
        arrange=counted,
    )


class SetTransactionLimit(ConnectorCommand, frozen=True, kw_only=True, tag="transaction_limit"):
    """The charger ends the transaction that runs at a connector once it has come to a limit
    (2.0.1 E06.FR.08). Done: {limits}, how many there are."""

    rest: ClassVar = Rest(
        path="transaction-limit",
        name="set_transaction_limit",
        summary="Limit a transaction",
        description="The charger itself ends the transaction at the first of these limits, as a "
        "prepaid one does: EnergyLimitReached, TimeLimitReached, SOCLimitReached, or "
        "LocalOutOfCredit by the running cost that the CSMS tells (OCPP 2.x; Other in 1.6). They "
        "take the place of those set before; none at all lifts them.",
        event=BodySchema(
            "TransactionLimitEvent",
            "Where, and what the transaction may come to.",
            {"evse_id": 1, "max_energy_kwh": 10, "max_duration_seconds": 3600},
        ),
        body=BodySchema("TransactionLimitBody", "Limits of a transaction."),
        result={"limits": 2},
    )

    max_energy_wh: Annotated[
        float | None,
        BodyField(
            name="max_energy_kwh",
            gt=0,
            le=1_000_000,
            read=lambda energy_kwh, _: energy_kwh * WH_PER_KWH,
            description="Of the whole transaction.",
        ),
    ] = None
    max_duration_s: Annotated[
        int | None,
        BodyField(
            name="max_duration_seconds",
            ge=1,
            le=31_536_000,
            description="From the start of the transaction.",
        ),
    ] = None
    max_soc_percent: Annotated[
        float | None, BodyField(gt=0, le=100, description="Of the vehicle's battery.")
    ] = None
    max_cost: Annotated[
        float | None,
        BodyField(
            gt=0,
            le=1_000_000,
            description="In the currency of the tariff, as the CSMS tells it (OCPP 2.x).",
        ),
    ] = None


class ChangeChargingNeeds(ConnectorCommand, frozen=True, kw_only=True, tag="charging_needs"):
    """The vehicle has other charging needs, and negotiates its schedule anew (2.0.1 K17)."""

    rest: ClassVar = Rest(
        path="charging-needs",
        name="change_charging_needs",
        summary="The vehicle's needs change",
        description="The vehicle tells other charging needs than before, as with ISO 15118, and "
        "negotiates its schedule anew (2.x: NotifyEVChargingNeeds); it charges on meanwhile.",
        event=BodySchema(
            "ChargingNeedsEvent",
            "Where, and what the vehicle needs.",
            {"evse_id": 1, "charging_needs": {"energy_kwh": 30, "departure_in_seconds": 7200}},
        ),
        body=BodySchema("ChargingNeedsBody", "Charging needs of a vehicle."),
    )

    charging_needs: Annotated[VehicleNeeds, BodyField(type=dict[str, Any], read=needs_of)]


class EvEndsSession(ConnectorCommand, frozen=True, kw_only=True, tag="ev_ends_session"):
    """The vehicle ends its session (ISO 15118 SessionStop): the authorization ends with it (2.0.1
    E15)."""

    rest: ClassVar = Rest(
        path="ev-ends-session",
        name="stop_ev_session",
        summary="The vehicle ends the session",
        description="As by SessionStop of ISO 15118: the transaction ends with StoppedByEV, where "
        "its stop points say so; the cable stays in.",
        event=A_CONNECTOR,
        body=CONNECTOR_BODY,
    )


class EmergencyStop(ConnectorCommand, frozen=True, kw_only=True, tag="emergency_stop"):
    """The red button: the transaction ends with EmergencyStop, the cable stays in."""

    rest: ClassVar = Rest(
        path="emergency-stop",
        name="press_emergency_stop",
        summary="Press the red button",
        description="The transaction ends with EmergencyStop; the cable stays in.",
        event=A_CONNECTOR,
        body=CONNECTOR_BODY,
    )
