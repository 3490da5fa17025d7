"""Results of commands, from the responses of OCPP 2.0.1."""

from collections.abc import Iterable

from voltyard.csms.commands import commands as ask
from voltyard.csms.commands.commands import BackendCommand, BackendCommandResult
from voltyard.csms.dialect import ReportExpected, word
from voltyard.csms.translation import ResultTable, log_announced, start_result, status_result
from voltyard.csms.v201 import charging, configuration_keys, local_list, security
from voltyard.csms.v201.requests import as_text
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m


def _configuration(
    command: ask.GetConfiguration, request: Payload, response: Payload
) -> BackendCommandResult | ReportExpected:
    if isinstance(request, m.GetBaseReportRequest):
        assert isinstance(response, m.GetBaseReportResponse)
        if response.status == "Accepted":
            return ReportExpected(request.request_id)
        # An empty result is a full answer; the rest is a refusal.
        status = "accepted" if response.status == "EmptyResultSet" else word(response.status)
        return ask.ConfigurationResult(configuration_key=(), status=status)
    assert isinstance(response, m.GetVariablesResponse)
    known, unknown = [], []
    for key, result in _matched(command.keys, response.get_variable_result):
        if result is None or result.attribute_status.startswith("Unknown"):
            unknown.append(key)
        else:
            # Rejected is the word for a write-only variable (B06.FR.09).
            value = result.attribute_value if result.attribute_status == "Accepted" else None
            known.append(ask.ConfigurationEntry(key=key, readonly=None, value=value))
    return ask.ConfigurationResult(configuration_key=tuple(known), unknown_key=tuple(unknown))


def _matched(
    keys: Iterable[str], results: Iterable[m.GetVariableResult]
) -> Iterable[tuple[str, m.GetVariableResult | None]]:
    """Each key with the result for its place: stations may answer in another order."""
    by_name = {configuration_keys.name(r.component, r.variable): r for r in results}
    return (
        (key, by_name.get(configuration_keys.name(*configuration_keys.address(key))))
        for key in keys
    )


def _data_answered(
    command: BackendCommand, request: Payload, response: m.DataTransferResponse
) -> BackendCommandResult:
    return ask.DataTransferResult(status=response.status, data=as_text(response.data))


RESULTS: ResultTable = {
    ask.Reset: status_result,
    ask.UnlockConnector: status_result,
    ask.ClearCache: status_result,
    ask.TriggerMessage: status_result,
    ask.ChangeAvailability: status_result,
    ask.GetConfiguration: _configuration,
    ask.ChangeConfiguration: security.variable_set,
    ask.UpdateFirmware: status_result,
    ask.GetDiagnostics: log_announced,
    ask.SendDataTransfer: _data_answered,
    ask.RemoteStartTransaction: start_result,
    ask.RemoteStopTransaction: status_result,
    **charging.RESULTS,
    **security.RESULTS,
    **local_list.RESULTS,
}
