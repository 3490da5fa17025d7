"""Results of commands, from the responses of OCPP 1.6."""

from voltyard.csms.commands import control, maintenance, results
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.translation import ResultTable, start_result
from voltyard.csms.v16 import charging, local_list, security
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v16 import messages as m


def _configuration(
    command: BackendCommand, request: Payload, response: m.GetConfigurationResponse
) -> BackendCommandResult:
    return results.ConfigurationResult(
        configuration_key=tuple(
            results.ConfigurationEntry(key=entry.key, readonly=entry.readonly, value=entry.value)
            for entry in response.configuration_key or ()
        ),
        unknown_key=tuple(response.unknown_key or ()),
    )


RESULTS: ResultTable = {
    maintenance.GetConfiguration: _configuration,
    maintenance.ChangeConfiguration: lambda c, request, r: results.StatusResult(status=r.status),
    # The answers to these two say nothing, or a file name, and never no.
    maintenance.UpdateFirmware: lambda c, request, r: results.StatusResult(status="accepted"),
    maintenance.GetDiagnostics: (
        lambda c, request, r: results.LogResult(status="accepted", file_name=r.file_name)
    ),
    maintenance.SendDataTransfer: lambda c, request, r: results.DataTransferResult(
        status=r.status, data=r.data
    ),
    control.RemoteStartTransaction: start_result,
    **charging.RESULTS,
    **security.RESULTS,
    **local_list.RESULTS,
}
