"""What a 2.0.1 CSMS may ask of the security extension (Part 2, blocks A and M)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from voltyard.charger.security.credentials import Slot
from voltyard.charger.security.x509 import Hashes
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

Handler: TypeAlias = "Callable[[Charger, Any], Iterator[Payload]]"


def _why(code: str, text: str = "") -> m.StatusInfo:
    return m.StatusInfo(reason_code=code, additional_info=text[:512] or None)


def _install(charger: Charger, request: m.InstallCertificateRequest) -> Iterator[Payload]:
    """M05."""
    status, why = charger.security.store.install(request.certificate_type, request.certificate)
    info = None if status == "Accepted" else _why("InvalidCertificate", why)
    yield m.InstallCertificateResponse(status=status, status_info=info)


def _delete(charger: Charger, request: m.DeleteCertificateRequest) -> Iterator[Payload]:
    """M04."""
    data = request.certificate_hash_data
    wanted = Hashes(
        algorithm=data.hash_algorithm,
        issuer_name=data.issuer_name_hash,
        issuer_key=data.issuer_key_hash,
        serial_number=data.serial_number,
    )
    yield m.DeleteCertificateResponse(status=charger.security.store.delete(wanted))


def _list(charger: Charger, request: m.GetInstalledCertificateIdsRequest) -> Iterator[Payload]:
    """M03; without types, all of them."""
    wanted = request.certificate_type
    found = charger.security.store.ids(None if wanted is None else list(wanted))
    if not found:
        yield m.GetInstalledCertificateIdsResponse(status="NotFound", status_info=_why("NotFound"))
        return
    chains = [
        m.CertificateHashDataChain(
            certificate_type=one.use,  # type: ignore[arg-type]
            certificate_hash_data=_wire_hashes(one.hashes),
            child_certificate_hash_data=[_wire_hashes(each) for each in one.below] or None,
        )
        for one in found
    ]
    yield m.GetInstalledCertificateIdsResponse(
        status="Accepted", certificate_hash_data_chain=chains
    )


def _wire_hashes(hashes: Hashes) -> m.CertificateHashData:
    return m.CertificateHashData(
        hash_algorithm=hashes.algorithm,  # type: ignore[arg-type]
        issuer_name_hash=hashes.issuer_name,
        issuer_key_hash=hashes.issuer_key,
        serial_number=hashes.serial_number,
    )


def _signed(charger: Charger, request: m.CertificateSignedRequest) -> Iterator[Payload]:
    """A02. There is no ISO 15118 here, and no certificate for it."""
    if request.certificate_type == "V2GCertificate":
        yield m.CertificateSignedResponse(status="Rejected", status_info=_why("UnsupportedParam"))
        return
    status = charger.security.signing.signed(request.certificate_chain)
    info = None if status == "Accepted" else _why("InvalidCertificate")
    yield m.CertificateSignedResponse(status=status, status_info=info)


def _network_profile(charger: Charger, request: m.SetNetworkProfileRequest) -> Iterator[Payload]:
    """B09: kept for when NetworkConfigurationPriority names it and the charger restarts."""
    data = request.connection_data
    why: str | None = None
    if data.ocpp_version != "OCPP20" or data.ocpp_transport != "JSON":
        why = "only OCPP20 over JSON is spoken"
    elif urlsplit(data.ocpp_csms_url).scheme != ("wss" if data.security_profile >= 2 else "ws"):
        why = "ws:// goes with the profiles up to 1, wss:// with those above"
    elif not 0 <= data.security_profile <= 3:
        why = "there is no such security profile"
    else:
        slot = Slot(
            url=data.ocpp_csms_url,
            profile=data.security_profile,
            message_timeout_s=data.message_timeout,
        )
        why = charger.security.credentials.set_slot(request.configuration_slot, slot)
    if why is not None:
        yield m.SetNetworkProfileResponse(
            status="Rejected", status_info=_why("UnsupportedParam", why)
        )
        return
    yield m.SetNetworkProfileResponse(status="Accepted")


HANDLERS: dict[type[Payload], Handler] = {
    m.CertificateSignedRequest: _signed,
    m.DeleteCertificateRequest: _delete,
    m.GetInstalledCertificateIdsRequest: _list,
    m.InstallCertificateRequest: _install,
    m.SetNetworkProfileRequest: _network_profile,
}
