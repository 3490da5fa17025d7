"""Dialect made of one version's tables, with what the versions do alike."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from voltyard.csms.commands.control import RawCall
from voltyard.csms.commands.expected_outcomes import ExpectedOutcome, ReservationChange
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import NextNumber, ReportExpected, as_typed, checked, raw_call
from voltyard.csms.requests import ChargerRequest, Reply
from voltyard.csms.translation import (
    CommandTable,
    ReplyTable,
    ReportTable,
    RequestTable,
    ResultTable,
    status_result,
)
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.versions import Version

Aim: TypeAlias = Callable[[int | None, int | None], tuple[int | None, int | None]]


class TableDialect(Struct, frozen=True, kw_only=True):
    """The CsmsDialect of one version. The functions are those of CsmsDialect."""

    version: Version
    longest_id_tag: int
    max_keys_setting: str
    requests: RequestTable
    replies: ReplyTable
    commands: CommandTable
    results: ResultTable
    expected_outcomes: Mapping[type[Any], Callable[[Any], ExpectedOutcome | None]]
    trigger_marks: Mapping[type[Any], Callable[[Any], bool]]
    reservation_changes: Mapping[type[Any], Callable[[Any], ReservationChange]]
    aim: Aim
    expected_report: Callable[[Payload], int | None]
    reports: ReportTable
    released: Callable[[Payload, Payload], frozenset[str]]
    password_of: Callable[[Payload | None], str | None]
    """The password that a request with a known action gives to the charger."""
    password_status: Callable[[Mapping[str, Any]], str]
    advice: Callable[[str, str], str]

    def understand(self, request: Payload) -> ChargerRequest:
        return self.requests[type(request)](request)

    def answer(self, request: Payload, reply: Reply, now: Instant) -> Payload:
        return self.replies[type(request)](reply, now)

    def request(self, command: BackendCommand, number: NextNumber) -> Payload:
        if isinstance(command, RawCall):
            return raw_call(self.version, command)
        made = self.commands.get(type(command))
        if made is None:
            name, version = type(command).__struct_config__.tag, command.first_version
            raise Invalid(
                f"{name} is of OCPP {version}, and the charger speaks {self.version.name}"
            )
        return checked(self.version, made(command, number))

    def outcome(
        self, command: BackendCommand, request: Payload, response: Payload
    ) -> BackendCommandResult | ReportExpected:
        result = self.results.get(type(command)) or status_result
        return result(command, request, response)

    def whole_report(self, command: BackendCommand, items: tuple[Any, ...]) -> BackendCommandResult:
        return self.reports[type(command)](items)

    def expected_outcome(self, request: Payload) -> ExpectedOutcome | None:
        known = as_typed(self.version, request)
        expected = self.expected_outcomes.get(type(known))
        return None if expected is None else expected(known)

    def says_triggered(self, request: Payload) -> bool | None:
        marked = self.trigger_marks.get(type(request))
        return None if marked is None else marked(request)

    def new_password(self, request: Payload) -> str | None:
        return self.password_of(as_typed(self.version, request))

    def reservation_change(self, request: Payload) -> ReservationChange | None:
        known = as_typed(self.version, request)
        change = self.reservation_changes.get(type(known))
        return None if change is None else change(known)
