"""Who may come in: decided on a handshake, from memory."""

from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from voltyard.csms.passwords import Passwords, basic_credentials
from voltyard.csms.registry import Charger, Registry
from voltyard.csms.settings import Settings
from voltyard.kernel.errors import Invalid, NotFound, Unauthorized
from voltyard.ocpp.versions import SUBPROTOCOLS, V16, Version, by_subprotocol
from voltyard.ocpp.violations import Mode
from voltyard.ports import Handshake

PREFIX = "ocpp"

CERTIFIED = 3
"""The security profile of chargers that show a certificate."""


class Admission(NamedTuple):
    """Who may come in, and how it is spoken with."""

    charger: Charger
    proven: bool
    """By password or certificate; else nothing was asked."""
    version: Version
    subprotocol: str | None
    """To be agreed to."""


class Porter:
    """Finds out which charger knocks, and whether it may enter."""

    def __init__(
        self,
        registry: Registry,
        settings: Settings,
        passwords: Passwords,
        default_organization_id: str,
    ) -> None:
        self._registry = registry
        self._settings = settings
        self._passwords = passwords
        self._default_organization_id = default_organization_id

    def admit(self, handshake: Handshake) -> Admission:
        """NotFound (404), Unauthorized (401) and Invalid (400) say why not."""
        charger, proven = self._identified(handshake)
        version, subprotocol = self._agreed(charger, handshake.subprotocols)
        return Admission(charger, proven, version, subprotocol)

    def path(self, charger: Charger) -> str:
        """Where the charger connects to, percent-encoded."""
        row = charger.row
        box_id = quote(row.charge_box_id, safe="")
        if row.organization_id == self._default_organization_id:
            return f"/{PREFIX}/{box_id}"
        return f"/{PREFIX}/{quote(row.organization_id, safe='')}/{box_id}"

    def _identified(self, handshake: Handshake) -> tuple[Charger, bool]:
        """The registered charger whose password, if it has one, was presented, and whether that
        proved it.

        A path without an organization may be meant for several; those whose password is right come
        first, then those that ask for none. A certificate tells by itself who knocks (profile 3).
        """
        candidates = self._candidates(handshake.path)
        if not candidates:
            raise NotFound("no charger of that id is registered")
        if handshake.certificate_name is not None:
            right = _certified(candidates, handshake.certificate_name)
            candidates = ()
        else:
            right = [c for c in candidates if self._knows_password(c, handshake.authorization)]
        open_to_all = [c for c in candidates if _asks_for_nothing(c)]
        for found in (right, open_to_all):
            own = [c for c in found if c.row.organization_id == self._default_organization_id]
            if own or len(found) == 1:
                return (own or found)[0], found is right
        if handshake.certificate_name is not None:
            raise Unauthorized(
                "the certificate is another charger's",
                hint="its common name must be the charger's identity or its serial number",
            )
        if any(c.row.security_profile == CERTIFIED for c in candidates):
            raise Unauthorized(
                "the charger is of security profile 3 and shows no certificate",
                hint="have it dial wss:// with one, or ask for another profile",
            )
        raise Unauthorized("the charger's password is wrong or missing", hint="use HTTP Basic")

    def _candidates(self, path: str) -> tuple[Charger, ...]:
        """By the last part of the path; slashes too many are forgiven (facts: Q05)."""
        try:
            plain = urlsplit(_without_host(path)).path
        except ValueError:
            return ()
        match [unquote(part) for part in plain.split("/") if part]:
            case [prefix, box_id] if prefix == PREFIX:
                return self._registry.namesakes(box_id)
            case [prefix, organization_id, box_id] if prefix == PREFIX:
                charger = self._registry.find(organization_id, box_id)
                return () if charger is None else (charger,)
            case _:
                return ()

    def shows(self, handshake: Handshake, charger: Charger, stored: str) -> bool:
        """Whether the password behind that hash is presented."""
        credentials = basic_credentials(handshake.authorization)
        return credentials is not None and self._passwords.verify(credentials[1], stored)

    def _knows_password(self, charger: Charger, authorization: str | None) -> bool:
        row = charger.row
        credentials = basic_credentials(authorization)
        hashes = [one for one in (row.password_hash, row.next_password_hash) if one is not None]
        if credentials is None or not hashes:
            return False
        user, password = credentials
        # 2.0.1 A00.FR.204: the user name is the identity. Not all chargers know (facts: Q07).
        strict = self._settings.mode(charger) is Mode.STRICT
        if strict and user != charger.row.charge_box_id:
            return False
        return any(self._passwords.verify(password, stored) for stored in hashes)

    def _agreed(
        self, charger: Charger, subprotocols: tuple[str, ...]
    ) -> tuple[Version, str | None]:
        """The first of the charger's subprotocols that is spoken here."""
        for subprotocol in subprotocols:
            if subprotocol.strip() in SUBPROTOCOLS:
                return by_subprotocol(subprotocol.strip()), subprotocol
        settings = self._settings.of(charger.row.organization_id)
        if not any(subprotocols) and settings.allow_empty_subprotocol:
            return V16, None
        raise Invalid(
            "no common subprotocol", hint=f"offer one of {', '.join(sorted(SUBPROTOCOLS))}"
        )


def _certified(candidates: tuple[Charger, ...], name: str) -> list[Charger]:
    """Those whom a certificate of that common name belongs to: it is the charger's serial number
    (certificate properties: white paper, and 2.0.1 Part 2 A), in the field often its identity."""
    return [c for c in candidates if name in (c.row.charge_box_id, c.row.serial_number)]


def _asks_for_nothing(charger: Charger) -> bool:
    """Whether whoever dials in under its name is let in."""
    return charger.row.password_hash is None and charger.row.security_profile != CERTIFIED


def _without_host(path: str) -> str:
    """Some chargers write the whole URL into the request line (facts: Q05). A path that begins with
    two slashes is a path all the same, not a host."""
    if path.startswith("/"):
        return "/" + path.lstrip("/")
    return path
