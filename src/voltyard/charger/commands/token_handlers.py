"""Handlers of the commands that present id tokens."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.catalogue.commands import commands
from voltyard.charger.authorization.authorizer import Authorizer
from voltyard.charger.authorization.card_readers import CardReaders
from voltyard.charger.authorization.id_token import TokenInfo
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.commands.checks import (
    check_cable,
    check_plugged,
    check_powered,
    check_room,
    check_welcome,
    place_of,
    start_aim,
    stop_at_once,
    token_of,
)
from voltyard.charger.commands.outcome import CommandOutcome
from voltyard.charger.commands.results import connector_result
from voltyard.charger.connection.call_purposes import Aim
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.context import ChargerContext
from voltyard.charger.effects import Done
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.kernel.errors import Conflict, WrongState


@dataclass(slots=True)
class TokenCommands:
    """Id tokens presented, and the transactions they start and stop."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    outbox: TransactionOutbox
    authorization: LocalAuthorization
    sessions: Sessions
    authorizer: Authorizer
    card_readers: CardReaders
    power: PowerAndReset

    def authorize(self, command: commands.AuthorizeTag, id: str) -> CommandOutcome:
        """The CSMS is asked about an id token."""
        token = token_of(self.context, command)
        self.card_readers.check_works(command.id_token_type)
        self.authorizer.present(token, Aim(what="ask", command_id=id))
        return None

    def swipe(self, command: commands.Swipe, id: str) -> CommandOutcome:
        """A card is shown to a reader: it starts or stops a transaction, or releases a cable."""
        evse, connector = place_of(self.context, self.evses, command)
        token = token_of(self.context, command)
        self.card_readers.check_works(command.id_token_type, evse)
        evse, connector = self.card_readers.place_of(evse, connector, token)
        owner, group = evse.authorization.id_token, evse.authorization.group
        if owner is None and self.authorizer.releases(evse, token):
            evse.plug.release()
            return Done({"unlocked": True})
        if owner is None:
            self.sessions.check_free(evse, connector, token)
            check_welcome(self.authorizer, evse, connector, token)
            check_room(self.outbox)
            self.authorizer.present(token, start_aim(evse, connector, id))
            return None
        running = evse.transaction.id if evse.transaction else None
        aim = Aim(what="stop", evse_id=evse.id, transaction=running, command_id=id)
        if owner.key == token.key:
            self.authorizer.conclude(token, aim, TokenInfo("Accepted", None, group))
            return None
        known = self.authorization.known(token, self.context.time)
        if known is not None and known.admits(group):
            self.authorizer.conclude(token, aim, known)
        else:
            self.authorizer.present(token, aim)
        return None

    def begin_transaction(self, command: commands.BeginTransaction, id: str) -> CommandOutcome:
        """A transaction is begun without asking about its id token."""
        evse, connector = place_of(self.context, self.evses, command)
        token = token_of(self.context, command)
        check_plugged(evse, connector)
        check_room(self.outbox)
        known = self.authorization.known(token, self.context.time)
        info = TokenInfo("Accepted", None, known.group if known else None)
        self.authorizer.conclude(token, start_aim(evse, connector, id), info)
        return None

    def end_transaction(self, command: commands.EndTransaction, id: str) -> CommandOutcome:
        """A transaction is stopped at the charger."""
        check_powered(self.power)
        running = [
            evse
            for evse in self.evses
            if evse.transaction is not None
            and command.transaction_id in (None, evse.transaction.wire_id, evse.transaction.id)
        ]
        if not running:
            raise WrongState("no such transaction is running")
        if len(running) > 1:
            raise Conflict(
                "several transactions are running", hint="name one by its transaction_id"
            )
        evse = running[0]
        before = evse.transaction
        assert before is not None
        connector = evse.connectors[before.connector_id - 1]
        stop_at_once(self.sessions, evse)
        return Done(connector_result(self.context, evse, connector, before))

    def start_session(self, command: commands.StartSession, id: str) -> CommandOutcome:
        """A vehicle comes, a card is shown, and it charges."""
        evse, connector = place_of(self.context, self.evses, command)
        token = token_of(self.context, command)
        self.card_readers.check_works(command.id_token_type, evse)
        check_cable(command.cable_a)
        self.sessions.check_free(evse, connector, token)
        check_welcome(self.authorizer, evse, connector, token)
        check_room(self.outbox)
        came = evse.plug.connector is None
        if came:
            needs = command.charging_needs
            self.sessions.plug(
                evse,
                connector,
                command.vehicle,
                command.cable_a,
                None if needs is None else needs.told_at(self.context.now),
            )
        ends = command.duration_s is not None or command.target_energy_wh is not None
        aim = Aim(
            what="start",
            evse_id=evse.id,
            connector_id=connector.id,
            command_id=id,
            duration_s=command.duration_s,
            target_wh=command.target_energy_wh,
            unplugs=ends,
            came=came,
        )
        self.authorizer.present(token, aim)
        return None

    def stop_session(self, command: commands.StopSession, id: str) -> CommandOutcome:
        """The session is stopped, and the vehicle leaves."""
        check_powered(self.power)
        evse, connector = place_of(self.context, self.evses, command)
        check_plugged(evse, connector)
        before = evse.transaction
        if evse.authorization.id_token is not None or before is not None:
            stop_at_once(self.sessions, evse)
        evse.plug.release()  # whoever leaves shows the card first
        self.sessions.unplug(evse)
        return Done(connector_result(self.context, evse, connector, before))
