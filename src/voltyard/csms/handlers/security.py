"""Handlers of security events and requests for certificates (A)."""

from random import Random
from typing import Final

from voltyard.csms import events, requests
from voltyard.csms.commands.security import CertificateSigned
from voltyard.csms.handlers.handling import Handled, Handling
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import EMPTY_REPLY
from voltyard.csms.security.certificate_authority import (
    CertificateSigner,
    NewCertificate,
)
from voltyard.csms.security.certificate_rows import CertificateStored, CertificateUse
from voltyard.csms.security.issued_certificates import IssuedCertificates, forgotten
from voltyard.csms.security.vehicle_pki import NO_VEHICLE_PKI, VehiclePki
from voltyard.csms.settings import OrganizationSettings
from voltyard.kernel import ids
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant

_V2G: Final = "V2GCertificate"


class SecurityHandlers:
    """Handles what a charger says of its security; `signer` signs its certificates, and what it has
    signed is on record in `issued`."""

    def __init__(
        self,
        settings: OrganizationSettings,
        signer: CertificateSigner | None,
        issued: IssuedCertificates,
        random: Random,
        pki: VehiclePki = NO_VEHICLE_PKI,
    ) -> None:
        self._settings = settings
        self._signer = signer
        self._v2g_signer = pki.v2g_signer or signer
        self._issued = issued
        self._random = random

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
        signed, reason = None, None
        try:
            signed = self._signed(charger, version, request, now)
        except Invalid as error:
            reason = str(error)
        happened: tuple[events.BackendEvent, ...] = (
            events.Notified(
                **charger.event_fields(now), action="SignCertificate", payload=request.payload
            ),
            events.CertificateRequested(
                **charger.event_fields(now),
                certificate_type=request.certificate_type,
                status="rejected" if signed is None else "accepted",
                reason=reason,
            ),
        )
        if signed is None:
            return Handled(requests.SignCertificateReply(False), (), happened)
        sending = CertificateSigned(chain=signed.chain, certificate_type=request.certificate_type)
        use = _use_of(version, request)
        return self._recorded(charger, signed, use, happened, sending, now)

    def _recorded(
        self,
        charger: RegisteredCharger,
        signed: NewCertificate,
        use: CertificateUse,
        happened: tuple[events.BackendEvent, ...],
        sending: CertificateSigned,
        now: Instant,
    ) -> Handled:
        """Accepted and sent once it is on record: a certificate that is not opens no door."""
        row = CertificateStored(
            id=ids.prefixed("crt_", self._random),
            organization_id=charger.row.organization_id,
            charger_id=charger.row.id,
            charge_box_id=charger.row.charge_box_id,
            common_name=signed.common_name,
            serial_number=signed.serial_number,
            fingerprint=signed.fingerprint,
            issued_at=now,
            not_before=signed.not_before,
            not_after=signed.not_after,
            use=use,
        )
        shown = None if charger.session is None else charger.session.certificate
        gone = self._issued.supernumerary(row, shown, now)
        for one in gone:
            self._issued.drop(one)
        self._issued.put(row)

        def settle(durable: bool) -> None:
            if not durable:
                self._issued.drop(row)
                self._issued.load(gone)

        issued = events.CertificateIssued(**charger.event_fields(now), certificate=row)
        return Handled(
            requests.SignCertificateReply(True),
            (*forgotten(gone), row),
            (*happened, issued),
            settle,
            commands=(sending,),
        )

    def _signed(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.SignCertificate,
        now: Instant,
    ) -> NewCertificate:
        signer = self._v2g_signer if request.certificate_type == _V2G else self._signer
        if signer is None:
            raise Invalid("there is no certificate authority (VOLTYARD_CA_CERTIFICATE, _OWN_CA)")
        # Else whoever dials in under a charger's name would be given the proof that he is it.
        if charger.session is None or not charger.session.profile:
            raise Invalid(
                "the charger has to prove who it is",
                hint="give it a password, and have it connect with it",
            )
        organization_id = charger.row.organization_id
        operator_name = self._settings.of(organization_id).operator_name or organization_id
        use = _use_of(version, request)
        return signer(request.csr, charger.row, operator_name, now, use)


def _use_of(version: str, request: requests.SignCertificate) -> CertificateUse:
    if request.certificate_type is None and version != "1.6":
        return "both"  # A02.FR.14
    return "vehicles" if request.certificate_type == _V2G else "link"
