"""The security extension of one charger, put together."""

from __future__ import annotations

from typing import Final

from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.security.certificate_owners import StationCertificate, V2gCertificate
from voltyard.charger.security.certificate_signing import CertificateSigning
from voltyard.charger.security.certificate_store import CertificateStore
from voltyard.charger.security.credentials import Credentials
from voltyard.charger.security.installed_certificates import InstalledCertificates
from voltyard.charger.security.kept import KeptSecurity, KeptSigning, SigningUse
from voltyard.charger.security.security_events import SecurityEvents
from voltyard.charger.security.v2g_status import V2gStatus
from voltyard.kernel.time import Instant

_CAUSES: Final = {
    "certificate": "InvalidCsmsCertificate",
    "tls_version": "InvalidTLSVersion",
    "tls_cipher": "InvalidTLSCipherSuite",
    "unauthorized": "FailedToAuthenticateAtCsms",
}
"""The event for each cause of a failed dial (inputs.LinkDown)."""


_NO_MOMENTS: Final = (None,) * 8


class Security:
    """Security events, certificates and credentials of one charger."""

    __slots__ = (
        "_told_cause",
        "credentials",
        "events",
        "installed",
        "signing",
        "store",
        "v2g",
        "v2g_signing",
        "v2g_status",
    )

    def __init__(self, context: ChargerContext, wire: ChargerWire) -> None:
        self.events = SecurityEvents(context, wire)
        self.installed = InstalledCertificates(context)
        self.credentials = Credentials(context, self.installed, self.events)
        self.store = CertificateStore(context, self.installed, self.credentials, self.events)
        self.v2g = V2gCertificate(context, self.installed, self.events)
        station = StationCertificate(context, self.credentials, self.installed)
        self.signing = CertificateSigning(context, wire, station, self.events, self.v2g)
        self.v2g_signing = CertificateSigning(context, wire, self.v2g, self.events)
        self.v2g_status = V2gStatus(context, wire, self.v2g)
        self._told_cause = ""

    def signing_of(self, use: SigningUse) -> CertificateSigning:
        """The signing of the certificate for that use."""
        return self.v2g_signing if use == "V2GCertificate" else self.signing

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
        self.v2g_signing.connected()
        self.events.send()

    def disconnected(self) -> None:
        """The link is gone."""
        self.events.disconnected()
        self.signing.disconnected()
        self.v2g_signing.disconnected()
        self.v2g_status.disconnected()

    # --- time ----------------------------------------------------------------------------------

    @property
    def has_plans(self) -> bool:
        """Something of this may be due by itself; hardly ever."""
        signing, v2g = self.signing, self.v2g_signing
        moments = (
            self.credentials.redial_at,
            self.events.retry_at,
            signing.renew_at,
            signing.retry_at,
            signing.held_until,
            v2g.renew_at,
            v2g.retry_at,
            v2g.held_until,
        )
        return moments != _NO_MOMENTS

    def deadline(self) -> Instant | None:
        """The moment at which something of this is due."""
        soonest = self.credentials.redial_at
        for at in (
            self.events.deadline(),
            self.signing.deadline(),
            self.v2g_signing.deadline(),
        ):
            if at is not None and (soonest is None or at < soonest):
                soonest = at
        return soonest

    def tick(self) -> None:
        """Do what is due."""
        self.events.send()
        if self.has_plans:
            self.signing.tick()
            self.v2g_signing.tick()

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> KeptSecurity:
        """The state to be remembered."""
        signing = self.signing.kept()
        return KeptSecurity(
            waiting=self.events.waiting,
            log=tuple(self.events.log()),
            roots=self.installed.kept(),
            factory=self.installed.factory,
            credentials=self.credentials.kept(),
            key_number=signing.key_number,
            waits=signing.waits,
            held=signing.held,
            for_both=signing.for_both,
            v2g=self.v2g_signing.kept(),
            v2g_key_number=self.v2g.key_number,
            v2g_statuses=self.v2g_status.kept,
        )

    def restore(self, kept: KeptSecurity) -> None:
        """Take up what was remembered."""
        self.events.restore(kept.waiting, kept.log)
        self.installed.restore(kept.roots, kept.factory)
        self.credentials.restore(kept.credentials)
        if self.credentials.raised:
            self.events.begin_to_tell()
        self.v2g.restore(kept.v2g_key_number)
        self.signing.restore(
            KeptSigning(
                key_number=kept.key_number,
                waits=kept.waits,
                held=kept.held,
                for_both=kept.for_both,
            )
        )
        self.v2g_signing.restore(kept.v2g)
        self.v2g_status.restore(kept.v2g_statuses)
