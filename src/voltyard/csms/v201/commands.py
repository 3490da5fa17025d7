"""Commands as requests of OCPP 2.0.1."""

from collections.abc import Mapping

from voltyard.csms.commands import control, maintenance
from voltyard.csms.dialect import NextNumber, at, typed
from voltyard.csms.translation import CommandTable, transfer_data
from voltyard.csms.v201 import (
    charging,
    configuration_keys,
    customers,
    device_model,
    display,
    expected_outcomes,
    local_list,
    monitors,
    network,
    publication,
    security,
)
from voltyard.ocpp.payload import Payload, Untyped
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201 import messages as m
from voltyard.ocpp.versions import V201

_RESET: Mapping[str, m.Reset] = {"Soft": "OnIdle", "Hard": "Immediate"}

_MESSAGES: Mapping[str, str] = {
    "DiagnosticsStatusNotification": "LogStatusNotification",
    "SignChargePointCertificate": "SignChargingStationCertificate",
}
"""Messages that 1.6 calls otherwise."""


def _evse(connector_id: int | None, evse_id: int | None) -> m.EVSE | None:
    """The EVSE that a command aims at. Without an EVSE, connector n stands for EVSE n; 0 for the
    station."""
    if evse_id is not None:
        return m.EVSE(id=evse_id, connector_id=connector_id or None)
    return m.EVSE(id=connector_id) if connector_id else None


def _unlock(command: control.UnlockConnector, number: NextNumber) -> Payload:
    if command.evse_id is None:
        return m.UnlockConnectorRequest(evse_id=command.connector_id, connector_id=1)
    return m.UnlockConnectorRequest(evse_id=command.evse_id, connector_id=command.connector_id)


def _trigger(command: control.TriggerMessage, number: NextNumber) -> Payload:
    message = _MESSAGES.get(command.requested_message, command.requested_message)
    evse = _evse(command.connector_id, command.evse_id)
    if message == "StatusNotification" and evse is not None and evse.connector_id is None:
        # F06.FR.12: a status is asked of one connector, and an EVSE has a first.
        evse = m.EVSE(id=evse.id, connector_id=1)
    return m.TriggerMessageRequest(requested_message=message, evse=evse)  # type: ignore[arg-type]


def _availability(command: control.ChangeAvailability, number: NextNumber) -> Payload:
    return m.ChangeAvailabilityRequest(
        operational_status=command.type, evse=_evse(command.connector_id, command.evse_id)
    )


def _get_configuration(command: maintenance.GetConfiguration, number: NextNumber) -> Payload:
    if not command.keys:
        return m.GetBaseReportRequest(request_id=number(), report_base="FullInventory")
    places = [configuration_keys.address(key) for key in command.keys]
    return m.GetVariablesRequest(
        get_variable_data=[
            m.GetVariableData(component=component, variable=variable)
            for component, variable in places
        ]
    )


def _change_configuration(command: maintenance.ChangeConfiguration, number: NextNumber) -> Payload:
    component, variable = configuration_keys.address(command.key)
    data = m.SetVariableData(component=component, variable=variable, attribute_value=command.value)
    return m.SetVariablesRequest(set_variable_data=[data])


def _update_firmware(command: maintenance.UpdateFirmware, number: NextNumber) -> Payload:
    return m.UpdateFirmwareRequest(
        request_id=number(),
        firmware=m.Firmware(
            location=command.location,
            retrieve_date_time=Timestamp.seconds(command.retrieve_at),
        ),
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def _get_log(command: maintenance.GetDiagnostics, number: NextNumber) -> Payload:
    return m.GetLogRequest(
        log_type="DiagnosticsLog",
        request_id=number(),
        log=m.LogParameters(
            remote_location=command.location,
            oldest_timestamp=at(command.start_at),
            latest_timestamp=at(command.stop_at),
        ),
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def _request_start(command: control.RemoteStartTransaction, number: NextNumber) -> Payload:
    profile = None
    if command.charging_profile is not None:
        profile = typed(m.ChargingProfile, command.charging_profile, "chargingProfile")
    evse_id = command.connector_id if command.evse_id is None else command.evse_id
    return m.RequestStartTransactionRequest(
        id_token=m.IdToken(id_token=command.id_tag, type=command.id_tag_type),  # type: ignore[arg-type]
        remote_start_id=number(),
        evse_id=evse_id,
        charging_profile=profile,
    )


REQUESTS: CommandTable = {
    control.Reset: lambda c, number: m.ResetRequest(type=_RESET[c.type], evse_id=c.evse_id),
    control.UnlockConnector: _unlock,
    control.ClearCache: lambda c, number: m.ClearCacheRequest(),
    control.TriggerMessage: _trigger,
    control.ChangeAvailability: _availability,
    maintenance.GetConfiguration: _get_configuration,
    maintenance.ChangeConfiguration: _change_configuration,
    maintenance.UpdateFirmware: _update_firmware,
    maintenance.GetDiagnostics: _get_log,
    maintenance.SendDataTransfer: transfer_data(m.DataTransferRequest),
    control.RemoteStartTransaction: _request_start,
    control.RemoteStopTransaction: (
        lambda c, number: m.RequestStopTransactionRequest(transaction_id=c.transaction_id)
    ),
    control.GetTransactionStatus: (
        lambda c, number: m.GetTransactionStatusRequest(transaction_id=c.transaction_id)
    ),
    control.CostUpdated: (
        lambda c, number: m.CostUpdatedRequest(
            total_cost=c.total_cost, transaction_id=c.transaction_id
        )
    ),
    **charging.REQUESTS,
    **security.REQUESTS,
    **local_list.REQUESTS,
    **display.REQUESTS,
    **device_model.REQUESTS,
    **network.REQUESTS,
    **publication.REQUESTS,
    **customers.REQUESTS,
    **monitors.REQUESTS,
}


_REPORTED = (
    m.CustomerInformationRequest,
    m.GetBaseReportRequest,
    m.GetDisplayMessagesRequest,
    m.GetReportRequest,
    m.GetMonitoringReportRequest,
)
"""Requests whose answer announces a report."""


def expected_report(request: Payload) -> int | None:
    """The request id of the report that this request asks for."""
    return request.request_id if isinstance(request, _REPORTED) else None


def released(request: Payload, response: Payload) -> frozenset[str]:
    """Messages that a pending station may send since it was asked to (B02.FR.01, B02.FR.09)."""
    if getattr(response, "status", None) != "Accepted":
        return frozenset()
    if isinstance(request, Untyped):
        action, content = request.action, request.content
        message = content.get("requestedMessage") if action == "TriggerMessage" else None
    else:
        action = V201.action_of(type(request)).name
        message = getattr(request, "requested_message", None)
    if action in ("GetBaseReport", "GetReport"):
        return frozenset({"NotifyReport"})
    if action == "GetMonitoringReport":
        return frozenset({"NotifyMonitoringReport"})
    return (
        frozenset({expected_outcomes.TRIGGERED_MESSAGES.get(message, message)})
        if isinstance(message, str)
        else frozenset()
    )
