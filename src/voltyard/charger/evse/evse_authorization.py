"""The authorization of a driver at an EVSE: token and group, where it came from, when it ends."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.kept import KeptUse
from voltyard.kernel.time import Instant


@dataclass(slots=True, eq=False)
class EvseAuthorization:
    """The authorization at one EVSE."""

    id_token: IdToken | None = None
    """The token authorized to charge here, None when there is none."""
    group: str | None = None
    awaited: Connector | None = None
    """Where somebody authorized is expected to plug in."""
    expires_at: Instant | None = None
    """The moment at which an authorization ends for which no vehicle was plugged in."""
    remote_start_id: int | None = None
    reservation_id: int | None = None
    """The reservation of the driver who is authorized here."""
    finished: bool = False
    """The use is over and the cable is still in."""

    def grant(self, token: IdToken, group: str | None, remote_start_id: int | None = None) -> None:
        """A token is authorized."""
        self.id_token = token
        self.group = group
        self.remote_start_id = remote_start_id

    def move_from(self, origin: EvseAuthorization, connector: Connector) -> None:
        """Whoever was expected at another EVSE is expected at that connector."""
        self.id_token, self.group, self.awaited = origin.id_token, origin.group, connector

    def expect(self, connector: Connector, expires_at: Instant | None) -> None:
        """Whoever is authorized is to plug in there, by that moment if there is one."""
        self.awaited = connector
        self.expires_at = expires_at

    def expire_at(self, at: Instant | None) -> None:
        """The authorization ends then, unless the vehicle comes back."""
        self.expires_at = at

    def arrive(self) -> None:
        """The vehicle that was expected is there."""
        self.awaited = self.expires_at = None

    def forget(self) -> None:
        """Forget the driver."""
        self.id_token = self.group = self.awaited = self.expires_at = None
        self.remote_start_id = self.reservation_id = None

    def finish(self, *, plugged: bool) -> None:
        """The use is over; a cable that is in stays in."""
        self.finished = plugged

    def reopen(self) -> None:
        """A cable that is in begins a use again."""
        self.finished = False

    def note_group(self, group: str) -> None:
        """The CSMS says of which group the driver is."""
        self.group = group

    def restore(self, kept: KeptUse) -> None:
        """Take up what was remembered of the driver of a transaction."""
        self.id_token, self.group = kept.id_token, kept.group

    # --- told once -----------------------------------------------------------------------------

    def note_reservation(self, id: int | None) -> None:
        """Keep the reservation for which the driver comes."""
        self.reservation_id = id

    def drop_reservation(self, id: int) -> None:
        """Forget a reservation that is no more, if it is its driver's."""
        if self.reservation_id == id:
            self.reservation_id = None

    def take_reservation(self) -> int | None:
        """The reservation of whoever is authorized here, for the one transaction it is for."""
        id, self.reservation_id = self.reservation_id, None
        return id

    def take_remote_start(self) -> int | None:
        """The remote start that began here, to be told once."""
        id, self.remote_start_id = self.remote_start_id, None
        return id
