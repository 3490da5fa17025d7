"""Customer information over OCPP 2.0.1 (N09, N10)."""

from typing import Any

from voltyard.csms.commands import customers, results
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import NextNumber, ReportExpected, typed, word
from voltyard.csms.translation import CommandTable, ReportTable, ResultTable, reason
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m


def _ask(command: customers.CustomerInformation, number: NextNumber) -> Payload:
    token = certificate = None
    if command.id_tag is not None:
        token = m.IdToken(id_token=command.id_tag, type=command.id_tag_type)  # type: ignore[arg-type]
    if command.hash_data is not None:
        certificate = typed(m.CertificateHashData, command.hash_data, "certificateHashData")
    return m.CustomerInformationRequest(
        request_id=number(),
        report=command.report,
        clear=command.clear,
        id_token=token,
        customer_certificate=certificate,
        customer_identifier=command.customer_identifier,
    )


def _answered(
    command: BackendCommand,
    request: m.CustomerInformationRequest,
    response: m.CustomerInformationResponse,
) -> BackendCommandResult | ReportExpected:
    if response.status == "Accepted":
        return ReportExpected(request.request_id)
    return results.CustomerInformationResult(status=word(response.status), reason=reason(response))


def _reported(items: tuple[Any, ...]) -> BackendCommandResult:
    return results.CustomerInformationResult(data="".join(items))


REQUESTS: CommandTable = {customers.CustomerInformation: _ask}
RESULTS: ResultTable = {customers.CustomerInformation: _answered}
REPORTS: ReportTable = {customers.CustomerInformation: _reported}
