"""The card readers of a charger: each EVSE has one of its own, or several share one.

A card at a shared reader says who is there, not where. It stops what it began; else it is for the
EVSE where a vehicle waits, else for one that is free, and the vehicle may come to any of those that
the reader serves. The EVSE that a command names goes before the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.kernel.errors import Invalid, WrongState

if TYPE_CHECKING:
    from voltyard.charger.authorization.authorizer import Authorizer
    from voltyard.charger.evse.sessions import Sessions

CARDS = ("ISO14443", "ISO15693")
"""Kinds of id token that a reader has to read."""


def check(spec: ChargerSpec) -> None:
    """Invalid where a reader serves an EVSE that there is not, or two serve the same."""
    served = [id for reader in spec.readers for id in reader]
    if not all(1 <= id <= len(spec.evses) for id in served) or len(set(served)) < len(served):
        raise Invalid(
            "readers: each names EVSEs that there are, and none is named twice",
            hint=f"EVSEs are 1 to {len(spec.evses)}",
            param="readers",
        )


class CardReaders:
    """The card readers of one charger: the EVSEs each serves, and the one a card is meant for."""

    __slots__ = ("_authorizer", "_evses", "_sessions", "_shared")

    def __init__(
        self, spec: ChargerSpec, evses: tuple[Evse, ...], reader: Authorizer, sessions: Sessions
    ) -> None:
        self._shared = spec.readers
        self._evses = evses
        self._authorizer = reader
        self._sessions = sessions

    def served_with(self, evse: Evse) -> tuple[Evse, ...]:
        """The EVSEs of one reader, the given one first."""
        for reader in self._shared:
            if evse.id in reader:
                others = [self._evses[id - 1] for id in sorted(reader) if id != evse.id]
                return (evse, *others)
        return (evse,)

    def check_works(self, kind: str | None, evse: Evse | None = None) -> None:
        """WrongState where a card, which a token is unless said otherwise, cannot be read at an
        EVSE, or at any."""
        if kind in (None, *CARDS) and all(
            _is_broken(self.served_with(one)) for one in (self._evses if evse is None else (evse,))
        ):
            raise WrongState(
                "the card reader is broken", hint="clear-fault mends it; a remote start needs none"
            )

    def place_of(self, evse: Evse, connector: Connector, token: IdToken) -> tuple[Evse, Connector]:
        """The place where a card counts that is shown to the reader of an EVSE."""
        served = self.served_with(evse)
        if len(served) == 1:
            return evse, connector
        for one in served:
            owner = one.authorization.id_token
            began = owner is not None and owner.key == token.key
            if began or (owner is None and self._authorizer.releases(one, token)):
                return one, one.plug.place
        free = [
            (one, where)
            for one in served
            for where in ((connector, *one.connectors) if one is evse else one.connectors)
            if self._is_free(one, where, token)
        ]
        waiting = [place for place in free if place[0].plug.connector is not None]
        return next(iter(waiting or free), (evse, connector))

    def _is_free(self, evse: Evse, connector: Connector, token: IdToken) -> bool:
        try:
            self._sessions.check_free(evse, connector, token)
        except WrongState:
            return False
        is_over = evse.plug.connector is not None and evse.authorization.finished
        return not is_over and self._authorizer.right(evse, connector, token) != "no"

    def expect_at(self, evse: Evse, connector: Connector) -> None:
        """A cable is about to go in: whoever has shown a card to the same reader, and has not
        plugged in, is expected there."""
        served = self.served_with(evse)
        if (
            len(served) == 1
            or evse.plug.connector is not None
            or evse.authorization.id_token is not None
        ):
            return
        for one in served[1:]:
            expected = one.authorization
            token = expected.id_token
            if expected.awaited is None or token is None or one.transaction is not None:
                continue
            told_where = (expected.remote_start_id, expected.reservation_id) != (None, None)
            if not told_where and self._is_free(evse, connector, token):
                self._sessions.move_driver(one, evse, connector)
                return


def _is_broken(served: tuple[Evse, ...]) -> bool:
    return any(connector.lacks("reader") for evse in served for connector in evse.connectors)
