"""Answers to chargers' WebSocket handshakes: admitted, or an HTTP status."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from voltyard.csms.admission import Admission, NoCommonSubprotocol
from voltyard.csms.event_log import BackendWriter
from voltyard.csms.links.refusals import Refusals
from voltyard.csms.links.sockets import RefusedLink, Socket
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.security.password_guesses import PasswordGuesses
from voltyard.csms.security.passwords import Passwords, Unproven, basic_credentials
from voltyard.kernel import limits
from voltyard.kernel.addressing import addresses
from voltyard.kernel.errors import NotFound, Overfull, Unauthorized, VoltyardError
from voltyard.kernel.time import MINUTE_S, Seconds
from voltyard.ocpp.versions import Version
from voltyard.ports.clock import Clock
from voltyard.ports.journal import Pressure
from voltyard.ports.links import Admitted, Barred, GateDecision, Handshake

_LATER: Final = (("Retry-After", str(limits.HANDSHAKE_RETRY_S)),)
_MUCH_LATER: Final = (("Retry-After", str(round(MINUTE_S))),)
_TOO_MANY: Final = "too many wrong passwords"
_STATUSES: Final[Mapping[type[VoltyardError], int]] = {NotFound: 404, Unauthorized: 401}
_PROTOCOL_ERROR: Final = 1002


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
        self._guesses = PasswordGuesses()

    def judged(self, handshake: Handshake) -> GateDecision | Awaitable[GateDecision]:
        """See `ports.links.Gate`."""
        charger = self._admission.named(handshake)
        if charger is not None and handshake.authorization is not None:
            address = addresses.without_port(handshake.remote)
            if self._guesses.are_spent(charger.row.id, address, self._clock()):
                return self._too_many(handshake)
        try:
            return self._judge(handshake)
        except Unproven as unproven:
            return self._prove(handshake, unproven)

    async def _prove(self, handshake: Handshake, unproven: Unproven) -> GateDecision:
        """Judge by how things are once the password is proved: the charger may be another by then,
        its password too, and the server may end."""
        address = addresses.without_port(handshake.remote)
        for _ in range(limits.PASSWORD_ROUNDS):
            charger_id = unproven.charger_id
            if not self._guesses.begin(charger_id, address, self._clock()):
                return self._too_many(handshake)
            is_right = True
            try:
                is_right = await self._passwords.prove(unproven, address)
            except Overfull as error:
                return Barred(503, error.message, _LATER)
            finally:
                if is_right:
                    self._guesses.right(charger_id, address, self._clock())
            try:
                return self._judge(handshake)
            except Unproven as another:
                unproven = another
        return Barred(503, "too many passwords to be checked", _LATER)

    def _judge(self, handshake: Handshake) -> GateDecision:
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
            self._guesses.wrong(charger.row.id, address, now)

    def _too_many(self, handshake: Handshake) -> Barred:
        address = addresses.without_port(handshake.remote)
        charger = self._admission.named(handshake)
        self._refusals.note(charger, address, _TOO_MANY, self._clock())
        return Barred(429, _TOO_MANY, _MUCH_LATER)

    def _look_at_password(self, charger: RegisteredCharger, handshake: Handshake) -> None:
        """A charger that comes with the password it was sent has taken it."""
        taken = charger.row.next_password_hash
        if taken is not None and self._admission.shows(handshake, charger, taken):
            charger.row = msgspec.structs.replace(
                charger.row, password_hash=taken, next_password_hash=None
            )
            self._writer.write((charger.stored(),))
