"""Admission of chargers on their handshakes: security profile, password, subprotocol (A00)."""

from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from voltyard.csms.records import Contents
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.registry import ChargerRegistry, NamedCharger, RegisteredCharger
from voltyard.csms.security.issued_certificates import IssuedCertificates
from voltyard.csms.security.passwords import Passwords, basic_credentials
from voltyard.csms.settings import OrganizationSettings
from voltyard.kernel.addressing import addresses
from voltyard.kernel.errors import Forbidden, Invalid, NotFound, Unauthorized
from voltyard.ocpp.versions import SUBPROTOCOLS, V16, Version, by_subprotocol
from voltyard.ocpp.violations import ValidationMode
from voltyard.ports.clock import Clock
from voltyard.ports.links import Handshake, PeerCertificate

PREFIX = "ocpp"

PASSWORD, ENCRYPTED, CERTIFIED = 1, 2, 3
"""The security profiles of chargers that show a password, one over TLS, a certificate."""


class NoCommonSubprotocol(Invalid):
    """An admitted charger that offers no subprotocol in common."""

    def __init__(self, *, is_closed: bool) -> None:
        """`is_closed`: the handshake is completed, and the link closed at once."""
        super().__init__(
            "no common subprotocol",
            hint=f"offer one of {', '.join(sorted(SUBPROTOCOLS))}",
            reason=RefusalReason.NO_COMMON_SUBPROTOCOL,
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
        clock: Clock,
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
        self._clock = clock
        self._default_organization_id = default_organization_id
        self._has_tls_door = has_tls_door
        self._recorded_only = recorded_only

    def admit(self, handshake: Handshake) -> AdmittedCharger:
        """NotFound (404), Unauthorized (401) and NoCommonSubprotocol say why not, with their
        `details["reason"]`; Unproven, that a password is to be proved and this asked again. It
        changes nothing."""
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

    def name(self, handshake: Handshake) -> tuple[str, str] | None:
        """Organization and chargeBoxId under which somebody knocks, whether there is such a charger
        or not; None where the path has none."""
        named = named_in(handshake.path)
        if named is None:
            return None
        return named.organization_id or self._default_organization_id, named.charge_box_id

    def is_leaving(self, charger: RegisteredCharger) -> bool:
        """True while the charger is about to leave this process."""
        return self._registry.is_leaving(charger.row.id)

    def of(self, contents: Contents) -> "Admission":
        """The admission of these chargers alone, by what is stored of them: they are registered at
        another process."""
        registry, issued = ChargerRegistry(), IssuedCertificates()
        registry.load(contents.chargers, ())
        issued.load(contents.certificates)
        return Admission(
            registry,
            self._settings,
            self._passwords,
            issued,
            self._clock,
            self._default_organization_id,
            has_tls_door=self._has_tls_door,
            recorded_only=self._recorded_only,
        )

    def _identified(self, handshake: Handshake) -> tuple[RegisteredCharger, int]:
        """The registered charger whose password, if it has one, was presented, and the security
        profile that this comes to. A certificate tells by itself who knocks (profile 3)."""
        charger = self._at(handshake.path)
        if charger is None:
            raise NotFound(
                "no charger of that id is registered", reason=RefusalReason.NOT_REGISTERED
            )
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
        row = self._issued.issued(certificate, self._clock())
        if row is not None:
            is_own = charger.row.id == row.charger_id
        elif self._recorded_only:
            raise Unauthorized(
                "the certificate is not on record here",
                hint="have the charger ask for one",
                reason=RefusalReason.CERTIFICATE_NOT_ON_RECORD,
            )
        else:
            is_own = self._names(certificate, charger)
        if not is_own:
            raise Unauthorized(
                "the certificate is another charger's",
                hint="its common name must be the charger's identity or the serial number pinned "
                "for it, and its O the operator's name, where that is set",
                reason=RefusalReason.CERTIFICATE_OF_ANOTHER,
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
                reason=RefusalReason.CERTIFICATE_MISSING,
            )
        if profile >= ENCRYPTED and self._has_tls_door and not handshake.is_secure:
            return Unauthorized(
                f"the charger is of security profile {profile} and comes without TLS",
                hint="have it dial wss://, or lower its securityProfile here",
                reason=RefusalReason.LOWER_PROFILE,
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
                reason=RefusalReason.PASSWORD_NOT_SET,
            )
        return Unauthorized(
            "the charger's password is wrong or missing",
            hint="use HTTP Basic",
            reason=self._flaw(charger, handshake.authorization),
        )

    def _flaw(self, charger: RegisteredCharger, authorization: str | None) -> RefusalReason:
        """The flaw of what was shown in a password's place; a stranger is not told."""
        credentials = basic_credentials(authorization)
        if credentials is None:
            return RefusalReason.NO_PASSWORD
        if self._may_be_user(charger, credentials[0]):
            return RefusalReason.WRONG_PASSWORD
        return RefusalReason.WRONG_USER_NAME

    def _at(self, path: str) -> RegisteredCharger | None:
        named = named_in(path)
        return None if named is None else self._registry.named(named, self._default_organization_id)

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
        if not self._may_be_user(charger, user):
            return False
        return any(self._passwords.verify(password, stored, row.id) for stored in hashes)

    def _may_be_user(self, charger: RegisteredCharger, user: str) -> bool:
        """2.0.1 A00.FR.204: the user name is the identity. Not all chargers know (facts: Q07)."""
        is_strict = self._settings.mode(charger) is ValidationMode.STRICT
        return not is_strict or user == charger.row.charge_box_id

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


def named_in(path: str) -> NamedCharger | None:
    """The charger that a path names by its last part, in the organization before it if there is
    one. Slashes too many are forgiven (facts: Q05)."""
    match _parts(path):
        case [prefix, box_id] if prefix == PREFIX:
            return NamedCharger(None, box_id)
        case [prefix, organization_id, box_id] if prefix == PREFIX:
            return NamedCharger(organization_id, box_id)
        case _:
            return None


def last_part(path: str) -> str | None:
    """The last part of a path, which is likely to be an identity; None where it has none."""
    parts = _parts(path)
    return parts[-1] if parts and parts != [PREFIX] else None


def _parts(path: str) -> list[str]:
    try:
        plain = urlsplit(_without_host(path)).path
    except ValueError:
        return []
    return [unquote(part) for part in plain.split("/") if part]


def _check_address(charger: RegisteredCharger, handshake: Handshake) -> None:
    allowed = charger.row.allowed_addresses
    if not allowed:
        return
    address = addresses.without_port(handshake.remote)
    if not addresses.is_in(address, addresses.networks(allowed, "allowedAddresses")):
        raise Forbidden(
            "the charger may not come from this address", reason=RefusalReason.ADDRESS_NOT_ALLOWED
        )


def _asks_for_nothing(charger: RegisteredCharger) -> bool:
    """True where whoever dials in under its name is let in."""
    return charger.row.password_hash is None and charger.row.security_profile == 0


def _without_host(path: str) -> str:
    """Some chargers write the whole URL into the request line (facts: Q05). A path that begins with
    two slashes is a path all the same, not a host."""
    if path.startswith("/"):
        return "/" + path.lstrip("/")
    return path
