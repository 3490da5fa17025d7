"""A dial that no honest charger makes."""

from msgspec.structs import asdict

from voltyard.charger.effects import Dial


class OddDial(Dial, frozen=True):
    """A Dial with what a host hands on to `ports.Dialling` besides."""

    target: str | None = None
    """What stands in the request line in place of the URL's path."""
    rudeness: str = ""
    """How the upgrade request is malformed (network.rude)."""
    answers_pings: bool = True


def odd(dial: Dial, **changes: object) -> OddDial:
    """The dial, with these fields in place of its own."""
    return OddDial(**(asdict(dial) | changes))
