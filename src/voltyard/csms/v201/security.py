"""Logs, signed firmware, certificates and passwords in OCPP 2.0.1: blocks A, L, M and N."""

from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms import translation
from voltyard.csms.commands import results, security
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import NextNumber, word
from voltyard.csms.translation import log_announced, reason, reason_code
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.secrets import is_charger_password
from voltyard.ocpp.v201 import messages as m

_TYPES: Mapping[str, str] = {"CentralSystemRootCertificate": "CSMSRootCertificate"}
"""Types that 1.6 calls otherwise."""

_PASSWORD = (
    m.Component(name="SecurityCtrlr"),
    m.Variable(name="BasicAuthPassword"),
)


def _install(command: security.InstallCertificate, number: NextNumber) -> Payload:
    return m.InstallCertificateRequest(
        certificate_type=_type(command.certificate_type),
        certificate=command.certificate,
    )


def _list(command: security.GetInstalledCertificateIds, number: NextNumber) -> Payload:
    name = command.certificate_type
    return m.GetInstalledCertificateIdsRequest(
        certificate_type=None if name is None else [_type(name)]
    )


def _type(name: str) -> Any:
    return _TYPES.get(name, name)


def _send(command: security.CertificateSigned, number: NextNumber) -> Payload:
    return m.CertificateSignedRequest(
        certificate_chain=command.chain,
        certificate_type=command.certificate_type,  # type: ignore[arg-type]
    )


def _change_password(command: security.ChangePassword, number: NextNumber) -> Payload:
    component, variable = _PASSWORD
    data = m.SetVariableData(
        component=component, variable=variable, attribute_value=command.password
    )
    return m.SetVariablesRequest(set_variable_data=[data])


REQUESTS: Mapping[type[Any], Callable[[Any, NextNumber], Payload]] = {
    security.GetLog: translation.get_log(m.GetLogRequest, m.LogParameters),
    security.SignedUpdateFirmware: translation.update_signed_firmware(
        m.UpdateFirmwareRequest, m.Firmware
    ),
    security.InstallCertificate: _install,
    security.GetInstalledCertificateIds: _list,
    security.DeleteCertificate: translation.delete_certificate(
        m.DeleteCertificateRequest, m.CertificateHashData
    ),
    security.CertificateSigned: _send,
    security.ChangePassword: _change_password,
}


def new_password(request: Payload | None) -> str | None:
    """The BasicAuthPassword that the request writes, whatever it writes beside it."""
    if not isinstance(request, m.SetVariablesRequest):
        return None
    for data in request.set_variable_data:
        is_actual = data.attribute_type in (None, "Actual")
        if is_actual and is_charger_password(f"{data.component.name}.{data.variable.name}"):
            return data.attribute_value
    return None


def password_status(response: Mapping[str, Any]) -> str:
    """The status of that one of the variables; empty where the answer does not say."""
    results = response.get("setVariableResult")
    for result in results if isinstance(results, list) else ():
        try:
            place = f"{result['component']['name']}.{result['variable']['name']}"
            is_actual = result.get("attributeType", "Actual") == "Actual"
            if is_actual and is_charger_password(place):
                return str(result["attributeStatus"])
        except (LookupError, TypeError, AttributeError):
            continue  # a lenient reading lets pass much
    return ""


def _listed(
    command: BackendCommand, request: Payload, response: m.GetInstalledCertificateIdsResponse
) -> BackendCommandResult:
    found = []
    for entry in response.certificate_hash_data_chain or ():
        whole = to_dict(entry)
        found.append({**whole.pop("certificateHashData"), **whole})
    return results.InstalledCertificatesResult(
        status=word(response.status), hash_data=tuple(found), reason=reason(response)
    )


def variable_set(
    command: BackendCommand, request: Payload, response: m.SetVariablesResponse
) -> BackendCommandResult:
    """The result for the one variable that was set."""
    result = response.set_variable_result[0]
    return results.StatusResult(
        status=result.attribute_status, reason=reason_code(result.attribute_status_info)
    )


RESULTS: Mapping[type[Any], Callable[[Any, Any, Any], BackendCommandResult]] = {
    security.GetLog: log_announced,
    security.GetInstalledCertificateIds: _listed,
    security.ChangePassword: variable_set,
}
