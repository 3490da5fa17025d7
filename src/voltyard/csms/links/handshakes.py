"""Answers to chargers' WebSocket handshakes: admitted, or an HTTP status.

Who is refused is told no more than OCPP-J asks for: 404 where no charger of that identity is
registered, else 401. The reason is for the operator alone (`Refusals`).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from math import ceil
from typing import Final
from urllib.parse import urlsplit

import msgspec

from voltyard.csms.admission import Admission, AdmittedCharger, NoCommonSubprotocol
from voltyard.csms.event_log import BackendWriter
from voltyard.csms.links.admission_pace import AdmissionPace
from voltyard.csms.links.sockets import RefusedLink, Socket
from voltyard.csms.ownership.claims import ClaimDesk
from voltyard.csms.refusals.node_refusals import RefusalNotes
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.security.password_guesses import PasswordGuesses
from voltyard.csms.security.passwords import Passwords, Unproven, basic_credentials
from voltyard.csms.session.session import Session, session_of
from voltyard.kernel import limits
from voltyard.kernel.addressing import addresses
from voltyard.kernel.errors import (
    Conflict,
    Forbidden,
    NotFound,
    Overfull,
    Unauthorized,
    VoltyardError,
)
from voltyard.kernel.time import MINUTE_S, Seconds
from voltyard.ocpp.versions import Version
from voltyard.ports.clock import Clock
from voltyard.ports.journal import Pressure
from voltyard.ports.links import Admitted, Barred, GateDecision, Handshake

_LATER: Final = (("Retry-After", str(limits.HANDSHAKE_RETRY_S)),)
_MUCH_LATER: Final = (("Retry-After", str(round(MINUTE_S))),)
_TOO_MANY: Final = "too many wrong passwords"
_PACED: Final = "more chargers dial at once than are let in"
_ENDS: Final = "the server ends"
_MOVES: Final = "the charger moves to another server"
_TAKEN: Final = "an older connection of the charger is open, and answers"
_FOREIGN: Final = "chargers are no pages of other servers: the header Origin names another host"
_STATUSES: Final[Mapping[type[VoltyardError], int]] = {
    NotFound: 404,
    Unauthorized: 401,
    Forbidden: 403,
}
_UNTOLD: Final = "not let in: the server's operator is told why"
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
        ending_s: Callable[[], Seconds | None],
        refusals: RefusalNotes,
        clock: Clock,
        lives: Callable[[Session], Awaitable[bool]],
        have_room: Callable[[str, RegisteredCharger | None], bool],
        pace: AdmissionPace,
        *,
        hides_identities: bool = False,
        claims: ClaimDesk | None = None,
    ) -> None:
        """`begin` makes the end of a link that is let in, given its version and the security
        profile that fits what was shown, and says how often it is to be pinged. `ending_s` is None
        until the server ends, then the time in which it hangs up on all. `have_room` is true
        where one more link may open, of that address and charger, and `pace` says how many may at
        once, `lives` whether an older connection gives a sign of life. With `hides_identities` one
        that is not registered is answered like a wrong password. With `claims` one that is not here
        is had from the process that has it."""
        self._admission = admission
        self._passwords = passwords
        self._writer = writing
        self._begin = begin
        self._ending_s = ending_s
        self._refusals = refusals
        self._clock = clock
        self._lives = lives
        self._claims = claims
        self._have_room = have_room
        self._pace = pace
        self._hides_identities = hides_identities
        self._guesses = PasswordGuesses()

    def judged(self, handshake: Handshake) -> GateDecision | Awaitable[GateDecision]:
        """See `ports.links.Gate`."""
        decision = self._known(handshake)
        return self._held(decision) if self._hides_identities else decision

    def _known(self, handshake: Handshake) -> GateDecision | Awaitable[GateDecision]:
        """The decision by what is in memory, or once it is known who has the charger."""
        if self._claims is None or self._admission.named(handshake) is not None:
            return self._decided(handshake, is_absent=self._claims is None)
        name = self._admission.name(handshake)
        if name is None or _is_foreign(handshake):
            return self._decided(handshake, is_absent=True)
        return self._claimed(handshake, name, self._claims)

    async def _held(self, decision: GateDecision | Awaitable[GateDecision]) -> GateDecision:
        """The decision; a refusal no sooner than others, whose time would tell what was looked
        at."""
        soonest = asyncio.get_running_loop().time() + limits.REFUSAL_HELD_S
        decided = decision if isinstance(decision, Admitted | Barred) else await decision
        if isinstance(decided, Barred):
            await asyncio.sleep(soonest - asyncio.get_running_loop().time())
        return decided

    def _decided(
        self, handshake: Handshake, *, is_absent: bool
    ) -> GateDecision | Awaitable[GateDecision]:
        """`is_absent`: one that is not here is nowhere else."""
        if _is_foreign(handshake):
            return self._refused(handshake, 403, RefusalReason.FOREIGN_ORIGIN, _FOREIGN)
        if not self._may_guess(handshake, self._admission):
            return self._guessed_too_often(handshake)
        try:
            return self._judge(handshake, None, is_absent)
        except (Unproven, _Contested) as question:
            return self._find_out(handshake, question, is_absent)

    def _may_guess(self, handshake: Handshake, admission: Admission) -> bool:
        charger = admission.named(handshake)
        guessed = self._decoy(handshake) if charger is None else charger.row.id
        if handshake.authorization is None or guessed is None:
            return True
        return not self._guesses.are_spent(guessed, _household(handshake), self._clock())

    async def _claimed(
        self, handshake: Handshake, name: tuple[str, str], claims: ClaimDesk
    ) -> GateDecision:
        """The decision on a charger that is not here. It is judged by what is stored of it first:
        only who would be let in has it brought here."""
        try:
            stored = await claims.look_up(name, handshake.remote)
            is_absent = stored is None
            if stored is not None:
                refusal = await self._previewed(handshake, self._admission.of(stored))
                if refusal is not None:
                    return refusal
                is_absent = not await claims.claim(name, handshake.remote)
        except Conflict:
            return self._taken(handshake)
        except VoltyardError as error:
            return self._busy(handshake, error.message)
        except Exception as error:
            self._writer.complain(error)
            return self._busy(handshake, "it cannot be told now which server has the charger")
        decision = self._decided(handshake, is_absent=is_absent)
        return decision if isinstance(decision, Admitted | Barred) else await decision

    async def _previewed(self, handshake: Handshake, admission: Admission) -> GateDecision | None:
        """The refusal of one that would not be let in; None: it would."""
        if not self._may_guess(handshake, admission):
            return self._guessed_too_often(handshake)
        for _ in range(limits.PASSWORD_ROUNDS):
            try:
                admitted = self._admissible(handshake, admission, is_absent=False)
            except Unproven as unproven:
                if (refusal := await self._proved(handshake, unproven)) is not None:
                    return refusal
            else:
                return None if isinstance(admitted, AdmittedCharger) else admitted
        return self._busy(handshake, "too many passwords to be checked")

    async def _find_out(
        self, handshake: Handshake, question: "Unproven | _Contested", is_absent: bool
    ) -> GateDecision:
        """Judge by how things are once a password is proved, or an older connection has been asked
        for a sign of life: the charger may be another by then, its password too, and the server may
        end."""
        silent: Session | None = None
        for _ in range(limits.PASSWORD_ROUNDS):
            if isinstance(question, _Contested):
                if await self._lives(question.session):
                    return self._taken(handshake)
                silent = question.session
            elif (refusal := await self._proved(handshake, question)) is not None:
                return refusal
            try:
                return self._judge(handshake, silent, is_absent)
            except (Unproven, _Contested) as another:
                question = another
        return self._busy(handshake, "too many passwords to be checked")

    async def _proved(self, handshake: Handshake, unproven: Unproven) -> Barred | None:
        """Have a password hashed; a refusal where that is not to be had."""
        address, charger_id = _household(handshake), unproven.charger_id
        if not await self._guesses.begin(charger_id, address, self._clock):
            return self._guessed_too_often(handshake)
        is_wrong = False
        try:
            is_wrong = not await self._passwords.prove(unproven, address)
        except Overfull as error:
            return self._busy(handshake, error.message)
        except asyncio.CancelledError:
            # Who hangs up in time would have passwords hashed without end.
            is_wrong = self._passwords.is_proving(unproven, address)
            raise
        finally:
            self._guesses.end(charger_id, address, self._clock(), is_wrong=is_wrong)
        return None

    def _judge(self, handshake: Handshake, silent: Session | None, is_absent: bool) -> GateDecision:
        """Admit, or not; `silent` is an older connection that gave no sign of life."""
        admitted = self._admissible(handshake, self._admission, is_absent)
        if not isinstance(admitted, AdmittedCharger):
            return admitted
        charger, profile, version, subprotocol = admitted
        if self._admission.is_leaving(charger):
            return self._busy(handshake, _MOVES)
        older = session_of(charger)
        if charger.row.takeover == "oldest" and older is not None and older is not silent:
            raise _Contested(older)
        wait_s = self._pace.wait_s(self._clock())
        if wait_s:
            later = (("Retry-After", str(ceil(wait_s))),)
            return self._refused(handshake, 503, RefusalReason.SERVER_BUSY, _PACED, later)
        self._look_at_password(charger, handshake)
        socket, ping_interval_s = self._begin(charger, handshake, version, profile)
        return Admitted(socket, subprotocol, ping_interval_s)

    def _admissible(
        self, handshake: Handshake, admission: Admission, is_absent: bool
    ) -> AdmittedCharger | GateDecision:
        """The charger that may come in, as far as what it shows goes; else the answer to it."""
        if (ending_s := self._ending_s()) is not None:
            return self._sent_on(handshake, ending_s)
        if self._writer.pressure is Pressure.FULL:
            # Each connection is a row, too.
            return self._busy(handshake, "the database does not keep up")
        if not self._have_room(handshake.remote, admission.named(handshake)):
            reason = RefusalReason.TOO_MANY_CONNECTIONS
            return self._refused(handshake, 503, reason, _UNTOLD, _MUCH_LATER)
        try:
            return admission.admit(handshake)
        except NoCommonSubprotocol as error:
            self._note(handshake, error)
            if error.is_closed:
                return Admitted(RefusedLink(_PROTOCOL_ERROR, str(error)), None)
            return Barred(400, str(error))
        except VoltyardError as error:
            if isinstance(error, NotFound) and not is_absent:
                return self._busy(handshake, _MOVES)  # it was here, or was to be, a moment ago
            self._weigh_decoy(handshake, admission)
            self._note(handshake, error)
            self._note_guess(handshake, admission)
            status = 401 if self._hides_identities else _STATUSES[type(error)]
            challenge = (("WWW-Authenticate", 'Basic realm="ocpp"'),) if status == 401 else ()
            return Barred(status, str(error) if status == 404 else _UNTOLD, challenge)

    def _decoy(self, handshake: Handshake) -> str | None:
        """In the place of the id and the stored password of a charger that is not registered, so
        that guesses count, and cost, as much as at one that is."""
        if not self._hides_identities:
            return None
        return self._passwords.decoy("/".join(part for part in handshake.path.split("/") if part))

    def _weigh_decoy(self, handshake: Handshake, admission: Admission) -> None:
        """Unproven where a password is shown for no charger that is registered."""
        shown, decoy = basic_credentials(handshake.authorization), self._decoy(handshake)
        if shown and decoy is not None and admission.named(handshake) is None:
            self._passwords.verify(shown[1], decoy, decoy)

    def _note(self, handshake: Handshake, error: VoltyardError) -> None:
        self._refusals.note(handshake, error.details["reason"], self._clock())

    def _note_guess(self, handshake: Handshake, admission: Admission) -> None:
        """Count a password that was wrong as a guess, once."""
        charger = admission.named(handshake)
        shown = basic_credentials(handshake.authorization)
        stored = None if charger is None else charger.row.password_hash
        if charger is None or shown is None or stored is None:
            return
        if self._passwords.note_wrong(shown[1], stored):
            self._guesses.wrong(charger.row.id, _household(handshake), self._clock())

    def _guessed_too_often(self, handshake: Handshake) -> Barred:
        reason = RefusalReason.TOO_MANY_ATTEMPTS
        return self._refused(handshake, 429, reason, _TOO_MANY, _MUCH_LATER)

    def _sent_on(self, handshake: Handshake, ending_s: Seconds) -> Barred:
        """The server ends. If each stays away for as long as that takes, all come to the next as
        they were hung up on: one after the other, the first once this server has gone."""
        away_s = min(max(ending_s, limits.HANDSHAKE_RETRY_S), limits.ADMISSION_WAIT_S)
        later = (("Retry-After", str(ceil(away_s))),)
        return self._refused(handshake, 503, RefusalReason.SERVER_BUSY, _ENDS, later)

    def _taken(self, handshake: Handshake) -> Barred:
        return self._refused(handshake, 409, RefusalReason.OLDER_CONNECTION, _TAKEN, _LATER)

    def _busy(self, handshake: Handshake, said: str) -> Barred:
        return self._refused(handshake, 503, RefusalReason.SERVER_BUSY, said, _LATER)

    def _refused(
        self,
        handshake: Handshake,
        status: int,
        reason: RefusalReason,
        said: str,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Barred:
        """Note a refusal; the answer to the peer is `said` and no more."""
        self._refusals.note(handshake, reason, self._clock())
        return Barred(status, said, headers)

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
