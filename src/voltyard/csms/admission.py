"""Admission of chargers on their handshakes: security profile, password, subprotocol (A00)."""

from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from voltyard.csms.registry import ChargerRegistry, RegisteredCharger
from voltyard.csms.security.issued_certificates import IssuedCertificates
from voltyard.csms.security.passwords import Passwords, basic_credentials
from voltyard.csms.settings import OrganizationSettings
from voltyard.kernel.addressing import addresses
from voltyard.kernel.errors import Forbidden, Invalid, NotFound, Unauthorized
from voltyard.ocpp.versions import SUBPROTOCOLS, V16, Version, by_subprotocol
from voltyard.ocpp.violations import ValidationMode
from voltyard.ports.links import Handshake, PeerCertificate

PREFIX = "ocpp"

PASSWORD, ENCRYPTED, CERTIFIED = 1, 2, 3
"""The security profiles of chargers that show a password, one over TLS, a certificate."""


class NoCommonSubprotocol(Invalid):
    """An admitted charger that offers no subprotocol in common."""

    def __init__(self, *, is_closed: bool) -> None:
        """`is_closed`: the handshake is completed, and the link closed at once."""
        super().__init__(
            "no common subprotocol", hint=f"offer one of {', '.join(sorted(SUBPROTOCOLS))}"
        )
        self.is_closed = is_closed


class AdmittedCharger(NamedTuple):
    """A charger that is let in, its security profile and its OCPP version."""

    charger: RegisteredCharger
    profile: int
    """The security profile that fits what was shown: 3 by certificate, 2 by password over TLS, 1 by
    password; 0: nothing was asked."""
    version: Version
    subprotocol: str | None
    """To be agreed to."""


class Admission:
    """Identifies the charger of a handshake and decides on its admission."""

    def __init__(
        self,
        registry: ChargerRegistry,
        settings: OrganizationSettings,
        passwords: Passwords,
        issued: IssuedCertificates,
        default_organization_id: str,
        *,
        has_tls_door: bool = False,
        recorded_only: bool = False,
    ) -> None:
        """With a TLS door beside the plain one, only chargers of the profiles 0 and 1 come by the
        plain one. Without, a proxy may speak TLS in the place of the only door there is."""
        self._registry = registry
        self._settings = settings
        self._passwords = passwords
        self._issued = issued
        self._default_organization_id = default_organization_id
        self._has_tls_door = has_tls_door
        self._recorded_only = recorded_only

    def admit(self, handshake: Handshake) -> AdmittedCharger:
        """NotFound (404), Unauthorized (401) and NoCommonSubprotocol say why not; Unproven, that a
        password is to be proved and this asked again. It changes nothing."""
        named = self.named(handshake)
        if named is not None:
            _check_address(named, handshake)  # first, or it would tell that a password is right
        charger, profile = self._identified(handshake)
        version, subprotocol = self._agreed(charger, handshake.subprotocols)
        return AdmittedCharger(charger, profile, version, subprotocol)

    def path(self, charger: RegisteredCharger) -> str:
        """The path that the charger connects to, percent-encoded."""
        row = charger.row
        box_id = quote(row.charge_box_id, safe="")
        if row.organization_id == self._default_organization_id:
            return f"/{PREFIX}/{box_id}"
        return f"/{PREFIX}/{quote(row.organization_id, safe='')}/{box_id}"

    def named(self, handshake: Handshake) -> RegisteredCharger | None:
        """The registered charger under whose name somebody knocks."""
        return self._at(handshake.path)

    def _identified(self, handshake: Handshake) -> tuple[RegisteredCharger, int]:
        """The registered charger whose password, if it has one, was presented, and the security
        profile that this comes to. A certificate tells by itself who knocks (profile 3)."""
        charger = self._at(handshake.path)
        if charger is None:
            raise NotFound("no charger of that id is registered")
        if handshake.certificate is not None:
            self._check_certificate(charger, handshake.certificate)
            return charger, CERTIFIED
        if self._barred(charger, handshake) is None:
            if self._knows_password(charger, handshake.authorization):
                return charger, ENCRYPTED if handshake.is_secure else PASSWORD
            if _asks_for_nothing(charger):
                return charger, 0
        raise self._refusal(charger, handshake)

    def _check_certificate(self, charger: RegisteredCharger, certificate: PeerCertificate) -> None:
        """Unauthorized unless it belongs to the charger: it was issued to it here, or another
        authority has issued it and its subject names the charger."""
        row = self._issued.issued(certificate)
        if row is not None:
            is_own = charger.row.id == row.charger_id
        elif self._recorded_only:
            raise Unauthorized(
                "the certificate is not on record here", hint="have the charger ask for one"
            )
        else:
            is_own = self._names(certificate, charger)
        if not is_own:
            raise Unauthorized(
                "the certificate is another charger's",
                hint="its common name must be the charger's identity or the serial number pinned "
                "for it, and its O the operator's name, where that is set",
            )

    def _names(self, certificate: PeerCertificate, charger: RegisteredCharger) -> bool:
        """True where its subject names this charger (2.0.1 A00.FR.405; in the field often by the
        identity) and the operator, if that has a name (FR.404)."""
        row = charger.row
        operator_name = self._settings.of(row.organization_id).operator_name
        return certificate.common_name in (row.charge_box_id, row.pinned_serial_number) and (
            operator_name is None or operator_name in certificate.organization_names
        )

    def _barred(self, charger: RegisteredCharger, handshake: Handshake) -> Unauthorized | None:
        """The refusal of a charger that does not meet its security profile, whatever its password
        (A05 of the security white paper: a lower profile than the one that is known is not
        taken)."""
        profile = charger.row.security_profile
        if profile == CERTIFIED and handshake.certificate is None:
            return Unauthorized(
                "the charger is of security profile 3 and shows no certificate",
                hint="have it dial wss:// with one, or lower its securityProfile here",
            )
        if profile >= ENCRYPTED and self._has_tls_door and not handshake.is_secure:
            return Unauthorized(
                f"the charger is of security profile {profile} and comes without TLS",
                hint="have it dial wss://, or lower its securityProfile here",
            )
        return None

    def _refusal(self, charger: RegisteredCharger, handshake: Handshake) -> Unauthorized:
        barred = self._barred(charger, handshake)
        if barred is not None:
            return barred
        if charger.is_locked:
            return Unauthorized(
                f"the charger is of security profile {charger.row.security_profile}, and no "
                "password is known of it",
                hint="give it one here, or the profile 0",
            )
        return Unauthorized("the charger's password is wrong or missing", hint="use HTTP Basic")

    def _at(self, path: str) -> RegisteredCharger | None:
        """By the last part of the path, in the organization before it, else the default one alone:
        who registers a namesake elsewhere is not taken for it. Slashes too many are forgiven
        (facts: Q05)."""
        try:
            plain = urlsplit(_without_host(path)).path
        except ValueError:
            return None
        match [unquote(part) for part in plain.split("/") if part]:
            case [prefix, box_id] if prefix == PREFIX:
                return self._registry.find(self._default_organization_id, box_id)
            case [prefix, organization_id, box_id] if prefix == PREFIX:
                return self._registry.find(organization_id, box_id)
            case _:
                return None

    def shows(self, handshake: Handshake, charger: RegisteredCharger, stored: str) -> bool:
        """True where the password behind that hash is presented."""
        credentials = basic_credentials(handshake.authorization)
        return credentials is not None and self._passwords.verify(
            credentials[1], stored, charger.row.id
        )

    def _knows_password(self, charger: RegisteredCharger, authorization: str | None) -> bool:
        row = charger.row
        credentials = basic_credentials(authorization)
        hashes = [one for one in (row.password_hash, row.next_password_hash) if one is not None]
        if credentials is None or not hashes:
            return False
        user, password = credentials
        # 2.0.1 A00.FR.204: the user name is the identity. Not all chargers know (facts: Q07).
        strict = self._settings.mode(charger) is ValidationMode.STRICT
        if strict and user != charger.row.charge_box_id:
            return False
        return any(self._passwords.verify(password, stored, row.id) for stored in hashes)

    def _agreed(
        self, charger: RegisteredCharger, subprotocols: tuple[str, ...]
    ) -> tuple[Version, str | None]:
        """The first of the charger's subprotocols that is spoken here."""
        for subprotocol in subprotocols:
            if subprotocol.strip() in SUBPROTOCOLS:
                return by_subprotocol(subprotocol.strip()), subprotocol
        settings = self._settings.of(charger.row.organization_id)
        if not any(subprotocols) and settings.allow_empty_subprotocol:
            return V16, None
        raise NoCommonSubprotocol(is_closed=settings.no_common_subprotocol == "close")


def _check_address(charger: RegisteredCharger, handshake: Handshake) -> None:
    allowed = charger.row.allowed_addresses
    if not allowed:
        return
    address = addresses.without_port(handshake.remote)
    if not addresses.is_in(address, addresses.networks(allowed, "allowedAddresses")):
        raise Forbidden("the charger may not come from this address")


def _asks_for_nothing(charger: RegisteredCharger) -> bool:
    """True where whoever dials in under its name is let in."""
    return charger.row.password_hash is None and charger.row.security_profile == 0


def _without_host(path: str) -> str:
    """Some chargers write the whole URL into the request line (facts: Q05). A path that begins with
    two slashes is a path all the same, not a host."""
    if path.startswith("/"):
        return "/" + path.lstrip("/")
    return path
