"""Back-pressure: chargers with too many unanswered CALLs, or all of them, are not read."""

from collections.abc import Mapping

from voltyard.csms.event_log import BackendWriter
from voltyard.csms.links.sockets import Socket
from voltyard.csms.session.session import Session
from voltyard.kernel import limits
from voltyard.ports.journal import Pressure

_ANSWERS = "answers"
_DATABASE = "database"


class BackPressure:
    """Pauses and resumes the reading of sockets. Of each charger limits.DEFERRED_ANSWERS CALLs may
    wait for their answers, under pressure one; at Pressure.FULL nothing more is read of any."""

    def __init__(self, writing: BackendWriter, sockets: Mapping[Session, Socket]) -> None:
        self._writer = writing
        self._sockets = sockets
        self._owed: dict[Session, None] = {}
        """Paused until some of their answers are given."""
        self._stopped: dict[Session, None] = {}
        """Paused until the database keeps up."""
        writing.on_relief(self._go_on)

    @property
    def paused(self) -> Mapping[str, int]:
        """Links that are not read, by what they wait for; one may wait for both."""
        return {_ANSWERS: len(self._owed), _DATABASE: len(self._stopped)}

    def received(self, socket: Socket) -> None:
        """A frame of it was handled."""
        session, pressure = socket.session, self._writer.pressure
        if session.owed >= (1 if pressure else limits.DEFERRED_ANSWERS):
            self._owed[session] = None
            socket.pause(_ANSWERS)
        if pressure is Pressure.FULL:
            self._stopped[session] = None
            socket.pause(_DATABASE)

    def answered(self, session: Session) -> None:
        """One that waited has its answer."""
        if session not in self._owed:
            return
        most = 0 if self._writer.pressure else limits.DEFERRED_ANSWERS // 2
        if session.owed <= most:
            del self._owed[session]
            self._resume(session, _ANSWERS)

    def closed(self, session: Session) -> None:
        """Its link is gone."""
        self._owed.pop(session, None)
        self._stopped.pop(session, None)

    def _go_on(self) -> None:
        stopped, self._stopped = self._stopped, {}
        for session in stopped:
            self._resume(session, _DATABASE)

    def _resume(self, session: Session, reason: str) -> None:
        socket = self._sockets.get(session)
        if socket is not None:
            socket.resume(reason)
