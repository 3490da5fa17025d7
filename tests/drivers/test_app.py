"""Drivers with a phone reach their charger by way of the backend."""

import asyncio

import pytest

from voltyard.charger.effects import Done, Failed
from voltyard.csms.commands import control, results, shared
from voltyard.csms.commands.results import RemoteStartResult, StatusResult
from voltyard.drivers.app import DriverApp, StartByApp, StopByApp
from voltyard.kernel.errors import NotConnected


class Backend:
    """A backend that answers as told."""

    def __init__(self, answer: results.BackendCommandResult | Exception) -> None:
        self.asked: list[tuple[str, str, shared.BackendCommand]] = []
        self._answer = answer

    async def command(
        self, organization_id: str, charge_box_id: str, command: shared.BackendCommand
    ) -> results.BackendCommandResult:
        self.asked.append((organization_id, charge_box_id, command))
        await asyncio.sleep(0)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def app(backend: Backend, running: str | None = "17") -> DriverApp:
    return DriverApp(backend, "org_default", lambda charger, evse: running)


async def test_a_start_is_a_remote_start() -> None:
    backend = Backend(RemoteStartResult(status="accepted", id="txn_1"))

    outcome = await app(backend).ask("CP-1", StartByApp(evse_id=2, id_tag="TAG"))

    assert outcome == Done()
    start = control.RemoteStartTransaction(id_tag="TAG", connector_id=2, evse_id=2)
    assert backend.asked == [("org_default", "CP-1", start)]


async def test_a_stop_is_a_remote_stop_of_what_runs_there() -> None:
    backend = Backend(StatusResult(status="accepted"))

    outcome = await app(backend).ask("CP-1", StopByApp(evse_id=1))

    assert outcome == Done()
    assert backend.asked[0][2] == control.RemoteStopTransaction(transaction_id="17")


async def test_where_nothing_runs_nothing_is_asked() -> None:
    backend = Backend(StatusResult(status="accepted"))

    outcome = await app(backend, running=None).ask("CP-1", StopByApp(evse_id=1))

    assert isinstance(outcome, Failed)
    assert backend.asked == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [(StatusResult(status="rejected"), "refused"), (NotConnected("offline"), "not_connected")],
)
async def test_a_refusal_and_an_error_are_failures(
    answer: results.BackendCommandResult | Exception, code: str
) -> None:
    outcome = await app(Backend(answer)).ask("CP-1", StartByApp(evse_id=1, id_tag="TAG"))

    assert isinstance(outcome, Failed)
    assert outcome.code == code
