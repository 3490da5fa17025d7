"""Certificates that were issued to chargers: listed, read and revoked."""

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import Field

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    BackendAnswer,
    BackendBody,
    BoxId,
    MomentOut,
    PaginationInfo,
    PagingDep,
    example,
)
from voltyard.api.description.named_types import CertificateStatus, CertificateUse
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.security.certificate_rows import CertificateStored
from voltyard.csms.security.issued_certificates import status_of
from voltyard.kernel.time import Instant

router = api_router(
    prefix=BACKEND_PREFIX + "/certificates", tags=["certificates"], responses=error_responses()
)

_EXAMPLE: Final = {
    "id": "crt_4k2d8s1m0x7c9v3b",
    "chargeBoxId": EXAMPLE_CHARGER,
    "commonName": EXAMPLE_CHARGER,
    "serialNumber": "5f3a9c0e7d1b",
    "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "use": "link",
    "status": "valid",
    "issuedAt": "2026-02-10T14:00:00.000Z",
    "notBefore": "2026-02-10T13:00:00.000Z",
    "notAfter": "2027-02-10T13:00:00.000Z",
    "revokedAt": None,
    "revocationReason": None,
}

CertificatePath = Annotated[str, Path(alias="certificateId")]


class CertificateAnswer(BackendAnswer):
    """A certificate that was issued to a charger."""

    model_config = example(**_EXAMPLE)

    id: str
    charge_box_id: BoxId
    common_name: str = Field(serialization_alias="commonName")
    serial_number: str = Field(
        serialization_alias="serialNumber", description="The certificate's, in hexadecimal digits."
    )
    fingerprint: str = Field(description="SHA-256 of the certificate, in hexadecimal digits.")
    use: CertificateUse = Field(
        description="For its link to the backend, for vehicles (ISO 15118), or both. One for "
        "vehicles alone opens no link."
    )
    status: CertificateStatus
    issued_at: MomentOut = Field(serialization_alias="issuedAt")
    not_before: MomentOut = Field(serialization_alias="notBefore")
    not_after: MomentOut = Field(serialization_alias="notAfter")
    revoked_at: MomentOut = Field(serialization_alias="revokedAt")
    revocation_reason: str | None = Field(serialization_alias="revocationReason")


class CertificateList(BackendAnswer):
    """Certificates, newest first."""

    model_config = example(certificates=[_EXAMPLE], pagination=EXAMPLE_PAGINATION)

    certificates: list[CertificateAnswer]
    pagination: PaginationInfo


class RevocationBody(BackendBody):
    """Why a certificate is revoked."""

    model_config = example(reason="the charger was stolen")

    reason: Annotated[str, Field(min_length=1, max_length=255)] | None = None


@router.get("", summary="List issued certificates")
async def list_issued_certificates(
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    charge_box_id: Annotated[str | None, Query(alias="chargeBoxId")] = None,
    status: Annotated[CertificateStatus | None, Query(description="Only these.")] = None,
    use: Annotated[CertificateUse | None, Query(description="Only these.")] = None,
) -> CertificateList:
    """Newest first: the certificates that chargers asked for and were given here, for their links
    and for vehicles (V2GCertificate). They go with their charger, and the oldest of many go.
    Contract certificates of vehicles are issued elsewhere, and are not among them."""
    rows = here.backend.certificates.list(principal.organization_id, charge_box_id, status, use)
    now = here.clock()
    return CertificateList(
        certificates=[_answer(row, now) for row in part.cut(rows)], pagination=part.of(len(rows))
    )


@router.get("/{certificateId}", summary="One issued certificate", responses=error_responses(404))
async def get_issued_certificate(
    certificate_id: CertificatePath, here: BackendDep, principal: Reader
) -> CertificateAnswer:
    """The certificate as it is on record."""
    row = here.backend.certificates.get(principal.organization_id, certificate_id)
    return _answer(row, here.clock())


@router.post(
    "/{certificateId}/revoke", summary="Revoke a certificate", responses=error_responses(404)
)
async def revoke_issued_certificate(
    certificate_id: CertificatePath, body: RevocationBody, here: BackendDep, principal: Operator
) -> CertificateAnswer:
    """No link is opened with it from now on, and one that was is closed. Vehicles learn of it from
    the OCSP responder that the certificate names, and from no other place. A certificate that is
    revoked already stays as it is."""
    row = await here.backend.certificates.revoke(
        principal.organization_id, certificate_id, body.reason
    )
    return _answer(row, here.clock())


def _answer(row: CertificateStored, now: Instant) -> CertificateAnswer:
    return CertificateAnswer.of_record(row, status=status_of(row, now))
