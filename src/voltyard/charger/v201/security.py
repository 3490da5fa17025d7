"""Handlers of 2.0.1's security requests (Part 2, blocks A and M)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from voltyard.charger.security.hash_data import hash_data, read_hash_data
from voltyard.charger.security.kept import NetworkProfile
from voltyard.charger.security.security import Security
from voltyard.charger.v201.status_info import reason
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m


@dataclass(slots=True)
class Certificates201:
    """Certificates installed, deleted, listed and signed, and network profiles."""

    security: Security

    def install(self, request: m.InstallCertificateRequest) -> Iterator[Payload]:
        """M05."""
        status, objection = self.security.store.install(
            request.certificate_type, request.certificate
        )
        info = None if status == "Accepted" else reason("InvalidCertificate", objection)
        yield m.InstallCertificateResponse(status=status, status_info=info)

    def delete(self, request: m.DeleteCertificateRequest) -> Iterator[Payload]:
        """M04."""
        wanted = read_hash_data(request.certificate_hash_data)
        yield m.DeleteCertificateResponse(status=self.security.store.delete(wanted))

    def list_installed(self, request: m.GetInstalledCertificateIdsRequest) -> Iterator[Payload]:
        """M03; without types, all of them."""
        wanted = request.certificate_type
        found = self.security.store.ids(None if wanted is None else list(wanted))
        if not found:
            yield m.GetInstalledCertificateIdsResponse(
                status="NotFound", status_info=reason("NotFound")
            )
            return
        chains = [
            m.CertificateHashDataChain(
                certificate_type=one.use,  # type: ignore[arg-type]
                certificate_hash_data=hash_data(one.hashes, m.CertificateHashData),
                child_certificate_hash_data=[
                    hash_data(each, m.CertificateHashData) for each in one.below
                ]
                or None,
            )
            for one in found
        ]
        yield m.GetInstalledCertificateIdsResponse(
            status="Accepted", certificate_hash_data_chain=chains
        )

    def signed(self, request: m.CertificateSignedRequest) -> Iterator[Payload]:
        """A02. Without a type it is for both uses where that was asked for."""
        signing = self.security.signing_of(request.certificate_type or "both")
        status = signing.signed(request.certificate_chain)
        info = None if status == "Accepted" else reason("InvalidCertificate")
        yield m.CertificateSignedResponse(status=status, status_info=info)
        self.security.v2g_status.refresh()

    def set_network_profile(self, request: m.SetNetworkProfileRequest) -> Iterator[Payload]:
        """B09: kept for when NetworkConfigurationPriority names it and the charger restarts."""
        data = request.connection_data
        objection: str | None = None
        if data.ocpp_version != "OCPP20" or data.ocpp_transport != "JSON":
            objection = "only OCPP20 over JSON is spoken"
        elif urlsplit(data.ocpp_csms_url).scheme != ("wss" if data.security_profile >= 2 else "ws"):
            objection = "ws:// goes with the profiles up to 1, wss:// with those above"
        elif not 0 <= data.security_profile <= 3:
            objection = "there is no such security profile"
        else:
            slot = NetworkProfile(
                url=data.ocpp_csms_url,
                profile=data.security_profile,
                message_timeout_s=data.message_timeout,
            )
            objection = self.security.credentials.set_slot(request.configuration_slot, slot)
        if objection is not None:
            yield m.SetNetworkProfileResponse(
                status="Rejected", status_info=reason("UnsupportedParam", objection)
            )
            return
        yield m.SetNetworkProfileResponse(status="Accepted")


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.CertificateSignedRequest: (Certificates201, Certificates201.signed),
    m.DeleteCertificateRequest: (Certificates201, Certificates201.delete),
    m.GetInstalledCertificateIdsRequest: (Certificates201, Certificates201.list_installed),
    m.InstallCertificateRequest: (Certificates201, Certificates201.install),
    m.SetNetworkProfileRequest: (Certificates201, Certificates201.set_network_profile),
}
