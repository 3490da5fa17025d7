"""Commands of the backend to a charger."""

import pytest

from tests.cli.bench import Shell
from voltyard.cli.backend.calls import BY_NAME
from voltyard.csms.commands.commands import COMMANDS

pytestmark = pytest.mark.slow


def test_every_command_that_rest_asks_for_can_be_called() -> None:
    assert set(BY_NAME.values()) == {one for one in COMMANDS if one.operation is not None}


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_commands_reach_the_charger(shell: Shell, version: str) -> None:
    cp = shell.charger(version)
    key = "HeartbeatInterval" if version == "1.6" else "OCPPCommCtrlr.HeartbeatInterval"

    changed = shell.done("csms", "call", cp, "configuration/change", f"key={key}", "value=77")
    read = shell.done("csms", "call", cp, "configuration/get", f'key=["{key}"]', "--json").json
    limited = shell.done("csms", "call", cp, "charging-limit", "connectorId=1", "limit=16A")
    version_ = shell.done("csms", "call", cp, "local-list/version")
    raw = shell.done("csms", "call", cp, "ClearCache", "{}", "--json").json

    assert "status\tAccepted" in changed.out
    assert read["configurationKey"][0]["value"] == "77"
    assert "accepted" in limited.out.lower()
    assert version_.code == 0
    assert raw


def test_a_refusal_has_exit_code_1(shell: Shell) -> None:
    cp = shell.charger()

    refused = shell("csms", "call", cp, "reservations/cancel", "reservationId=9")
    shell.done("stop", cp)
    offline = shell("csms", "call", cp, "reset", "type=Soft")

    assert (refused.code, offline.code) == (1, 1)
    assert "not connected" in offline.err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["resett"], "did you mean reset?"),
        (["reset", "Soft"], "no NAME=VALUE"),
        (["reservations/cancel"], "reservationId is missing"),
        (["reset", "type=Gentle"], "type"),
    ],
)
def test_a_wrong_call_has_exit_code_2(shell: Shell, typed: list[str], said: str) -> None:
    wrong = shell("csms", "call", shell.charger(), *typed)

    assert wrong.code == 2
    assert said in wrong.err


def test_all_commands_are_listed_with_their_fields(shell: Shell) -> None:
    listed = shell.done("csms", "commands").out

    assert "reset\ttype, evseId\tRestart the charger, or one EVSE of it\n" in listed
