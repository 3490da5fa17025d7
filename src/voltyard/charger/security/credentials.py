"""Credentials of the charger: security profile, password, certificate and network profile.

White paper A01, A02, A05; 2.0.1 Part 2 A01, A02, A05, B09. New credentials are tried on a new link:
one that opens makes them the charger's, and where none opens in so many attempts the ones before
are taken up again. A new password is the exception: the CSMS takes the old one no more.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from voltyard.charger.context import ChargerContext
from voltyard.charger.effects import Dial
from voltyard.charger.security import x509
from voltyard.charger.security.installed_certificates import CSMS_ROOT, InstalledCertificates
from voltyard.charger.security.kept import CredentialSet, KeptCredentials, NetworkProfile
from voltyard.charger.security.security_events import SecurityEvents
from voltyard.charger.security.x509 import OwnKey
from voltyard.charger.variables.settings import members_of
from voltyard.charger.variables.standard.communication import (
    MESSAGE_TIMEOUT,
    NETWORK_ATTEMPTS,
    NETWORK_PRIORITY,
    WEBSOCKET_PING_INTERVAL,
)
from voltyard.charger.variables.standard.security import (
    AUTHORIZATION_KEY,
    BASIC_AUTH_PASSWORD,
    SECURITY_PROFILE,
)
from voltyard.kernel.time import Instant, Seconds
from voltyard.kernel.tls import Tls
from voltyard.ocpp.endpoint import with_identity

CredentialChangeStatus: TypeAlias = Literal["Accepted", "Rejected"]

PROFILES: Final = range(4)

GRACE_S: Final[Seconds] = 1.0
"""From an answer to the end of its link."""

_KEY_BYTES: Final = range(16, 21)
"""Of an AuthorizationKey (white paper, A00)."""


_PASSWORD_CHARACTERS: Final = range(16, 41)


class Credentials:
    """The credentials of one charger."""

    __slots__ = (
        "_context",
        "_failures",
        "_installed",
        "_next",
        "_now",
        "_security_events",
        "_tls",
        "_tls_version",
        "redial_at",
        "slots",
    )

    def __init__(
        self,
        context: ChargerContext,
        installed: InstalledCertificates,
        security_events: SecurityEvents,
    ) -> None:
        self._context = context
        self._installed = installed
        self._security_events = security_events
        self._now: CredentialSet | None = None
        self._next: tuple[CredentialSet, ...] = ()
        """To be taken up where the present ones fail, in order; the last are those that worked."""
        self._failures = 0
        self._tls: Tls | None = None
        self._tls_version = 0
        """Of the installed certificates that it was made with."""
        self.redial_at: Instant | None = None
        """Moment when the link has to be opened anew, with what is shown now."""
        self.slots: dict[int, NetworkProfile] = {}
        """Network profiles beside the one the charger was made with."""

    @property
    def now(self) -> CredentialSet:
        """The credentials that are shown now."""
        return self._now or self._made_with

    @property
    def _made_with(self) -> CredentialSet:
        spec, settings = self._context.spec, self._context.settings
        password = None if spec.password is None else spec.password.encode().hex()
        given = settings.text(AUTHORIZATION_KEY) or settings.text(BASIC_AUTH_PASSWORD)
        if given:
            password = _key(given) or given.encode().hex()
        profile = max(spec.profile, settings.number(SECURITY_PROFILE))
        return CredentialSet(profile=profile, password=password)

    @property
    def on_trial(self) -> bool:
        """True where no link has been opened yet with what is shown now."""
        return bool(self._next)

    @property
    def raised(self) -> bool:
        """True where the security profile is higher than the charger was made with."""
        return self.now.profile > self._made_with.profile

    @property
    def needs_root(self) -> bool:
        """True where no link can be opened without a CSMS root."""
        return self.now.profile >= 2 and self._context.spec.tls.ca is not None

    @property
    def certificate(self) -> str | None:
        """The charger's own certificate and those above it, in PEM."""
        return self.now.chain or self._context.spec.tls.client_certificate

    # --- dialling ------------------------------------------------------------------------------

    def dial(self) -> Dial:
        """The dial that is due."""
        context = self._context
        now = self.now
        return Dial(
            with_identity(self._url(now), context.spec.identity),
            (context.dialect.version.subprotocol,),
            context.spec.identity,
            self._password(now),
            float(context.settings.number(WEBSOCKET_PING_INTERVAL)),
            self.tls(),
        )

    def _url(self, now: CredentialSet) -> str:
        """The endpoint; from profile 2 on it is spoken to over TLS, on the port it names."""
        url = now.url or self._context.spec.csms_url
        parts = urlsplit(url)
        if now.profile >= 2 and parts.scheme == "ws":
            return urlunsplit(parts._replace(scheme="wss"))
        return url

    def _password(self, now: CredentialSet) -> str | None:
        if now.password is None or now.profile == 0:
            return None
        # Bytes that are no text survive the way to the header, which encodes them alike.
        return bytes.fromhex(now.password).decode("utf-8", "surrogateescape")

    def tls(self) -> Tls:
        """The roots that the link trusts, and the certificate it shows."""
        installed = self._installed.version
        if self._tls is None or self._tls_version != installed:
            self._tls = self._made_tls()
            self._tls_version = installed
        return self._tls

    def _made_tls(self) -> Tls:
        made_with = self._context.spec.tls
        installed, now = self._installed, self.now
        if installed.is_of_tls and now.chain is None:
            return made_with
        certificate, key = made_with.client_certificate, made_with.client_key
        if now.chain is not None:
            certificate = now.chain if now.profile == 3 else None
            key = self.key(now.key_number).pem() if now.profile == 3 else None
        return Tls(
            ca=made_with.ca if installed.is_of_tls else "".join(installed.roots(CSMS_ROOT)),
            beside_system=made_with.ca is None,
            verify_hostname=made_with.verify_hostname,
            client_certificate=certificate,
            client_key=key,
        )

    def key(self, number: int) -> OwnKey:
        """The private key of that number."""
        return OwnKey(self._context.spec.seed, self._context.spec.identity, number)

    # --- changing ------------------------------------------------------------------------------

    def change_key(self, text: str) -> CredentialChangeStatus:
        """A new AuthorizationKey of 1.6: 16 to 20 bytes in hexadecimal."""
        key = _key(text)
        return "Rejected" if key is None else self._change_password(key)

    def change_password(self, text: str) -> CredentialChangeStatus:
        """A new BasicAuthPassword of 2.0.1: 16 to 40 characters (A00.FR.205)."""
        if len(text) not in _PASSWORD_CHARACTERS or not all("!" <= each <= "~" for each in text):
            return "Rejected"
        return self._change_password(text.encode().hex())

    def _change_password(self, password: str) -> CredentialChangeStatus:
        now = self.now
        self._now = replace(now, password=password)
        self._next = tuple(replace(one, password=password) for one in self._next)
        self._noticed("the password")
        if now.profile in (1, 2):
            self._redial()
        return "Accepted"

    def raise_profile(self, profile: int) -> CredentialChangeStatus:
        """A higher security profile (A05), tried on a new link."""
        if self.lacks(profile) is not None:
            return "Rejected"
        self._try((replace(self.now, profile=profile),))
        self._noticed(f"security profile {profile}")
        return "Accepted"

    def lacks(self, profile: int) -> str | None:
        """The reason why that security profile cannot be taken up; None where it can (A05.FR.02 to
        FR.04)."""
        now = self.now
        if profile not in PROFILES or profile <= now.profile:
            return "a security profile is never lowered"
        if profile in (1, 2) and now.password is None:
            return "there is no password"
        if profile >= 2 and not self._has_root:
            return "no CSMS root certificate is installed"
        if profile == 3 and not self._has_certificate:
            return "the charger has no certificate that holds"
        return None

    @property
    def _has_root(self) -> bool:
        return bool(self._installed.roots(CSMS_ROOT))

    @property
    def _has_certificate(self) -> bool:
        chain = self.certificate
        if chain is None:
            return False
        return x509.begins_at(chain) <= self._context.time <= x509.ends_at(chain)

    def take_certificate(self, chain: str, key_number: int) -> None:
        """A certificate of its own, shown from the next link on; in profile 3 that is at once."""
        now = self.now
        new = replace(now, chain=chain, key_number=key_number)
        if now.profile == 3:
            self._try((new,))
        else:
            self._now = new
            self._next = tuple(
                replace(one, chain=chain, key_number=key_number) for one in self._next
            )
            self._changed()
        self._noticed("the charger's certificate")

    # --- network slots -------------------------------------------------------------------------

    def set_slot(self, number: int, slot: NetworkProfile) -> str | None:
        """Keep a network profile (B09); else why not."""
        if str(number) not in NETWORK_PRIORITY.values:
            return "there is no such slot"
        if slot.profile < self.now.profile:
            return "a security profile is never lowered"
        self.slots[number] = slot
        self._context.remember()
        return None

    def refuses_priority(self, text: str) -> str | None:
        """The reason why NetworkConfigurationPriority cannot be so (B09, A05.FR.02 and FR.03)."""
        for member in members_of(text):
            if not member.isdecimal():
                return "a slot is a number"
            number = int(member)
            standing = self._standing_in(number)
            if standing is None:
                return "the slot is empty"
            if standing.profile == self.now.profile:
                continue
            why = self.lacks(standing.profile)
            if why is not None:
                return why
        return None

    def _standing_in(self, number: int) -> CredentialSet | None:
        """The present credentials in a network slot as it is now; None where the slot is empty."""
        now, slot = self.now, self.slots.get(number)
        if slot is not None:
            return replace(now, slot=number, url=slot.url, profile=slot.profile)
        if number == now.slot:
            return now
        if number == 0:
            return replace(now, slot=0, url=None, profile=self._made_with.profile)
        return None

    def restarted(self) -> None:
        """The charger starts anew: it goes by NetworkConfigurationPriority, and by what has been
        written into the slot in use meanwhile (B09, remark)."""
        now = self.now
        wanted = self._context.settings.members(NETWORK_PRIORITY)
        found = [self._standing_in(int(number)) for number in wanted]
        usable = [one for one in found if one is not None and one.profile >= now.profile]
        if usable and usable[0] != now:
            self._try(tuple(one for one in usable if one != now))
        self.redial_at = None  # it dials all the same, whatever it shows then

    # --- what becomes of them ------------------------------------------------------------------

    def _try(self, candidates: tuple[CredentialSet, ...]) -> None:
        """Take these up, one after the other, until one works; before them are the present ones."""
        last = self._next[-1] if self._next else self.now
        self._now, *rest = candidates
        self._next = (*rest, last)
        self._failures = 0
        self._redial()
        self._changed()

    def _redial(self) -> None:
        """On another link, but not before the answer that tells of it has arrived."""
        self.redial_at = self._context.now + GRACE_S

    def take_redial(self) -> bool:
        """True, once, where it is time for another link."""
        if self.redial_at is None or self.redial_at > self._context.now:
            return False
        self.redial_at = None
        return True

    def worked(self) -> None:
        """A link is open."""
        self._failures = 0
        if not self._next:
            return
        [*_, before] = self._next
        now = self.now
        self._next = ()
        settings = self._context.settings
        if (now.slot, now.url) != (before.slot, before.url):
            slot = self.slots.get(now.slot)
            if slot is not None and slot.message_timeout_s > 0:
                settings.put(MESSAGE_TIMEOUT, str(slot.message_timeout_s))
        if now.profile > before.profile:
            self._drop_lower_slots()
        self._context.remember()

    def _drop_lower_slots(self) -> None:
        """There is no way back: slots of a lower profile are forgotten (A05.FR.06)."""
        now = self.now
        settings = self._context.settings
        self.slots = {
            number: slot
            for number, slot in self.slots.items()
            if number == now.slot or slot.profile >= now.profile
        }
        kept = [
            member
            for member in settings.members(NETWORK_PRIORITY)
            if (one := self._standing_in(int(member))) is not None and one.profile >= now.profile
        ]
        settings.put(NETWORK_PRIORITY, ",".join(kept) or str(now.slot))

    def failed(self) -> None:
        """A dial came to nothing; after so many the next credentials are tried."""
        if not self._next:
            return
        self._failures += 1
        if self._failures < self._context.settings.number(NETWORK_ATTEMPTS):
            return
        self._failures = 0
        self._now, *rest = self._next
        self._next = tuple(rest)
        self._changed()

    def _changed(self) -> None:
        self._tls = None
        self._context.remember()

    def _noticed(self, what: str) -> None:
        self._security_events.notice("ReconfigurationOfSecurityParameters", what)

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> KeptCredentials:
        """The state to be remembered."""
        return KeptCredentials(now=self._now, next=self._next, slots=self.slots)

    def restore(self, kept: KeptCredentials) -> None:
        """Take up what was remembered."""
        self._now, self._next = kept.now, kept.next
        self.slots = dict(kept.slots)
        self._tls = None


def _key(text: str) -> str | None:
    """An AuthorizationKey in lower case, None where it is none."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        return None
    return key.hex() if len(key) in _KEY_BYTES and len(text) == 2 * len(key) else None
