"""Dials that no conforming charger makes."""

from msgspec.structs import asdict

from voltyard.charger.effects import Dial


class QuirkDial(Dial, frozen=True):
    """A Dial with the odd options that a host hands on to `ports.links.Dialling`."""

    target: str | None = None
    """The text in the request line in place of the URL's path."""
    rudeness: str = ""
    """The flaw of the upgrade request (network.links.malformed_upgrades)."""
    answers_pings: bool = True


def quirk_dial(dial: Dial, **changes: object) -> QuirkDial:
    """The dial, with these fields in place of its own."""
    return QuirkDial(**(asdict(dial) | changes))
