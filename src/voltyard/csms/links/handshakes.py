"""Answers to chargers' WebSocket handshakes: admitted, or an HTTP status."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from voltyard.csms.admission import Admission, NoCommonSubprotocol
from voltyard.csms.event_log import BackendWriter
from voltyard.csms.links.refusals import Refusals
from voltyard.csms.links.sockets import RefusedLink, Socket
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.security.password_guesses import PasswordGuesses
from voltyard.csms.security.passwords import Passwords, Unproven, basic_credentials
from voltyard.csms.session.session import Session, session_of
from voltyard.kernel import limits
from voltyard.kernel.addressing import addresses
from voltyard.kernel.errors import Forbidden, NotFound, Overfull, Unauthorized, VoltyardError
from voltyard.kernel.time import MINUTE_S, Seconds
from voltyard.ocpp.versions import Version
from voltyard.ports.clock import Clock
from voltyard.ports.journal import Pressure
from voltyard.ports.links import Admitted, Barred, GateDecision, Handshake

_LATER: Final = (("Retry-After", str(limits.HANDSHAKE_RETRY_S)),)
_MUCH_LATER: Final = (("Retry-After", str(round(MINUTE_S))),)
_TOO_MANY: Final = "too many wrong passwords"
_TAKEN: Final = "an older connection of the charger is open, and answers"
_FOREIGN: Final = "chargers are no pages of other servers: the header Origin names another host"
_STATUSES: Final[Mapping[type[VoltyardError], int]] = {
    NotFound: 404,
    Unauthorized: 401,
    Forbidden: 403,
}
_PROTOCOL_ERROR: Final = 1002
_PORT: Final = re.compile(r":\d+$")


class Handshakes:
    """Answers a handshake at once, or once its password has been hashed."""

    def __init__(
        self,
        admission: Admission,
        passwords: Passwords,
        writing: BackendWriter,
        begin: Callable[[RegisteredCharger, Handshake, Version, int], tuple[Socket, Seconds]],
        is_closing: Callable[[], bool],
        refusals: Refusals,
        clock: Clock,
        probe: Callable[[Session, Callable[[], None]], None],
    ) -> None:
        """`begin` makes the end of a link that is let in, given its version and the security
        profile that fits what was shown, and says how often it is to be pinged."""
        self._admission = admission
        self._passwords = passwords
        self._writer = writing
        self._begin = begin
        self._is_closing = is_closing
        self._refusals = refusals
        self._clock = clock
        self._probe = probe
        self._guesses = PasswordGuesses()

    def judged(self, handshake: Handshake) -> GateDecision | Awaitable[GateDecision]:
        """See `ports.links.Gate`."""
        if _is_foreign(handshake):
            return self._refused(handshake, 403, _FOREIGN)
        charger = self._admission.named(handshake)
        may_guess = charger is None or not self._guesses.are_spent(
            charger.row.id, _household(handshake), self._clock()
        )
        if handshake.authorization is not None and not may_guess:
            return self._refused(handshake, 429, _TOO_MANY, _MUCH_LATER)
        try:
            return self._judge(handshake, None)
        except (Unproven, _Contested) as question:
            return self._find_out(handshake, question)

    async def _find_out(
        self, handshake: Handshake, question: "Unproven | _Contested"
    ) -> GateDecision:
        """Judge by how things are once a password is proved, or an older connection has been asked
        for a sign of life: the charger may be another by then, its password too, and the server may
        end."""
        silent: Session | None = None
        for _ in range(limits.PASSWORD_ROUNDS):
            if isinstance(question, _Contested):
                if await self._lives(question.session):
                    return self._refused(handshake, 409, _TAKEN, _LATER)
                silent = question.session
            elif (refusal := await self._proved(handshake, question)) is not None:
                return refusal
            try:
                return self._judge(handshake, silent)
            except (Unproven, _Contested) as another:
                question = another
        return Barred(503, "too many passwords to be checked", _LATER)

    async def _proved(self, handshake: Handshake, unproven: Unproven) -> Barred | None:
        """Have a password hashed; a refusal where that is not to be had."""
        address, charger_id = _household(handshake), unproven.charger_id
        if not await self._guesses.begin(charger_id, address, self._clock):
            return self._refused(handshake, 429, _TOO_MANY, _MUCH_LATER)
        is_wrong = False
        try:
            is_wrong = not await self._passwords.prove(unproven, address)
        except Overfull as error:
            return Barred(503, error.message, _LATER)
        except asyncio.CancelledError:
            # Who hangs up in time would have passwords hashed without end.
            is_wrong = self._passwords.is_proving(unproven, address)
            raise
        finally:
            self._guesses.end(charger_id, address, self._clock(), is_wrong=is_wrong)
        return None

    async def _lives(self, session: Session) -> bool:
        """Ask an older connection for a sign of life."""
        answered = asyncio.Event()
        self._probe(session, answered.set)
        try:
            async with asyncio.timeout(limits.TAKEOVER_PING_S):
                await answered.wait()
        except TimeoutError:
            return False
        return True

    def _judge(self, handshake: Handshake, silent: Session | None) -> GateDecision:
        """Admit, or not; `silent` is an older connection that gave no sign of life."""
        if self._is_closing():
            return Barred(503, "the server ends")
        if self._writer.pressure is Pressure.FULL:
            # Each connection is a row, too.
            return Barred(503, "the database does not keep up", _LATER)
        try:
            charger, profile, version, subprotocol = self._admission.admit(handshake)
        except NoCommonSubprotocol as error:
            if error.is_closed:
                return Admitted(RefusedLink(_PROTOCOL_ERROR, str(error)), None)
            return Barred(400, str(error))
        except VoltyardError as error:
            status = _STATUSES[type(error)]
            self._note(handshake, error.message)
            challenge = (("WWW-Authenticate", 'Basic realm="ocpp"'),) if status == 401 else ()
            return Barred(status, str(error), challenge)
        older = session_of(charger)
        if charger.row.takeover == "oldest" and older is not None and older is not silent:
            raise _Contested(older)
        self._look_at_password(charger, handshake)
        socket, ping_interval_s = self._begin(charger, handshake, version, profile)
        return Admitted(socket, subprotocol, ping_interval_s)

    def _note(self, handshake: Handshake, reason: str) -> None:
        now, address = self._clock(), addresses.without_port(handshake.remote)
        charger = self._admission.named(handshake)
        self._refusals.note(charger, address, reason, now)
        shown = basic_credentials(handshake.authorization)
        stored = None if charger is None else charger.row.password_hash
        if charger is None or shown is None or stored is None:
            return
        if self._passwords.note_wrong(shown[1], stored):
            self._guesses.wrong(charger.row.id, _household(handshake), now)

    def _refused(
        self,
        handshake: Handshake,
        status: int,
        reason: str,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Barred:
        address = addresses.without_port(handshake.remote)
        charger = self._admission.named(handshake)
        self._refusals.note(charger, address, reason, self._clock())
        return Barred(status, reason, headers)

    def _look_at_password(self, charger: RegisteredCharger, handshake: Handshake) -> None:
        """A charger that comes with the password it was sent has taken it."""
        taken = charger.row.next_password_hash
        if taken is not None and self._admission.shows(handshake, charger, taken):
            charger.row = msgspec.structs.replace(
                charger.row, password_hash=taken, next_password_hash=None
            )
            self._writer.write((charger.stored(),))


class _Contested(Exception):
    """An older connection of the charger is open, and may stay."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session


def _household(handshake: Handshake) -> str:
    return addresses.household(addresses.without_port(handshake.remote))


def _is_foreign(handshake: Handshake) -> bool:
    """True where a browser shows the page of another server: it may know an identity, and sends a
    password that it has kept.

    Chargers' libraries write an Origin, too: that of a file, or the host without its port. No page
    from the web has the first, whose own is null.
    """
    origin, host = (handshake.origin or "").lower(), (handshake.host or "").lower()
    if handshake.origin is None or origin == "file://":
        return False
    try:
        place = urlsplit(origin).netloc
    except ValueError:
        return True
    return not host or place not in (host, _PORT.sub("", host))
