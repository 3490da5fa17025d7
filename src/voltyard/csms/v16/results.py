"""Results of commands, from the responses of OCPP 1.6."""

from voltyard.csms.commands import commands as ask
from voltyard.csms.commands.commands import BackendCommand, BackendCommandResult
from voltyard.csms.translation import ResultTable, start_result, status_result
from voltyard.csms.v16 import charging, local_list, security
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v16 import messages as m


def _configuration(
    command: BackendCommand, request: Payload, response: m.GetConfigurationResponse
) -> BackendCommandResult:
    return ask.ConfigurationResult(
        configuration_key=tuple(
            ask.ConfigurationEntry(key=entry.key, readonly=entry.readonly, value=entry.value)
            for entry in response.configuration_key or ()
        ),
        unknown_key=tuple(response.unknown_key or ()),
    )


RESULTS: ResultTable = {
    ask.Reset: status_result,
    ask.UnlockConnector: status_result,
    ask.ClearCache: status_result,
    ask.TriggerMessage: status_result,
    ask.ChangeAvailability: status_result,
    ask.GetConfiguration: _configuration,
    ask.ChangeConfiguration: lambda c, request, r: ask.StatusResult(status=r.status),
    # The answers to these two say nothing, or a file name, and never no.
    ask.UpdateFirmware: lambda c, request, r: ask.StatusResult(status="accepted"),
    ask.GetDiagnostics: (
        lambda c, request, r: ask.LogResult(status="accepted", file_name=r.file_name)
    ),
    ask.SendDataTransfer: lambda c, request, r: ask.DataTransferResult(
        status=r.status, data=r.data
    ),
    ask.RemoteStartTransaction: start_result,
    ask.RemoteStopTransaction: status_result,
    **charging.RESULTS,
    **security.RESULTS,
    **local_list.RESULTS,
}
