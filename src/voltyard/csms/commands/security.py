"""Commands of logs, signed firmware, certificates and passwords (A, L, M, N)."""

from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from voltyard.csms.commands.declaration import (
    AnswerField,
    AnswerShape,
    CommandOperation,
    WireField,
    status_answer,
)
from voltyard.csms.commands.results import InstalledCertificatesResult, LogResult
from voltyard.csms.commands.shared import (
    BackendCommand,
    DownloadLocation,
    Moment,
    Natural,
    Pem,
    RequestId,
    RetryInterval,
    UploadLocation,
)

CertificateType: TypeAlias = Literal[
    "CentralSystemRootCertificate",
    "CSMSRootCertificate",
    "MORootCertificate",
    "ManufacturerRootCertificate",
    "V2GCertificateChain",
    "V2GRootCertificate",
]
"""1.6 has CentralSystemRootCertificate, which is 2.x's CSMSRootCertificate, either way, and
ManufacturerRootCertificate."""

_PEM: Final = "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
_HASHES: Final = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "5c1d...",
    "issuerKeyHash": "9a70...",
    "serialNumber": "4f2e",
}
_CERTIFICATE_STATUS: Final = status_answer("CertificateStatusAnswer")


class GetLog(BackendCommand, frozen=True, kw_only=True, tag="log"):
    """Have the charger upload a log.

    GetLog of the security extension, and of 2.x. Without a requestId one is made.

    Body: Which log, and where to upload it to.

    Answer: The charger's word; no file name where it has nothing to upload.
    """

    operation: ClassVar = CommandOperation(
        name="get_log",
        tag="security",
        body="GetLogBody",
        example={"logType": "SecurityLog", "location": "https://uploads.example.com/logs/"},
        answer=status_answer("GetLogAnswer", "request_id", AnswerField("file_name", "filename")),
        subject="Log upload",
        result={"requestId": 7, "filename": "security-2026-02-10.log"},
    )
    result: ClassVar = LogResult

    log_type: Annotated[Literal["DiagnosticsLog", "SecurityLog"], WireField("logType")]
    location: UploadLocation
    request_id: RequestId = None
    oldest_at: Annotated[Moment | None, WireField("oldestTimestamp")] = None
    latest_at: Annotated[Moment | None, WireField("latestTimestamp")] = None
    retries: Natural | None = None
    retry_interval_s: RetryInterval = None


class SignedUpdateFirmware(BackendCommand, frozen=True, kw_only=True, tag="firmware/signed-update"):
    """Have the charger install signed firmware.

    SignedUpdateFirmware of the security extension; with 2.x UpdateFirmware.

    Body: Where the firmware is, and who says that it is genuine.

    Answer: The charger's word: accepted, rejected, acceptedCanceled (it gave up another update for
    this one), invalidCertificate, revokedCertificate.
    """

    operation: ClassVar = CommandOperation(
        name="update_signed_firmware",
        tag="security",
        body="SignedUpdateBody",
        example={
            "location": "https://firmware.example.com/v2.0.0/firmware.bin",
            "retrieveDate": "2026-02-10T14:00:00Z",
            "signingCertificate": _PEM,
            "signature": "MEUCIQD...",
        },
        answer=status_answer("SignedUpdateAnswer", "request_id"),
        subject="Firmware update",
        result={"requestId": 7},
    )

    location: DownloadLocation
    retrieve_at: Annotated[Moment, WireField("retrieveDate")]
    install_at: Annotated[Moment | None, WireField("installDate")] = None
    signing_certificate: Annotated[Pem, WireField("signingCertificate")]
    signature: Annotated[str, WireField(min_length=1, max_length=800)]
    """Base64."""
    request_id: RequestId = None
    retries: Natural | None = None
    retry_interval_s: RetryInterval = None


class InstallCertificate(BackendCommand, frozen=True, kw_only=True, tag="certificates"):
    """Install a certificate.

    Failed where the charger could not, rejected where it would not.

    Body: A certificate, and what it is to be trusted for.
    """

    operation: ClassVar = CommandOperation(
        name="install_certificate",
        tag="security",
        body="InstallCertificateBody",
        example={"certificateType": "CentralSystemRootCertificate", "certificate": _PEM},
        answer=_CERTIFICATE_STATUS,
        subject="Certificate",
    )

    certificate_type: Annotated[CertificateType, WireField("certificateType")]
    certificate: Pem


class GetInstalledCertificateIds(
    BackendCommand, frozen=True, kw_only=True, tag="certificates/list"
):
    """List the charger's certificates.

    The charger is asked. notFound where it has none of that type.

    Answer: The certificates' hashes. With 2.x each also has its type, and those below it.
    """

    operation: ClassVar = CommandOperation(
        name="list_installed_certificates",
        path="certificates",
        method="GET",
        tag="security",
        answer=AnswerShape("CertificatesAnswer", "charge_box_id", "hash_data", "status", "reason"),
        result={"certificateHashData": [_HASHES]},
    )
    result: ClassVar = InstalledCertificatesResult

    certificate_type: Annotated[
        CertificateType | None, WireField("certificateType", description="1.6 needs one.")
    ] = None


class DeleteCertificate(BackendCommand, frozen=True, kw_only=True, tag="certificates/delete"):
    """Delete a certificate.

    notFound where the charger has no such one; failed where it is its own.

    Body: The hashes of one certificate, as they are listed.
    """

    operation: ClassVar = CommandOperation(
        name="delete_certificate",
        path="certificates",
        method="DELETE",
        tag="security",
        body="DeleteCertificateBody",
        example={"certificateHashData": _HASHES},
        answer=_CERTIFICATE_STATUS,
        subject="Deletion",
    )

    hash_data: Annotated[dict[str, Any], WireField("certificateHashData")]
    """Hashes as listed, without whatever else is told."""


class CertificateSigned(BackendCommand, frozen=True, kw_only=True, tag="certificates/signed"):
    """Hand the charger the certificate it asked for."""

    chain: str
    """PEM, its own certificate first."""
    certificate_type: Annotated[str | None, WireField("certificateType")] = None
    """2.x, as the charger asked."""


class ChangePassword(BackendCommand, frozen=True, kw_only=True, tag="password"):
    """Give the charger another password.

    Sent to the charger, and in force once it has accepted. Where its answer is lost the old and the
    new are both good, until it comes with the new. What the password is, is told nowhere.

    Body: The password; one is made where none is given. With 1.6 an AuthorizationKey is
    hexadecimal, of 16 to 20 bytes: a password of so many characters goes over the wire as their
    digits, one of 32 to 40 digits as it is. `plain` sends any as it is, for chargers that take the
    key for the password itself.

    Answer: The charger's word, as it is on the wire.
    """

    operation: ClassVar = CommandOperation(
        name="change_password",
        tag="security",
        body="PasswordBody",
        is_body_optional=True,
        extra={"encoding": (Literal["hex", "plain"], "hex")},
        example={"password": "a-password-of-20-chr", "encoding": "hex"},
        answer=status_answer("PasswordAnswer"),
        subject="Password change",
        sentences={
            "Accepted": "Password changed successfully",
            "RebootRequired": "Password changed, and is used once the charger has rebooted",
            "NotSupported": "Charger has no password to be changed",
        },
        result={"status": "Accepted"},
    )

    password: Annotated[
        str, WireField(min_length=16, max_length=40, pattern="^[!-~]+$", is_optional=True)
    ]
    """As it goes over the wire: AuthorizationKey (1.6), BasicAuthPassword (2.x)."""
