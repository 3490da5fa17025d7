"""Results of commands, from the responses of OCPP 2.0.1."""

from voltyard.csms.commands import control, maintenance, results
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import ReportExpected, word
from voltyard.csms.translation import ReportTable, ResultTable, log_announced, start_result
from voltyard.csms.v201 import (
    charging,
    configuration_keys,
    customers,
    device_model,
    display,
    local_list,
    monitors,
    security,
)
from voltyard.csms.v201.requests import as_text
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m


def _configuration(
    command: maintenance.GetConfiguration, request: Payload, response: Payload
) -> BackendCommandResult | ReportExpected:
    if isinstance(request, m.GetBaseReportRequest):
        assert isinstance(response, m.GetBaseReportResponse)
        if response.status == "Accepted":
            return ReportExpected(request.request_id)
        # An empty result is a full answer; the rest is a refusal.
        status = "accepted" if response.status == "EmptyResultSet" else word(response.status)
        return results.ConfigurationResult(configuration_key=(), status=status)
    assert isinstance(response, m.GetVariablesResponse)
    known, unknown = [], []
    result_of = device_model.by_variable(response.get_variable_result)
    for key in command.keys:
        result = result_of(key, "Actual")
        if result is None or result.attribute_status.startswith("Unknown"):
            unknown.append(key)
        else:
            # Rejected is the word for a write-only variable (B06.FR.09).
            value = result.attribute_value if result.attribute_status == "Accepted" else None
            known.append(results.ConfigurationEntry(key=key, readonly=None, value=value))
    return results.ConfigurationResult(configuration_key=tuple(known), unknown_key=tuple(unknown))


def _data_answered(
    command: BackendCommand, request: Payload, response: m.DataTransferResponse
) -> BackendCommandResult:
    return results.DataTransferResult(status=response.status, data=as_text(response.data))


def _transaction_status(
    command: BackendCommand, request: Payload, response: m.GetTransactionStatusResponse
) -> BackendCommandResult:
    return results.TransactionStatusResult(
        ongoing_indicator=response.ongoing_indicator,
        messages_in_queue=response.messages_in_queue,
    )


RESULTS: ResultTable = {
    maintenance.GetConfiguration: _configuration,
    maintenance.ChangeConfiguration: security.variable_set,
    maintenance.GetDiagnostics: log_announced,
    maintenance.SendDataTransfer: _data_answered,
    control.RemoteStartTransaction: start_result,
    control.GetTransactionStatus: _transaction_status,
    # The answer says nothing, and never no.
    control.CostUpdated: lambda c, request, r: results.StatusResult(status="accepted"),
    **charging.RESULTS,
    **security.RESULTS,
    **local_list.RESULTS,
    **display.RESULTS,
    **device_model.RESULTS,
    **customers.RESULTS,
    **monitors.RESULTS,
}


def _settings_reported(items: tuple[m.ReportData, ...]) -> BackendCommandResult:
    return results.ConfigurationResult(
        configuration_key=tuple(
            results.ConfigurationEntry(
                key=configuration_keys.name(entry.component, entry.variable),
                readonly=attribute.mutability == "ReadOnly",
                value=None if attribute.mutability == "WriteOnly" else attribute.value,
            )
            for entry in items
            for attribute in entry.variable_attribute
            if attribute.type in (None, "Actual")
        )
    )


REPORTS: ReportTable = {
    maintenance.GetConfiguration: _settings_reported,
    **display.REPORTS,
    **device_model.REPORTS,
    **customers.REPORTS,
    **monitors.REPORTS,
}
