"""Handlers of security events and requests for certificates (A)."""

from voltyard.csms import events, requests
from voltyard.csms.commands.security import CertificateSigned
from voltyard.csms.handlers.handling import Handled, Handling
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import EMPTY_REPLY
from voltyard.csms.security.certificate_authority import CertificateSigner
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant


class SecurityHandlers:
    """Handles what a charger says of its security; `signer` signs its certificates."""

    def __init__(self, signer: CertificateSigner | None) -> None:
        self._signer = signer

    def security_event_notification(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.SecurityEventNotification,
        now: Instant,
    ) -> Handling:
        """Handles a SecurityEventNotification request (A04)."""
        event = events.SecurityEventReported(
            **charger.event_fields(now),
            type=request.type,
            tech_info=request.tech_info,
            happened_at=request.at,
        )
        return Handled(EMPTY_REPLY, (), (event,))

    def sign_certificate(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.SignCertificate,
        now: Instant,
    ) -> Handling:
        """Accepted, the certificate follows as a command (white paper A02, 2.0.1 A02)."""
        chain, reason = None, None
        try:
            chain = self._signed(charger, request, now)
        except Invalid as error:
            reason = str(error)
        happened = (
            events.Notified(
                **charger.event_fields(now), action="SignCertificate", payload=request.payload
            ),
            events.CertificateRequested(
                **charger.event_fields(now),
                certificate_type=request.certificate_type,
                status="rejected" if chain is None else "accepted",
                reason=reason,
            ),
        )
        if chain is None:
            return Handled(requests.SignCertificateReply(False), (), happened)
        sending = CertificateSigned(chain=chain, certificate_type=request.certificate_type)
        return Handled(requests.SignCertificateReply(True), (), happened, commands=(sending,))

    def _signed(
        self, charger: RegisteredCharger, request: requests.SignCertificate, now: Instant
    ) -> str:
        if self._signer is None:
            raise Invalid("there is no certificate authority (VOLTYARD_CA_CERTIFICATE, _OWN_CA)")
        if request.certificate_type not in (None, "ChargingStationCertificate"):
            raise Invalid(f"a {request.certificate_type} is not for this authority to sign")
        # Else whoever dials in under a charger's name would be given the proof that he is it.
        if charger.session is None or not charger.session.profile:
            raise Invalid(
                "the charger has to prove who it is",
                hint="give it a password, and have it connect with it",
            )
        return self._signer(request.csr, charger.row, now)
