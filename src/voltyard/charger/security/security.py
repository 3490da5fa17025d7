"""The security extension of one charger, put together."""

from __future__ import annotations

from typing import Final

from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.security.certificate_signing import CertificateSigning
from voltyard.charger.security.certificate_store import CertificateStore
from voltyard.charger.security.credentials import Credentials
from voltyard.charger.security.installed_certificates import InstalledCertificates
from voltyard.charger.security.kept import (
    KeptSecurity,
)
from voltyard.charger.security.security_events import SecurityEvents
from voltyard.kernel.time import Instant

_CAUSES: Final = {
    "certificate": "InvalidCsmsCertificate",
    "tls_version": "InvalidTLSVersion",
    "tls_cipher": "InvalidTLSCipherSuite",
    "unauthorized": "FailedToAuthenticateAtCsms",
}
"""The event for each cause of a failed dial (inputs.LinkDown)."""


class Security:
    """Security events, certificates and credentials of one charger."""

    __slots__ = ("_told_cause", "credentials", "events", "installed", "signing", "store")

    def __init__(self, context: ChargerContext, wire: ChargerWire) -> None:
        self.events = SecurityEvents(context, wire)
        self.installed = InstalledCertificates(context)
        self.credentials = Credentials(context, self.installed, self.events)
        self.store = CertificateStore(context, self.installed, self.credentials, self.events)
        self.signing = CertificateSigning(
            context, wire, self.credentials, self.installed, self.events
        )
        self._told_cause = ""

    # --- the link ------------------------------------------------------------------------------

    def opened(self) -> None:
        """A link is open: the credentials are good."""
        self._told_cause = ""
        self.credentials.worked()
        if self.credentials.raised:
            self.events.begin_to_tell()

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
        """The moment at which something of this is due; nearly always never."""
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
        """The state to be remembered."""
        return KeptSecurity(
            waiting=self.events.waiting,
            log=tuple(self.events.log()),
            roots=self.installed.kept(),
            factory=self.installed.factory,
            credentials=self.credentials.kept(),
            key_number=self.signing.number,
            waits=self.signing.waits,
            held=self.signing.held,
        )

    def restore(self, kept: KeptSecurity) -> None:
        """Take up what was remembered."""
        self.events.restore(kept.waiting, kept.log)
        self.installed.restore(kept.roots, kept.factory)
        self.credentials.restore(kept.credentials)
        if self.credentials.raised:
            self.events.begin_to_tell()
        self.signing.restore(kept.key_number, kept.waits, kept.held)
