"""What a 1.6 CSMS may ask of the security extension (white paper, sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from voltyard.charger.security.x509 import Hashes
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v16 import messages as m

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

Handler: TypeAlias = "Callable[[Charger, Any], Iterator[Payload]]"

_USES = {"CentralSystemRootCertificate": "CSMSRootCertificate"}
"""What the core, as 2.x, calls otherwise."""


def _install(charger: Charger, request: m.InstallCertificateRequest) -> Iterator[Payload]:
    """M05."""
    use = _USES.get(request.certificate_type, request.certificate_type)
    status, _ = charger.security.store.install(use, request.certificate)
    yield m.InstallCertificateResponse(status=status)


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
    """M03."""
    use = _USES.get(request.certificate_type, request.certificate_type)
    found = [_wire_hashes(one.hashes) for one in charger.security.store.ids([use])]
    if not found:
        yield m.GetInstalledCertificateIdsResponse(status="NotFound")
        return
    yield m.GetInstalledCertificateIdsResponse(status="Accepted", certificate_hash_data=found)


def _wire_hashes(hashes: Hashes) -> m.CertificateHashData:
    return m.CertificateHashData(
        hash_algorithm=hashes.algorithm,  # type: ignore[arg-type]
        issuer_name_hash=hashes.issuer_name,
        issuer_key_hash=hashes.issuer_key,
        serial_number=hashes.serial_number,
    )


def _signed(charger: Charger, request: m.CertificateSignedRequest) -> Iterator[Payload]:
    """A02."""
    status = charger.security.signing.signed(request.certificate_chain)
    yield m.CertificateSignedResponse(status=status)


HANDLERS: dict[type[Payload], Handler] = {
    m.CertificateSignedRequest: _signed,
    m.DeleteCertificateRequest: _delete,
    m.GetInstalledCertificateIdsRequest: _list,
    m.InstallCertificateRequest: _install,
}
