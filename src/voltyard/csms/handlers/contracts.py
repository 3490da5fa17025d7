"""Handlers of requests for certificates of vehicles, and for certificates' statuses (M01, M02,
M06)."""

from base64 import b64decode, b64encode
from typing import Any, Final

from voltyard.csms import events, requests
from voltyard.csms.handlers.handling import Deferred, Handled, Handling
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.security.contract_verdicts import CertificateAnswers, NoStatus
from voltyard.kernel.time import Instant

_RESULT_CHARACTERS: Final = 5_500
"""Of ocspResult."""
_NONE: Final = "there is no contract certificate for this vehicle (folder exi of VOLTYARD_PKI)"


class ContractHandlers:
    """Handles what a charger asks for a vehicle's sake."""

    def __init__(self, certificates: CertificateAnswers) -> None:
        self._certificates = certificates

    def get_15118_ev_certificate(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.Get15118EvCertificate,
        now: Instant,
    ) -> Handling:
        """Handles a Get15118EVCertificate request (M01, M02)."""

        def answered(found: bytes | None, now: Instant) -> Handled:
            exi = None if found is None else b64encode(found).decode()
            reply = requests.EvCertificateReply(exi, "" if found else _NONE)
            return _told(charger, "Get15118EVCertificate", request.payload, reply, now)

        return Deferred(self._found(request), answered)

    async def _found(self, request: requests.Get15118EvCertificate) -> bytes | None:
        try:
            exi = b64decode(request.exi_request, validate=True)
        except ValueError:
            return None
        return await self._certificates.ev_certificate(request.action, exi)

    def get_certificate_status(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.GetCertificateStatus,
        now: Instant,
    ) -> Handling:
        """Handles a GetCertificateStatus request (M06)."""

        def answered(reply: requests.CertificateStatusReply, now: Instant) -> Handled:
            return _told(charger, "GetCertificateStatus", request.payload, reply, now)

        return Deferred(self._status(charger.row.organization_id, request), answered)

    async def _status(
        self, organization_id: str, request: requests.GetCertificateStatus
    ) -> requests.CertificateStatusReply:
        try:
            found = await self._certificates.status(organization_id, request.query)
        except NoStatus as missing:
            return requests.CertificateStatusReply(None, str(missing))
        result = b64encode(found.der).decode()
        if len(result) > _RESULT_CHARACTERS:
            return requests.CertificateStatusReply(None, "the OCSP response is too long")
        return requests.CertificateStatusReply(result)


def _told(
    charger: RegisteredCharger,
    action: str,
    payload: dict[str, Any],
    reply: requests.Reply,
    now: Instant,
) -> Handled:
    event = events.Notified(**charger.event_fields(now), action=action, payload=payload)
    return Handled(reply, (), (event,))
