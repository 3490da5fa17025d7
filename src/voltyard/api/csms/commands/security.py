"""Routes of passwords, logs, signed firmware and certificates."""

from typing import Annotated, Any, Final, Literal

from fastapi import Query
from pydantic import Field

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.commands.command_route import (
    BEGUN_RESPONSE,
    ChargerStatusAnswer,
    CommandDep,
    CommandRoute,
    ask,
    status_sentence,
)
from voltyard.api.csms.error_responses import OF_A_CHARGER, error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    BackendAnswer,
    BackendBody,
    Box,
    BoxId,
    DownloadUrl,
    Moment,
    Natural,
    Reason,
    UploadUrl,
    example,
)
from voltyard.api.csms.files import upload_place
from voltyard.api.error_models import answers
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.commands import commands, security
from voltyard.csms.security.passwords import authorization_key, new_password

router = api_router(
    prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}",
    tags=["security"],
    responses=error_responses(*OF_A_CHARGER) | BEGUN_RESPONSE,
    route_class=CommandRoute,
)

_PEM: Final = "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
_HASHES: Final = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "5c1d...",
    "issuerKeyHash": "9a70...",
    "serialNumber": "4f2e",
}

_CHANGED: Final = {
    "Accepted": "Password changed successfully",
    "RebootRequired": "Password changed, and is used once the charger has rebooted",
    "NotSupported": "Charger has no password to be changed",
}

CertificateType = Annotated[
    Literal[
        "CentralSystemRootCertificate",
        "CSMSRootCertificate",
        "MORootCertificate",
        "ManufacturerRootCertificate",
        "V2GCertificateChain",
        "V2GRootCertificate",
    ],
    "1.6 has CentralSystemRootCertificate and ManufacturerRootCertificate.",
]

Pem = Annotated[str, Field(min_length=1, max_length=5500)]


# --- password -------------------------------------------------------------------------------------


class PasswordBody(BackendBody):
    """The password; one is made where none is given. With 1.6 an AuthorizationKey is hexadecimal,
    of 16 to 20 bytes: a password of so many characters goes over the wire as their digits, one of
    32 to 40 digits as it is. `plain` sends any as it is, for chargers that take the key for the
    password itself."""

    model_config = example(password="a-password-of-20-chr", encoding="hex")

    password: Annotated[str, Field(min_length=16, max_length=40, pattern="^[!-~]+$")] | None = None
    encoding: Literal["hex", "plain"] = "hex"


class PasswordAnswer(ChargerStatusAnswer):
    """The charger's word, as it is on the wire."""

    model_config = example(
        message="Password changed successfully", chargeBoxId=EXAMPLE_CHARGER, status="Accepted"
    )


@router.post("/password", summary="Give the charger another password")
async def change_password(
    box: Box, here: CommandDep, principal: Operator, body: PasswordBody | None = None
) -> PasswordAnswer:
    """Sent to the charger, and in force once it has accepted. Where its answer is lost the old and
    the new are both good, until it comes with the new. What the password is, is told nowhere."""
    body = body or PasswordBody()
    charger = here.backend.charger(principal.organization_id, box)
    version = charger.session.version if charger.session is not None else charger.row.version
    is_key = version in (None, "1.6") and body.encoding == "hex"
    text = body.password or new_password()
    command = security.ChangePassword(password=authorization_key(text) if is_key else text)
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return PasswordAnswer.of(box, "Password change", outcome, _CHANGED)


# --- logs -----------------------------------------------------------------------------------------


class LogBody(BackendBody):
    """Which log, and where to upload it to."""

    model_config = example(logType="SecurityLog", location="https://uploads.example.com/logs/")

    log_type: Literal["DiagnosticsLog", "SecurityLog"] = Field(alias="logType")
    location: UploadUrl | None = Field(
        None, description="Where absent: this server, if it keeps files (VOLTYARD_FILES)."
    )
    request_id: Natural | None = Field(None, alias="requestId")
    oldest_at: Moment | None = Field(None, alias="oldestTimestamp")
    latest_at: Moment | None = Field(None, alias="latestTimestamp")
    retries: Natural | None = None
    retry_interval_s: Natural | None = Field(None, alias="retryInterval")


class LogAnswer(BackendAnswer):
    """The charger's word; no file name where it has nothing to upload."""

    model_config = example(
        message="Log upload accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        requestId=7,
        filename="security-2026-02-10.log",
        status="accepted",
    )

    message: str
    charge_box_id: BoxId
    request_id: int | None = Field(serialization_alias="requestId")
    filename: str | None
    status: str
    reason: Reason = None


@router.post("/log", summary="Have the charger upload a log")
async def get_log(box: Box, body: LogBody, here: CommandDep, principal: Operator) -> LogAnswer:
    """GetLog of the security extension, and of 2.x. Without a requestId one is made."""
    location, id = await upload_place(here, principal, box, body.location)
    command = security.GetLog(
        log_type=body.log_type,
        location=location,
        request_id=body.request_id,
        oldest_at=body.oldest_at,
        latest_at=body.latest_at,
        retries=body.retries,
        retry_interval_s=body.retry_interval_s,
    )
    outcome = await ask(here, principal, box, command, commands.LogResult, id)
    return LogAnswer(
        message=status_sentence("Log upload", outcome.status),
        charge_box_id=box,
        request_id=outcome.request_id,
        filename=outcome.file_name,
        status=outcome.status,
        reason=outcome.reason,
    )


# --- signed firmware ------------------------------------------------------------------------------


class SignedUpdateBody(BackendBody):
    """Where the firmware is, and who says that it is genuine."""

    model_config = example(
        location="https://firmware.example.com/v2.0.0/firmware.bin",
        retrieveDate="2026-02-10T14:00:00Z",
        signingCertificate=_PEM,
        signature="MEUCIQD...",
    )

    location: DownloadUrl
    retrieve_at: Moment = Field(alias="retrieveDate")
    install_at: Moment | None = Field(None, alias="installDate")
    signing_certificate: Pem = Field(alias="signingCertificate")
    signature: Annotated[str, Field(min_length=1, max_length=800)]
    request_id: Natural | None = Field(None, alias="requestId")
    retries: Natural | None = None
    retry_interval_s: Natural | None = Field(None, alias="retryInterval")


class SignedUpdateAnswer(BackendAnswer):
    """The charger's word: accepted, rejected, acceptedCanceled (it gave up another update for this
    one), invalidCertificate, revokedCertificate."""

    model_config = example(
        message="Firmware update accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        requestId=7,
        status="accepted",
    )

    message: str
    charge_box_id: BoxId
    request_id: int | None = Field(serialization_alias="requestId")
    status: str
    reason: Reason = None


@router.post("/firmware/signed-update", summary="Have the charger install signed firmware")
async def update_signed_firmware(
    box: Box, body: SignedUpdateBody, here: CommandDep, principal: Operator
) -> SignedUpdateAnswer:
    """SignedUpdateFirmware of the security extension; with 2.x UpdateFirmware."""
    command = security.SignedUpdateFirmware(
        location=body.location,
        retrieve_at=body.retrieve_at,
        install_at=body.install_at,
        signing_certificate=body.signing_certificate,
        signature=body.signature,
        request_id=body.request_id,
        retries=body.retries,
        retry_interval_s=body.retry_interval_s,
    )
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return SignedUpdateAnswer(
        message=status_sentence("Firmware update", outcome.status),
        charge_box_id=box,
        request_id=outcome.request_id,
        status=outcome.status,
        reason=outcome.reason,
    )


# --- certificates ---------------------------------------------------------------------------------


class CertificateStatusAnswer(ChargerStatusAnswer):
    """The charger's word."""

    model_config = example(
        message="Certificate accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        status="accepted",
    )


class InstallBody(BackendBody):
    """A certificate, and what it is to be trusted for."""

    model_config = example(certificateType="CentralSystemRootCertificate", certificate=_PEM)

    certificate_type: CertificateType = Field(alias="certificateType")
    certificate: Pem


@router.post("/certificates", summary="Install a certificate")
async def install_certificate(
    box: Box, body: InstallBody, here: CommandDep, principal: Operator
) -> CertificateStatusAnswer:
    """Failed where the charger could not, rejected where it would not."""
    command = security.InstallCertificate(
        certificate_type=body.certificate_type, certificate=body.certificate
    )
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return CertificateStatusAnswer.of(box, "Certificate", outcome)


class CertificatesAnswer(BackendAnswer):
    """The certificates' hashes. With 2.x each also has its type, and those below it."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER, certificateHashData=[_HASHES], status="accepted"
    )

    charge_box_id: BoxId
    certificate_hash_data: list[dict[str, Any]] = Field(serialization_alias="certificateHashData")
    status: str
    reason: Reason = None


@router.get("/certificates", summary="List the charger's certificates")
async def list_certificates(
    box: Box,
    here: CommandDep,
    principal: Reader,
    certificate_type: Annotated[
        CertificateType | None, Query(alias="certificateType", description="1.6 needs one.")
    ] = None,
) -> CertificatesAnswer:
    """The charger is asked. notFound where it has none of that type."""
    command = security.GetInstalledCertificateIds(certificate_type=certificate_type)
    outcome = await ask(here, principal, box, command, security.InstalledCertificatesResult)
    return CertificatesAnswer(
        charge_box_id=box,
        certificate_hash_data=list(outcome.hash_data),
        status=outcome.status,
        reason=outcome.reason,
    )


class DeleteBody(BackendBody):
    """The hashes of one certificate, as they are listed."""

    model_config = example(certificateHashData=_HASHES)

    hash_data: dict[str, Any] = Field(alias="certificateHashData")


@router.delete(
    "/certificates",
    summary="Delete a certificate",
    responses={
        200: answers(
            {
                "message": "Deletion accepted by charger",
                "chargeBoxId": EXAMPLE_CHARGER,
                "status": "accepted",
            }
        )
    },
)
async def delete_certificate(
    box: Box, body: DeleteBody, here: CommandDep, principal: Operator
) -> CertificateStatusAnswer:
    """notFound where the charger has no such one; failed where it is its own."""
    command = security.DeleteCertificate(hash_data=body.hash_data)
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return CertificateStatusAnswer.of(box, "Deletion", outcome)
