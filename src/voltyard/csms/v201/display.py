"""Display messages over OCPP 2.0.1 (block O)."""

from typing import Any

from voltyard.csms.commands import display, results
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import NextNumber, ReportExpected, at, word
from voltyard.csms.translation import CommandTable, ReportTable, ResultTable
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m


def _set(command: display.SetDisplayMessage, number: NextNumber) -> Payload:
    return m.SetDisplayMessageRequest(
        message=m.MessageInfo(
            id=command.id,
            priority=command.priority,
            state=command.state,
            start_date_time=at(command.start_at),
            end_date_time=at(command.end_at),
            transaction_id=command.transaction_id,
            message=m.MessageContent(
                format=command.format, language=command.language, content=command.content
            ),
        )
    )


def _get(command: display.GetDisplayMessages, number: NextNumber) -> Payload:
    return m.GetDisplayMessagesRequest(
        request_id=number(),
        id=None if command.id is None else [command.id],
        priority=command.priority,
        state=command.state,
    )


def _listed(
    command: BackendCommand,
    request: m.GetDisplayMessagesRequest,
    response: m.GetDisplayMessagesResponse,
) -> BackendCommandResult | ReportExpected:
    if response.status == "Accepted":
        return ReportExpected(request.request_id)
    return results.DisplayMessagesResult(status=word(response.status))


def _reported(items: tuple[Any, ...]) -> BackendCommandResult:
    return results.DisplayMessagesResult(messages=items)


REQUESTS: CommandTable = {
    display.SetDisplayMessage: _set,
    display.GetDisplayMessages: _get,
    display.ClearDisplayMessage: lambda c, number: m.ClearDisplayMessageRequest(id=c.message_id),
}
RESULTS: ResultTable = {display.GetDisplayMessages: _listed}
REPORTS: ReportTable = {display.GetDisplayMessages: _reported}
