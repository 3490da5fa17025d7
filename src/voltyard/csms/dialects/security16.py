"""Logs, signed firmware, certificates and passwords in OCPP 1.6: the security white paper."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from voltyard.csms import commands, security
from voltyard.csms.commands import Command, Outcome
from voltyard.csms.dialects.dialect import CERTIFICATE_HASHES, Number, at, typed, word
from voltyard.kernel.errors import Invalid
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.secrets import is_secret_name
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v16 import messages as m

_TYPES: Mapping[str, str] = {"CSMSRootCertificate": "CentralSystemRootCertificate"}
"""What 2.x calls a type that 1.6 calls otherwise."""


def _get_log(command: security.GetLog, number: Number) -> Payload:
    return m.GetLogRequest(
        log_type=command.log_type,
        request_id=number() if command.request_id is None else command.request_id,
        log=m.LogParameters(
            remote_location=command.location,
            oldest_timestamp=at(command.oldest_at),
            latest_timestamp=at(command.latest_at),
        ),
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def _update(command: security.UpdateSignedFirmware, number: Number) -> Payload:
    return m.SignedUpdateFirmwareRequest(
        request_id=number() if command.request_id is None else command.request_id,
        firmware=m.Firmware(
            location=command.location,
            retrieve_date_time=Timestamp.seconds(command.retrieve_at),
            install_date_time=at(command.install_at),
            signing_certificate=command.signing_certificate,
            signature=command.signature,
        ),
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def _install(command: security.InstallCertificate, number: Number) -> Payload:
    return m.InstallCertificateRequest(
        certificate_type=_type(command.certificate_type),
        certificate=command.certificate,
    )


def _list(command: security.ListCertificates, number: Number) -> Payload:
    if command.certificate_type is None:
        raise Invalid(
            "OCPP 1.6 lists the certificates of one type",
            hint="certificateType: CentralSystemRootCertificate, ManufacturerRootCertificate",
            field="certificateType",
        )
    return m.GetInstalledCertificateIdsRequest(certificate_type=_type(command.certificate_type))


def _type(name: str) -> Any:
    return _TYPES.get(name, name)


def _delete(command: security.DeleteCertificate, number: Number) -> Payload:
    hashes = {k: v for k, v in command.hash_data.items() if k in CERTIFICATE_HASHES}
    return m.DeleteCertificateRequest(
        certificate_hash_data=typed(m.CertificateHashData, hashes, "certificateHashData")
    )


EXTENSION: Final = frozenset(
    {
        "CertificateSigned",
        "DeleteCertificate",
        "ExtendedTriggerMessage",
        "GetInstalledCertificateIds",
        "GetLog",
        "InstallCertificate",
        "SignedUpdateFirmware",
    }
)
"""What the white paper has a backend ask."""

LACKING: Final = (
    "it belongs to the security extension of OCPP 1.6, which this charger does not have"
)

REQUESTS: Mapping[type[Any], Callable[[Any, Number], Payload]] = {
    security.GetLog: _get_log,
    security.UpdateSignedFirmware: _update,
    security.InstallCertificate: _install,
    security.ListCertificates: _list,
    security.DeleteCertificate: _delete,
    security.SendCertificate: (
        lambda c, number: m.CertificateSignedRequest(certificate_chain=c.chain)
    ),
    security.ChangePassword: (
        lambda c, number: m.ChangeConfigurationRequest(key="AuthorizationKey", value=c.password)
    ),
}


def new_password(request: Payload | None) -> str | None:
    """The AuthorizationKey that the request writes."""
    if isinstance(request, m.ChangeConfigurationRequest) and is_secret_name(request.key):
        return request.value
    return None


def password_status(response: Mapping[str, Any]) -> str:
    """What came of it."""
    return str(response.get("status"))


def _answered(command: Command, request: Payload, response: Any) -> Outcome:
    return commands.Answered(
        status=word(response.status), request_id=getattr(request, "request_id", None)
    )


def _announced(command: Command, request: m.GetLogRequest, response: m.GetLogResponse) -> Outcome:
    return commands.FileAnnounced(
        status=word(response.status),
        file_name=response.filename,
        request_id=request.request_id,
    )


def _listed(
    command: Command, request: Payload, response: m.GetInstalledCertificateIdsResponse
) -> Outcome:
    return security.CertificatesListed(
        status=word(response.status),
        hash_data=tuple(to_dict(one) for one in response.certificate_hash_data or ()),
    )


OUTCOMES: Mapping[type[Any], Callable[[Any, Any, Any], Outcome]] = {
    security.GetLog: _announced,
    security.UpdateSignedFirmware: _answered,
    security.InstallCertificate: _answered,
    security.ListCertificates: _listed,
    security.DeleteCertificate: _answered,
    security.SendCertificate: _answered,
    security.ChangePassword: lambda c, request, r: commands.Answered(status=r.status),
}
