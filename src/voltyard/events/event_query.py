"""Filter of an organization's events, of either half."""

from typing import Protocol

from msgspec import Struct


class FollowedEvent(Protocol):
    """An event in the log."""

    @property
    def number(self) -> int:
        """Its place in the order; 0: it is kept nowhere, and never told again."""

    @property
    def organization_id(self) -> str: ...

    @property
    def name(self) -> str:
        """The kind of event."""

    @property
    def charger_id(self) -> str | None: ...

    @property
    def charge_box_id(self) -> str | None: ...

    @property
    def location_id(self) -> str | None: ...


class EventQuery(Struct, frozen=True, kw_only=True):
    """A filter on an organization's events; None matches all."""

    organization_id: str
    names: frozenset[str] | None = None
    charger_id: str | None = None
    charge_box_id: str | None = None
    location_id: str | None = None
    unkept_by_name: bool = False
    """Events that are kept nowhere are for those alone who name them."""

    def wants(self, event: FollowedEvent) -> bool:
        """True where the event is one of them."""
        return (
            (self.hears(event.name) if not event.number else self._names(event.name))
            and (self.charger_id is None or event.charger_id == self.charger_id)
            and (self.charge_box_id is None or event.charge_box_id == self.charge_box_id)
            and (self.location_id is None or event.location_id == self.location_id)
            and self.organization_id == event.organization_id
        )

    def hears(self, name: str) -> bool:
        """True where an event of that name may be one of them though it is kept nowhere."""
        return not self.unkept_by_name if self.names is None else name in self.names

    def _names(self, name: str) -> bool:
        return self.names is None or name in self.names
