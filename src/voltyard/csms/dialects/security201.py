"""Logs, signed firmware, certificates and passwords in OCPP 2.0.1: blocks A, L, M and N."""

from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms import commands, security
from voltyard.csms.commands import Command, Outcome
from voltyard.csms.dialects.answers201 import answered, reason
from voltyard.csms.dialects.dialect import CERTIFICATE_HASHES, Number, at, typed, word
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.secrets import is_secret_name
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201 import messages as m

_TYPES: Mapping[str, str] = {"CentralSystemRootCertificate": "CSMSRootCertificate"}
"""What 1.6 calls a type that 2.x calls otherwise."""

_PASSWORD = (
    m.Component(name="SecurityCtrlr"),
    m.Variable(name="BasicAuthPassword"),
)


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
    return m.UpdateFirmwareRequest(
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
    name = command.certificate_type
    return m.GetInstalledCertificateIdsRequest(
        certificate_type=None if name is None else [_type(name)]
    )


def _type(name: str) -> Any:
    return _TYPES.get(name, name)


def _delete(command: security.DeleteCertificate, number: Number) -> Payload:
    hashes = {k: v for k, v in command.hash_data.items() if k in CERTIFICATE_HASHES}
    return m.DeleteCertificateRequest(
        certificate_hash_data=typed(m.CertificateHashData, hashes, "certificateHashData")
    )


def _send(command: security.SendCertificate, number: Number) -> Payload:
    return m.CertificateSignedRequest(
        certificate_chain=command.chain,
        certificate_type=command.certificate_type,  # type: ignore[arg-type]
    )


def _change_password(command: security.ChangePassword, number: Number) -> Payload:
    component, variable = _PASSWORD
    data = m.SetVariableData(
        component=component, variable=variable, attribute_value=command.password
    )
    return m.SetVariablesRequest(set_variable_data=[data])


REQUESTS: Mapping[type[Any], Callable[[Any, Number], Payload]] = {
    security.GetLog: _get_log,
    security.UpdateSignedFirmware: _update,
    security.InstallCertificate: _install,
    security.ListCertificates: _list,
    security.DeleteCertificate: _delete,
    security.SendCertificate: _send,
    security.ChangePassword: _change_password,
}


def new_password(request: Payload | None) -> str | None:
    """The BasicAuthPassword that the request writes, whatever it writes beside it."""
    if not isinstance(request, m.SetVariablesRequest):
        return None
    for data in request.set_variable_data:
        is_actual = data.attribute_type in (None, "Actual")
        if is_actual and is_secret_name(f"{data.component.name}.{data.variable.name}"):
            return data.attribute_value
    return None


def password_status(response: Mapping[str, Any]) -> str:
    """What came of that one of the variables; nothing where the answer does not say."""
    results = response.get("setVariableResult")
    for result in results if isinstance(results, list) else ():
        try:
            place = f"{result['component']['name']}.{result['variable']['name']}"
            is_actual = result.get("attributeType", "Actual") == "Actual"
            if is_actual and is_secret_name(place):
                return str(result["attributeStatus"])
        except (LookupError, TypeError, AttributeError):
            continue  # a lenient reading lets pass much
    return ""


def log_announced(
    command: Command, request: m.GetLogRequest, response: m.GetLogResponse
) -> Outcome:
    """Which file will come."""
    return commands.FileAnnounced(
        status=word(response.status),
        file_name=response.filename,
        request_id=request.request_id,
        reason=reason(response),
    )


def _listed(
    command: Command, request: Payload, response: m.GetInstalledCertificateIdsResponse
) -> Outcome:
    found = []
    for entry in response.certificate_hash_data_chain or ():
        whole = to_dict(entry)
        found.append({**whole.pop("certificateHashData"), **whole})
    return security.CertificatesListed(
        status=word(response.status), hash_data=tuple(found), reason=reason(response)
    )


def variable_set(command: Command, request: Payload, response: m.SetVariablesResponse) -> Outcome:
    """What came of the one variable that was set."""
    result = response.set_variable_result[0]
    info = result.attribute_status_info
    return commands.Answered(
        status=result.attribute_status, reason=info.reason_code if info else None
    )


OUTCOMES: Mapping[type[Any], Callable[[Any, Any, Any], Outcome]] = {
    security.GetLog: log_announced,
    security.UpdateSignedFirmware: answered,
    security.InstallCertificate: answered,
    security.ListCertificates: _listed,
    security.DeleteCertificate: answered,
    security.SendCertificate: answered,
    security.ChangePassword: variable_set,
}
