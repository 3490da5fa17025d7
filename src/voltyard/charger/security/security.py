"""The security extension of one charger, put together."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from voltyard.charger.core import Core
from voltyard.charger.security.credentials import Credentials, KeptCredentials
from voltyard.charger.security.events import SecurityEvent, SecurityEvents
from voltyard.charger.security.signing import Held, Signing
from voltyard.charger.security.store import CertificateStore, Root
from voltyard.charger.wire import Wire
from voltyard.kernel.time import Instant

_CAUSES: Final = {
    "certificate": "InvalidCsmsCertificate",
    "tls_version": "InvalidTLSVersion",
    "tls_cipher": "InvalidTLSCipherSuite",
    "unauthorized": "FailedToAuthenticateAtCsms",
}
"""The event for each cause of a failed dial (happenings.LinkDown)."""


class KeptSecurity(Struct, frozen=True, kw_only=True):
    """What of it persists."""

    waiting: tuple[SecurityEvent, ...] = ()
    """Security events the CSMS has not confirmed."""
    log: tuple[SecurityEvent, ...] = ()
    roots: tuple[Root, ...] | None = None
    """Installed certificates; None: those the charger was made with."""
    factory: str = ""
    """By which those it was made with are known again."""
    credentials: KeptCredentials = KeptCredentials()
    key_number: int = 0
    """Of the last key a certificate was asked for."""
    waits: bool = False
    """That certificate has not come."""
    held: Held | None = None
    """One that has come, and does not hold yet."""


class Security:
    """Events, certificates, credentials."""

    __slots__ = ("_told_cause", "credentials", "events", "signing", "store")

    def __init__(self, core: Core, wire: Wire) -> None:
        self.events = SecurityEvents(core, wire)
        core.security_events = self.events
        self.credentials = Credentials(core)
        self.store = CertificateStore(core, self.credentials)
        self.credentials.judged_by(self.store)
        self.signing = Signing(core, wire, self.credentials, self.store)
        self._told_cause = ""

    # --- the link ------------------------------------------------------------------------------

    def opened(self) -> None:
        """A link is open: the credentials are good."""
        self._told_cause = ""
        self.credentials.worked()
        self.events.tells = self.events.tells or self.credentials.raised

    def dial_failed(self, cause: str, reason: str) -> None:
        """No link came of it. A cause is noticed once until one does, not with every dial."""
        kind = _CAUSES.get(cause)
        if kind is not None and cause != self._told_cause:
            self._told_cause = cause
            self.events.notice(kind, reason)
        self.credentials.failed()

    def online(self) -> None:
        """The CSMS can be told and asked everything again."""
        self.signing.connected()
        self.events.send()

    def disconnected(self) -> None:
        """The link is gone."""
        self.events.disconnected()
        self.signing.disconnected()

    # --- time ----------------------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """When something of this is due; nearly always never."""
        soonest = self.credentials.redial_at
        for at in (self.events.deadline(), self.signing.deadline()):
            if at is not None and (soonest is None or at < soonest):
                soonest = at
        return soonest

    def tick(self) -> None:
        """Do what is due."""
        self.events.send()
        self.signing.tick()

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> KeptSecurity:
        """What has to be remembered."""
        return KeptSecurity(
            waiting=self.events.waiting,
            log=tuple(self.events.log()),
            roots=self.store.kept(),
            factory=self.store.factory,
            credentials=self.credentials.kept(),
            key_number=self.signing.number,
            waits=self.signing.waits,
            held=self.signing.held,
        )

    def restore(self, kept: KeptSecurity) -> None:
        """Take up what was remembered."""
        self.events.restore(kept.waiting, kept.log)
        self.store.restore(kept.roots, kept.factory)
        self.credentials.restore(kept.credentials)
        self.events.tells = self.events.tells or self.credentials.raised
        self.signing.restore(kept.key_number, kept.waits, kept.held)
