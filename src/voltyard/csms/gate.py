"""Who may come in: decided on a handshake, from memory."""

from urllib.parse import quote, unquote, urlsplit

from voltyard.csms.passwords import Passwords, basic_credentials
from voltyard.csms.registry import Charger, Registry
from voltyard.csms.settings import Settings
from voltyard.kernel.errors import Invalid, NotFound, Unauthorized
from voltyard.ocpp.versions import V16, VERSIONS, Version
from voltyard.ocpp.violations import Mode
from voltyard.ports import Handshake

PREFIX = "ocpp"
_SPOKEN = {version.subprotocol: version for version in VERSIONS}


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

    def admit(self, handshake: Handshake) -> tuple[Charger, Version, str | None]:
        """The charger, the version to speak, and the subprotocol to agree to. NotFound (404),
        Unauthorized (401) and Invalid (400) say why not."""
        charger = self._identified(handshake)
        version, subprotocol = self._agreed(charger, handshake.subprotocols)
        return charger, version, subprotocol

    def path(self, charger: Charger) -> str:
        """Where the charger connects to, percent-encoded."""
        row = charger.row
        box_id = quote(row.charge_box_id, safe="")
        if row.organization_id == self._default_organization_id:
            return f"/{PREFIX}/{box_id}"
        return f"/{PREFIX}/{quote(row.organization_id, safe='')}/{box_id}"

    def _identified(self, handshake: Handshake) -> Charger:
        """The registered charger whose password, if it has one, was presented.

        A path without an organization may be meant for several; those whose password is right come
        first, then those that ask for none.
        """
        candidates = self._candidates(handshake.path)
        if not candidates:
            raise NotFound("no charger of that id is registered")
        right = [c for c in candidates if self._knows_password(c, handshake.authorization)]
        open_to_all = [c for c in candidates if c.row.password_hash is None]
        for found in (right, open_to_all):
            own = [c for c in found if c.row.organization_id == self._default_organization_id]
            if own or len(found) == 1:
                return (own or found)[0]
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

    def _knows_password(self, charger: Charger, authorization: str | None) -> bool:
        stored = charger.row.password_hash
        credentials = basic_credentials(authorization)
        if stored is None or credentials is None:
            return False
        user, password = credentials
        # 2.0.1 A00.FR.204: the user name is the identity. Not all chargers know (facts: Q07).
        strict = self._settings.mode(charger) is Mode.STRICT
        if strict and user != charger.row.charge_box_id:
            return False
        return self._passwords.verify(password, stored)

    def _agreed(
        self, charger: Charger, subprotocols: tuple[str, ...]
    ) -> tuple[Version, str | None]:
        """The first of the charger's subprotocols that is spoken here."""
        for subprotocol in subprotocols:
            version = _SPOKEN.get(subprotocol.strip())
            if version is not None:
                return version, subprotocol
        settings = self._settings.of(charger.row.organization_id)
        if not any(subprotocols) and settings.allow_empty_subprotocol:
            return V16, None
        raise Invalid("no common subprotocol", hint=f"offer one of {', '.join(sorted(_SPOKEN))}")


def _without_host(path: str) -> str:
    """Some chargers write the whole URL into the request line (facts: Q05). A path that begins with
    two slashes is a path all the same, not a host."""
    if path.startswith("/"):
        return "/" + path.lstrip("/")
    return path
