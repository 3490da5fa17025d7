"""Reservations, and the places they keep from everybody else.

OCPP 1.6 sections 5.1 and 5.13, 2.0.1 Part 2 block H. A reservation is of one place, or of none in
particular (1.6 connectorId 0, 2.0.1 without evseId): then one that fits has to stay free for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.kernel.errors import WrongState
from voltyard.kernel.time import Instant

Permission: TypeAlias = Literal["yes", "no", "ask"]
"""A token's right to use a place; "ask": the CSMS has to say of which group it is."""


class Reservation(Struct, frozen=True, kw_only=True):
    """One reservation: a place kept for an id token, or its group, until a moment."""

    id: int
    token: IdToken
    expires_at: Instant
    """By the charger's clock."""
    group: str | None = None
    """Whoever is of it may come as well (1.6 parentIdTag, 2.x groupIdToken)."""
    evse_id: int | None = None
    """None: no place in particular."""
    connector_id: int | None = None
    """None: the whole EVSE."""
    connector_type: str | None = None
    """A connector's type as in its specification, in lower case; None: any."""

    def is_for(self, token: IdToken, group: str | None) -> bool:
        """True where somebody with that token, of that group, is meant."""
        return self.token.key == token.key or (self.group is not None and self.group == group)

    def fits(self, evse: Evse, connector: Connector) -> bool:
        """True where that place would do."""
        return (
            self.evse_id in (None, evse.id)
            and self.connector_id in (None, connector.id)
            and self.connector_type in (None, connector.spec.type.lower())
        )


class ReservationBook:
    """The reservations of one charger. A place is an EVSE: its connectors share one power path."""

    __slots__ = ("_evses", "_serves", "entries")

    def __init__(self, evses: tuple[Evse, ...], serves: Callable[[Evse, Connector], bool]) -> None:
        self._evses = evses
        self._serves = serves
        """True where ChangeAvailability has left a connector in service."""
        self.entries: dict[int, Reservation] = {}
        """By id. One a place, and no more of no place in particular than there are places."""

    def restore(self, reservations: Sequence[Reservation]) -> None:
        """Take up what was remembered."""
        self.entries = {one.id: one for one in reservations}

    @property
    def general(self) -> tuple[Reservation, ...]:
        """Reservations of no place in particular whose owners have not come yet."""
        came = {evse.authorization.reservation_id for evse in self._evses}
        return tuple(
            one for one in self.entries.values() if one.evse_id is None and one.id not in came
        )

    def of_place(self, evse: Evse) -> Reservation | None:
        """The one of that EVSE, or of a connector of it, whose owner has not come yet."""
        for one in self.entries.values():
            if one.evse_id == evse.id and one.id != evse.authorization.reservation_id:
                return one
        return None

    # --- what is kept --------------------------------------------------------------------------

    def keeps(self, evse: Evse) -> bool:
        """True where that EVSE is kept for those who are expected."""
        return bool(self.entries) and bool(self.claims(evse))

    def shows(self, evse: Evse, connector: Connector) -> bool:
        """True where that connector is Reserved, as far as reservations go. Of a reserved EVSE all
        connectors are (2.0.1 H01.FR.20, FR.23), of a reserved connector it alone."""
        if not self.entries:
            return False
        one = self.of_place(evse)
        if one is not None and one.connector_id not in (None, connector.id):
            return False
        return self.keeps(evse)

    def claims(self, evse: Evse) -> tuple[Reservation, ...]:
        """The reservations that keep an EVSE from everybody else, none where it is not kept."""
        one = self.of_place(evse)
        if one is not None:
            return (one,)
        general = self.general
        if not general or not self._free(evse):
            return ()
        others = [other for other in self._evses if other is not evse and self._free(other)]
        if self._served(general, [*others, evse]) == self._served(general, others):
            return ()
        return tuple(each for each in general if self._would_do(each, evse))

    def right(
        self, evse: Evse, connector: Connector, token: IdToken, known: TokenInfo | None
    ) -> Permission:
        """The right of a token to use a connector, by what is `known` of it (1.6 section 5.13,
        2.0.1 H03.FR.01 to FR.08)."""
        claims = self.claims(evse)
        if not claims:
            return "yes"
        valid = known is not None and known.status == "Accepted"
        group = known.group if known is not None and valid else None
        fitting = [one for one in claims if one.fits(evse, connector)]
        if any(one.is_for(token, group) for one in fitting):
            return "yes"
        return "ask" if not valid and any(one.group for one in fitting) else "no"

    def owned(
        self, evse: Evse, connector: Connector, token: IdToken, group: str | None
    ) -> Reservation | None:
        """The reservation that somebody takes up who begins there: of the place, else of none in
        particular."""
        one = self.of_place(evse)
        for each in self.general if one is None else (one,):
            if each.fits(evse, connector) and each.is_for(token, group):
                return each
        return None

    # --- room for more -------------------------------------------------------------------------

    def has_room(self, wish: Reservation) -> bool:
        """True where there is a free place for it beside all that are in the book."""
        general = [one for one in self.general if one.id != wish.id]
        free = [evse for evse in self._evses if self._free(evse, but=wish.id)]
        if wish.evse_id is None:
            general.append(wish)
            return self._served(general, free) == len(general)
        left = [evse for evse in free if not self._would_do(wish, evse)]
        if len(left) == len(free):
            return False
        return self._served(general, left) == self._served(general, free)

    def is_hopeless(self, one: Reservation) -> bool:
        """True where every place it could be for is broken or out of service (2.0.1 H01.FR.16,
        FR.17)."""
        return not any(self._would_do(one, evse) for evse in self._evses)

    def _would_do(self, one: Reservation, evse: Evse) -> bool:
        return any(
            one.fits(evse, connector) and not connector.faulted and self._serves(evse, connector)
            for connector in evse.connectors
        )

    def _free(self, evse: Evse, but: int | None = None) -> bool:
        """True where an EVSE could be given to somebody who has reserved no place in particular. A
        cable that was put in where it was reserved takes nothing away."""
        one = self.of_place(evse)
        if one is not None and one.id != but:
            return False
        taken = evse.plug.connector is not None and not evse.plug.intruded
        return not taken and not evse.in_use

    def _served(self, reservations: Sequence[Reservation], evses: Sequence[Evse]) -> int:
        """The number of reservations that find an EVSE of their own: a largest matching."""
        owner: dict[int, Reservation] = {}

        def seat(one: Reservation, tried: set[int]) -> bool:
            for evse in evses:
                if evse.id in tried or not self._would_do(one, evse):
                    continue
                tried.add(evse.id)
                if evse.id not in owner or seat(owner[evse.id], tried):
                    owner[evse.id] = one
                    return True
            return False

        return sum(seat(one, set()) for one in reservations)


def reserved(evse: Evse, connector: Connector) -> WrongState:
    """The refusal for those for whom it is not reserved."""
    return WrongState(
        "the connector is reserved for somebody else",
        hint="the reserved tag, or one of its group, may use it",
        evse_id=evse.id,
        connector_id=connector.id,
        state=connector.state.value,
    )
