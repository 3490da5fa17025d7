"""Logs, signed firmware, certificates and passwords in OCPP 1.6: the security white paper."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from voltyard.csms import translation
from voltyard.csms.commands import results, security
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import NextNumber, word
from voltyard.csms.translation import log_announced
from voltyard.kernel.errors import Invalid
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.secrets import is_charger_password
from voltyard.ocpp.v16 import messages as m

_TYPES: Mapping[str, str] = {"CSMSRootCertificate": "CentralSystemRootCertificate"}
"""Types that 2.x calls otherwise."""


def _install(command: security.InstallCertificate, number: NextNumber) -> Payload:
    return m.InstallCertificateRequest(
        certificate_type=_type(command.certificate_type),
        certificate=command.certificate,
    )


def _list(command: security.GetInstalledCertificateIds, number: NextNumber) -> Payload:
    if command.certificate_type is None:
        raise Invalid(
            "OCPP 1.6 lists the certificates of one type",
            hint="certificateType: CentralSystemRootCertificate, ManufacturerRootCertificate",
            field="certificateType",
        )
    return m.GetInstalledCertificateIdsRequest(certificate_type=_type(command.certificate_type))


def _type(name: str) -> Any:
    return _TYPES.get(name, name)


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
"""Requests that the white paper adds to a backend."""

LACKING: Final = (
    "it belongs to the security extension of OCPP 1.6, which this charger does not have"
)

REQUESTS: Mapping[type[Any], Callable[[Any, NextNumber], Payload]] = {
    security.GetLog: translation.get_log(m.GetLogRequest, m.LogParameters),
    security.SignedUpdateFirmware: translation.update_signed_firmware(
        m.SignedUpdateFirmwareRequest, m.Firmware
    ),
    security.InstallCertificate: _install,
    security.GetInstalledCertificateIds: _list,
    security.DeleteCertificate: translation.delete_certificate(
        m.DeleteCertificateRequest, m.CertificateHashData
    ),
    security.CertificateSigned: (
        lambda c, number: m.CertificateSignedRequest(certificate_chain=c.chain)
    ),
    security.ChangePassword: (
        lambda c, number: m.ChangeConfigurationRequest(key="AuthorizationKey", value=c.password)
    ),
}


def new_password(request: Payload | None) -> str | None:
    """The AuthorizationKey that the request writes."""
    if isinstance(request, m.ChangeConfigurationRequest) and is_charger_password(request.key):
        return request.value
    return None


def password_status(response: Mapping[str, Any]) -> str:
    """The charger's status of a password change."""
    return str(response.get("status"))


def _listed(
    command: BackendCommand, request: Payload, response: m.GetInstalledCertificateIdsResponse
) -> BackendCommandResult:
    return results.InstalledCertificatesResult(
        status=word(response.status),
        hash_data=tuple(to_dict(one) for one in response.certificate_hash_data or ()),
    )


RESULTS: Mapping[type[Any], Callable[[Any, Any, Any], BackendCommandResult]] = {
    security.GetLog: log_announced,
    security.GetInstalledCertificateIds: _listed,
    security.ChangePassword: lambda c, request, r: results.StatusResult(status=r.status),
}
