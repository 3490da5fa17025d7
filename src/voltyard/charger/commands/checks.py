"""Checks that handlers of commands share: raised before anything is changed."""

from __future__ import annotations

from typing import Any, cast

from voltyard.catalogue.commands.shared import ConnectorCommand
from voltyard.charger.authorization.authorizer import Authorizer
from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.commands.results import transaction_ids
from voltyard.charger.connection.call_purposes import Aim
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.reservation.reservation import reserved
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.kernel.errors import Invalid, Overfull, WrongState
from voltyard.ocpp.id_tokens import fitting_type


def place_of(
    context: ChargerContext, evses: tuple[Evse, ...], command: Any
) -> tuple[Evse, Connector]:
    """The connector a command means."""
    at = cast(ConnectorCommand, command)
    return context.dialect.locate(evses, at)


def token_of(context: ChargerContext, command: Any) -> IdToken:
    """The id token a command presents."""
    text: str = command.id_tag
    longest = context.dialect.longest_token
    if not text or len(text) > longest:
        raise Invalid(f"an id tag has 1 to {longest} characters")
    kinds = context.dialect.token_kinds
    kind: str = command.id_token_type or fitting_type(text)
    if kinds and kind not in kinds:
        raise Invalid("no type of an id token", known=sorted(kinds))
    if kinds and kind == "NoAuthorization":
        text = ""  # a start button is nobody's (2.0.1 C02.FR.01)
    return IdToken(text, kind)


def running_at(evses: tuple[Evse, ...]) -> list[dict[str, Any]]:
    """The transactions that run, by EVSE."""
    return [
        {"evse_id": evse.id, **transaction_ids(evse.transaction)}
        for evse in evses
        if evse.transaction is not None
    ]


def check_powered(power: PowerAndReset) -> None:
    """WrongState where the charger has no power."""
    if not power.powered:
        raise WrongState("the charger has no power", hint="power-restore brings it back")


def check_cable(cable_a: float | None) -> None:
    """Invalid where a cable carries nothing."""
    if cable_a is not None and not cable_a > 0.0:  # NaN is refused too
        raise Invalid("a cable carries more than 0 A")


def check_plugged(evse: Evse, connector: Connector) -> None:
    """WrongState where no vehicle is plugged in."""
    if evse.plug.connector is not connector:
        raise WrongState(
            "no vehicle is plugged in there", evse_id=evse.id, connector_id=connector.id
        )


def check_welcome(authorizer: Authorizer, evse: Evse, connector: Connector, token: IdToken) -> None:
    """WrongState where it is reserved, and not for them."""
    if authorizer.right(evse, connector, token) == "no":
        raise reserved(evse, connector)


def start_aim(evse: Evse, connector: Connector, id: str) -> Aim:
    """The aim of a token that is to start a transaction there."""
    return Aim(what="start", evse_id=evse.id, connector_id=connector.id, command_id=id)


def check_room(outbox: TransactionOutbox) -> None:
    """Overfull where the outbox has no place for another transaction."""
    if outbox.full:
        raise Overfull("too many transaction messages wait to be sent")


def stop_at_once(sessions: Sessions, evse: Evse) -> None:
    """Stop what runs at an EVSE, as its driver does."""
    sessions.stop(evse, "StopAuthorized", "Local", evse.authorization.id_token, at_once=True)
