"""Presented id tokens: authorized here or by the CSMS (Authorize), and what follows."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.commands.results import connector_result, transaction_result
from voltyard.charger.connection.call_purposes import Aim, Authorize
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.effects import Done, Failed
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.session_ends import SessionEnd
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.reservation.reservation import Permission
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.transactions.transaction import Reason
from voltyard.charger.variables.standard.authorization import MASTER_PASS_GROUP
from voltyard.charger.variables.standard.tariff_cost import TARIFF_ENABLED
from voltyard.kernel.errors import VoltyardError

UNREACHED = Failed("not_connected", "the CSMS cannot be asked", {"hint": "once it has connected"})


@dataclass(slots=True, eq=False, repr=False)
class Authorizer:
    """Authorizes presented tokens, then starts or stops what they were presented for."""

    _context: ChargerContext
    _wire: ChargerWire
    _authorization: LocalAuthorization
    _transactions: TransactionLifecycle
    _sessions: Sessions
    _smart: SmartCharging

    def right(self, evse: Evse, connector: Connector, token: IdToken) -> Permission:
        """The right of a token to use a connector, as far as reservations go and it is known
        here."""
        known = self._authorization.known(token, self._context.time)
        return self._sessions.book.right(evse, connector, token, known)

    def releases(self, evse: Evse, token: IdToken) -> bool:
        """True where a card releases a cable that stayed locked: its owner's, or one of the
        group."""
        if evse.plug.locked_for is None:
            return False
        known = self._authorization.known(token, self._context.time)
        same = evse.plug.locked_for.key == token.key
        return same or (known is not None and known.admits(evse.plug.locked_group))

    def present(self, token: IdToken, aim: Aim) -> None:
        """Decide here if that is possible, else ask the CSMS."""
        context = self._context
        if aim.what == "ask":
            verdict = None
        else:
            verdict = self._authorization.decide(token, context.time, online=context.online)
        if isinstance(verdict, TokenInfo):
            self.conclude(token, aim, verdict, asked=context.online)
        elif not context.online or not self._wire.call(
            context.dialect.authorize(token), Authorize(token, aim)
        ):
            self._end(aim, UNREACHED)

    def answered(self, inquiry: Authorize, info: TokenInfo) -> None:
        """The CSMS has said what it thinks of a token."""
        context = self._context
        if self._authorization.learn(inquiry.token, info, context.time):
            context.remember()
        self.conclude(inquiry.token, inquiry.aim, info)

    def unanswered(self, inquiry: Authorize, failure: Failed) -> None:
        """The CSMS has not: what is known here decides, as it does offline."""
        context = self._context
        if inquiry.aim.what == "ask":
            context.conclude(inquiry.aim.command_id, failure)
            return
        verdict = self._authorization.decide(inquiry.token, context.time, online=False)
        assert isinstance(verdict, TokenInfo)
        self.conclude(inquiry.token, inquiry.aim, verdict, asked=False)

    def conclude(self, token: IdToken, aim: Aim, info: TokenInfo, *, asked: bool = True) -> None:
        """Do what the token was presented for, or refuse it. Not `asked`: the CSMS had no say."""
        context = self._context
        if aim.what == "ask":
            context.conclude(
                aim.command_id, Done({"idTagInfo": context.dialect.shown_token_info(info)})
            )
            return
        try:
            evse = self._sessions.evses[aim.evse_id - 1]
            outcome: Done | Failed | None
            if aim.what == "stop":
                outcome = self._stop(evse, token, aim, info)
            elif self._is_master(info):
                outcome = self._stop_all(token, aim)
            elif info.valid_at(evse.id):
                outcome = self._start(evse, token, aim, info)
            elif info.status == "Accepted":
                outcome = Failed("refused", "the token is not valid at this EVSE", _places(info))
            else:
                outcome = _refusal(info) if asked else _unasked(info)
        except VoltyardError as error:
            outcome = Failed(error.code, error.message, dict(error.details))
        if outcome is not None:
            self._end(aim, outcome)

    def _end(self, aim: Aim, outcome: Done | Failed) -> None:
        """Say what came of it; who came for it alone leaves where nothing did."""
        if aim.came and isinstance(outcome, Failed):
            self._sessions.leave(self._sessions.evses[aim.evse_id - 1])
        self._context.conclude(aim.command_id, outcome)

    def _start(self, evse: Evse, token: IdToken, aim: Aim, info: TokenInfo) -> Done | Failed | None:
        connector = evse.connectors[aim.connector_id - 1]
        if aim.profile is not None:
            self._sessions.check_free(evse, connector, token)
            self._smart.expect(evse, aim.profile)
        self._sessions.authorize(
            evse, connector, token, info.group, aim.trigger, aim.remote_start_id
        )
        evse.note_message(info.message if self._context.settings.flag(TARIFF_ENABLED) else None)
        evse.set_ends(self._ends(evse, aim))
        evse.foresee()
        transaction = evse.transaction
        if transaction is None:
            return Done(self._awaited(evse, info))
        if transaction.wire_id is None and self._context.online and aim.command_id is not None:
            transaction.await_confirmation(aim.command_id, came=aim.came)
            return None
        return Done(transaction_result(self._context, evse, transaction))

    def _ends(self, evse: Evse, aim: Aim) -> tuple[SessionEnd, ...]:
        """The end that the driver wants, if any."""
        if aim.duration_s is None and aim.target_wh is None:
            return ()
        at = None if aim.duration_s is None else self._context.now + aim.duration_s
        bound = None if aim.target_wh is None else evse.meter.register_wh + aim.target_wh
        return (SessionEnd(at, bound, unplugs=aim.unplugs),)

    def _awaited(self, evse: Evse, info: TokenInfo) -> dict[str, object]:
        """The result of a token that was accepted before there was anything to begin with."""
        told: dict[str, object] = {
            "idTagInfo": self._context.dialect.shown_token_info(info),
            "transaction_id": None,
            "transaction": None,
        }
        if evse.plug.connector is None:
            told["awaits"] = "vehicle"
            if evse.authorization.expires_at is not None:
                told["expires_in_s"] = evse.authorization.expires_at - self._context.now
        return told

    def _stop(self, evse: Evse, token: IdToken, aim: Aim, info: TokenInfo) -> Done | Failed:
        """A token may stop what it began, and what another of its group began (1.6 section 4.8)."""
        running, owner = evse.transaction, evse.authorization.id_token
        if (running.id if running else None) != aim.transaction or owner is None:
            return Failed("wrong_state", "there is nothing to stop any more")
        if self._is_master(info):
            return self._stopped(evse, "MasterPass", token)
        if owner.key != token.key and not info.admits(evse.authorization.group):
            return _refusal(info)
        return self._stopped(evse, "Local", token)

    def _stopped(self, evse: Evse, reason: Reason, token: IdToken) -> Done:
        running, connector = evse.transaction, evse.plug.place
        self._sessions.stop(evse, "StopAuthorized", reason, token)
        return Done(connector_result(self._context, evse, connector, running))

    def _is_master(self, info: TokenInfo) -> bool:
        """True where it is a master pass (2.0.1 C16)."""
        group = self._context.settings.text(MASTER_PASS_GROUP).lower()
        return bool(group) and info.admits(group)

    def _stop_all(self, token: IdToken, aim: Aim) -> Done | Failed:
        """End all that runs, for a master pass shown where no vehicle charges; it begins
        nothing."""
        running = [evse for evse in self._sessions.evses if evse.transaction is not None]
        if aim.trigger != "Authorized" or not running:
            return Failed("refused", "a master pass begins no transaction", {"status": "Accepted"})
        ended = [evse.transaction.id for evse in running if evse.transaction is not None]
        for evse in running:
            self._sessions.stop(evse, "StopAuthorized", "MasterPass", token)
        return Done({"ended": ended})


def _unasked(info: TokenInfo) -> Failed:
    why = f"the CSMS cannot be asked, and to the charger the token is {info.status}"
    hint = "AllowOfflineTxForUnknownId, the local list and the cache decide offline"
    return Failed("refused", why, {"status": info.status, "hint": hint})


def _places(info: TokenInfo) -> dict[str, object]:
    return {"status": info.status, "evse_ids": list(info.evse_ids)}


def _refusal(info: TokenInfo) -> Failed:
    why = f"the token is {info.status}"
    if info.status == "Accepted":
        why = "the token is neither the one that began nor of its group"
    return Failed("refused", why, {"status": info.status})
