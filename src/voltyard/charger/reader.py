"""A token is presented: at the reader, by a remote start, or by a command. What comes of it."""

from __future__ import annotations

from voltyard.charger.authorization import Authorization, IdToken, TokenInfo
from voltyard.charger.core import Core
from voltyard.charger.effects import Done, Failed
from voltyard.charger.evse import Evse
from voltyard.charger.ledger import Ledger, started
from voltyard.charger.purposes import Aim, Inquiry
from voltyard.charger.sessions import Sessions
from voltyard.charger.wire import Wire
from voltyard.kernel.errors import VoltyardError

UNREACHED = Failed("not_connected", "the CSMS cannot be asked", {"hint": "once it has connected"})


class Reader:
    """Presented tokens and their consequences."""

    __slots__ = ("_authorization", "_core", "_ledger", "_sessions", "_wire")

    def __init__(
        self,
        core: Core,
        wire: Wire,
        authorization: Authorization,
        ledger: Ledger,
        sessions: Sessions,
    ) -> None:
        self._core = core
        self._wire = wire
        self._authorization = authorization
        self._ledger = ledger
        self._sessions = sessions

    def present(self, token: IdToken, aim: Aim) -> None:
        """Decide here if that is possible, else ask the CSMS."""
        core = self._core
        if aim.what == "ask":
            verdict = None
        else:
            verdict = self._authorization.decide(token, core.time, online=core.online)
        if isinstance(verdict, TokenInfo):
            self.conclude(token, aim, verdict)
        elif not core.online or not self._wire.call(
            core.dialect.authorize(token), Inquiry(token, aim)
        ):
            core.conclude(aim.command_id, UNREACHED)

    def answered(self, inquiry: Inquiry, info: TokenInfo) -> None:
        """The CSMS has said what it thinks of a token."""
        core = self._core
        if self._authorization.learn(inquiry.token, info, core.time):
            core.remember()
        self.conclude(inquiry.token, inquiry.aim, info)

    def unanswered(self, inquiry: Inquiry, failure: Failed) -> None:
        """The CSMS has not: what is known here decides, as it does offline."""
        core = self._core
        if inquiry.aim.what == "ask":
            core.conclude(inquiry.aim.command_id, failure)
            return
        verdict = self._authorization.decide(inquiry.token, core.time, online=False)
        assert isinstance(verdict, TokenInfo)
        self.conclude(inquiry.token, inquiry.aim, verdict)

    def conclude(self, token: IdToken, aim: Aim, info: TokenInfo) -> None:
        """Do what the token was presented for, or refuse it."""
        core = self._core
        if aim.what == "ask":
            core.conclude(aim.command_id, Done({"idTagInfo": core.dialect.told_token(info)}))
            return
        try:
            evse = self._sessions.evses[aim.evse_id - 1]
            if aim.what == "start":
                outcome = self._start(evse, token, aim, info)
            else:
                outcome = self._stop(evse, token, aim, info)
        except VoltyardError as error:
            outcome = Failed(error.code, error.message, dict(error.details))
        if outcome is not None:
            core.conclude(aim.command_id, outcome)

    def _start(self, evse: Evse, token: IdToken, aim: Aim, info: TokenInfo) -> Done | Failed | None:
        if info.status != "Accepted":
            return _refusal(info)
        connector = evse.connectors[aim.connector_id - 1]
        self._sessions.authorize(
            evse, connector, token, info.group, aim.trigger, aim.remote_start_id
        )
        if aim.duration_s is not None:
            evse.end_at = self._core.now + aim.duration_s
        if aim.target_wh is not None:
            evse.end_wh = evse.register_wh + aim.target_wh
        evse.unplugs = aim.unplugs
        evse.foresee()
        transaction = evse.transaction
        if transaction is None:
            return Done({"transaction_id": None, "transaction": None})
        if transaction.wire_id is None and self._core.online and aim.command_id is not None:
            transaction.waiting_command = aim.command_id
            return None
        return Done(started(transaction))

    def _stop(self, evse: Evse, token: IdToken, aim: Aim, info: TokenInfo) -> Done | Failed:
        """A token may stop what it began, and what another of its group began (1.6 section 4.8)."""
        running = evse.transaction
        if (running.id if running else None) != aim.transaction or evse.id_token is None:
            return Failed("wrong_state", "there is nothing to stop any more")
        if evse.id_token.key != token.key and not info.admits(evse.group):
            return _refusal(info)
        self._sessions.stop(evse, "StopAuthorized", "Local", token)
        return Done({"transaction": aim.transaction})


def _refusal(info: TokenInfo) -> Failed:
    why = f"the token is {info.status}"
    if info.status == "Accepted":
        why = "the token is neither the one that began nor of its group"
    return Failed("refused", why, {"status": info.status})
