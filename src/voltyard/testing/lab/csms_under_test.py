"""The CSMS under test: its URL, the password of chargers there, and identities that it knows."""

import re
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

from voltyard.kernel.errors import Invalid

_NUMBER = re.compile(r"\{n(?::(0?\d{1,2}))?\}")


@dataclass(frozen=True, slots=True)
class ProcessShare:
    """The part of a run that one process of pytest-xdist plays; alone it is all of it."""

    number: int = 0
    of: int = 1


@dataclass(slots=True)
class CsmsUnderTest:
    """A CSMS that simulated chargers dial. A fixture of your own may give one."""

    url: str
    """The URL that chargers dial, but for their identity."""
    password: str | None = field(default=None, repr=False)
    """HTTP Basic, of all chargers; None: they send none."""
    identities: str = "CP-{n}"
    """Identities for chargers that a test does not name: a list with commas between, or a pattern
    with {n}, or {n:03} of three digits."""
    is_own: bool = False
    """True where it is our own backend, at which chargers are registered as they are made."""
    share: ProcessShare = ProcessShare()
    _taken: "count[int]" = field(default_factory=count, repr=False)

    def __str__(self) -> str:
        return self.url

    def next_identity(self) -> str:
        """The next identity of this test, and of no other process that runs beside it. Invalid
        where a list has no more."""
        number = next(self._taken) * self.share.of + self.share.number
        if _NUMBER.search(self.identities):
            return _NUMBER.sub(lambda found: format(number + 1, found[1] or ""), self.identities)
        named = [one.strip() for one in self.identities.split(",") if one.strip()]
        if number >= len(named):
            raise Invalid(
                f"the test needs more chargers than its share of the {len(named)} identities given",
                hint="name more, or a pattern such as CI-{n}",
            )
        return named[number]


def read_csms_url(text: str) -> str:
    """The URL of a CSMS without its slash. Invalid where chargers cannot dial it."""
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise Invalid(
            f"{text!r} is no URL that chargers can dial", hint="such as ws://localhost:9000/ocpp"
        )
    if "@" in parts.netloc:
        raise Invalid("the URL holds a password", hint="give it in VOLTYARD_CSMS_PASSWORD")
    return url
