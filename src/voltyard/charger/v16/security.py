"""Handlers of 1.6's security requests (white paper, sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.security.hash_data import hash_data, read_hash_data
from voltyard.charger.security.security import Security
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v16 import messages as m

_USES = {"CentralSystemRootCertificate": "CSMSRootCertificate"}
"""Uses that the core, as 2.x, calls otherwise."""


@dataclass(slots=True)
class Certificates16:
    """Certificates installed, deleted, listed and signed."""

    security: Security

    def install(self, request: m.InstallCertificateRequest) -> Iterator[Payload]:
        """M05."""
        use = _USES.get(request.certificate_type, request.certificate_type)
        status, _ = self.security.store.install(use, request.certificate)
        yield m.InstallCertificateResponse(status=status)

    def delete(self, request: m.DeleteCertificateRequest) -> Iterator[Payload]:
        """M04."""
        wanted = read_hash_data(request.certificate_hash_data)
        yield m.DeleteCertificateResponse(status=self.security.store.delete(wanted))

    def list_installed(self, request: m.GetInstalledCertificateIdsRequest) -> Iterator[Payload]:
        """M03."""
        use = _USES.get(request.certificate_type, request.certificate_type)
        found = [
            hash_data(one.hashes, m.CertificateHashData) for one in self.security.store.ids([use])
        ]
        if not found:
            yield m.GetInstalledCertificateIdsResponse(status="NotFound")
            return
        yield m.GetInstalledCertificateIdsResponse(status="Accepted", certificate_hash_data=found)

    def signed(self, request: m.CertificateSignedRequest) -> Iterator[Payload]:
        """A02."""
        status = self.security.signing.signed(request.certificate_chain)
        yield m.CertificateSignedResponse(status=status)


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.CertificateSignedRequest: (Certificates16, Certificates16.signed),
    m.DeleteCertificateRequest: (Certificates16, Certificates16.delete),
    m.GetInstalledCertificateIdsRequest: (Certificates16, Certificates16.list_installed),
    m.InstallCertificateRequest: (Certificates16, Certificates16.install),
}
