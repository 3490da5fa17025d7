"""Verbs as they are typed, against a server with its own backend."""

import json

import pytest

from tests.cli.bench import Shell
from voltyard.catalogue.commands.commands import COMMANDS
from voltyard.catalogue.commands.declaration import asked_by
from voltyard.cli.verbs.declared import VERBS

pytestmark = pytest.mark.slow


def test_every_command_of_the_yard_has_its_verb() -> None:
    assert set(VERBS) == {one for one in COMMANDS if asked_by(one)}
    assert len({verb.name for verb in VERBS.values()}) == len(VERBS)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_session_from_plug_to_unplug(shell: Shell, version: str) -> None:
    cp = shell.charger(version)
    shell.done("csms", "tags", "new", f"TAG{cp[2:]}")

    plugged = shell.done("plug", cp, "--soc", "20", "--cable-a", "20")
    swiped = shell.done("swipe", cp, f"TAG{cp[2:]}")
    state = shell.done("chargers", "show", cp, "--state", "--json").json
    shell.done("power", cp, "3700")
    shell.done("power", cp, "none")
    shell.done("ev-stops-energy", cp)
    shell.done("ev-requests-energy", cp)
    shell.done("stop-transaction", cp)
    shell.done("unplug", cp)

    assert "soc_percent 20" in plugged.out
    assert swiped.out.startswith(f"{cp}: swipe done")
    assert state["connectors"][0]["transaction"]["id_tag"] == f"TAG{cp[2:]}"
    listed = shell.done("csms", "transactions", "list", "--charger", cp, "--json").json
    assert [one["status"] for one in listed] == ["completed"]


@pytest.mark.parametrize(
    "typed",
    [
        ["authorize", "04A1B2C3"],
        ["unlock"],
        ["fault", "WeakSignal", "--recover-after-s", "60"],
        ["clear-fault"],
        ["clock-skew", "-3600"],
        ["configure", "HeartbeatInterval=30"],
        ["reset-cache"],
        ["local-list", "2", "A1", "A2"],
        ["clear-local-list"],
        ["send", "Heartbeat", "{}"],
        ["network-drop", "--seconds", "0.2"],
        ["network-restore"],
        ["power-cut", "--seconds", "60"],
        ["power-restore"],
        ["reboot", "--type", "Hard"],
        ["reset"],
        ["stop"],
        ["start"],
    ],
    ids=lambda typed: typed[0],
)
def test_a_verb_is_carried_out(shell: Shell, charger: str, typed: list[str]) -> None:
    verb, *fields = typed

    done = shell(verb, charger, *fields)

    assert done.code in (
        (0, 1) if verb in ("authorize", "network-restore", "power-restore") else (0,)
    ), done
    assert "Traceback" not in done.err


@pytest.fixture(scope="module")
def kept() -> list[str]:
    """The one charger of the tests that share it."""
    return []


@pytest.fixture
def charger(shell: Shell, kept: list[str]) -> str:
    if not kept:
        kept.append(shell.charger())
    return kept[0]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_sessions_and_transactions_are_begun_and_ended(shell: Shell, version: str) -> None:
    cp = shell.charger(version)
    shell.done("csms", "tags", "new", f"TAG{cp[2:]}")

    shell.done("start-session", cp, f"TAG{cp[2:]}", "--target-energy-kwh", "50")
    shell.done("stop-session", cp)
    shell.done("plug", cp, "--vehicle", "city")
    shell.done("start-transaction", cp, f"TAG{cp[2:]}")
    shell.done("emergency-stop", cp)
    shell.done("pull-cable", cp)


def test_what_vehicles_and_other_systems_do_in_2_0_1(shell: Shell) -> None:
    cp = shell.charger("2.0.1")

    shell.done("external-limit", cp, "7400", "--source", "SO", "--duration-seconds", "600")
    limited = shell.done("chargers", "show", cp, "--state", "--json").json
    shell.done("clear-external-limit", cp, "--source", "SO")
    shell.done("drift", cp, "temperature", "--to", "60")
    shell.done("plug", cp, "--charging-needs", '{"energy_kwh": 20}')
    shell.done("charging-needs", cp, '{"energy_kwh": 30}')

    assert "ChargingStationExternalConstraints" in json.dumps(limited)
    assert "not an object in JSON" in shell("charging-needs", cp, "30").err


def test_a_verb_prints_the_command_as_json(shell: Shell) -> None:
    command = shell.done("plug", shell.charger(), "--json").json

    assert command["event_type"] == "plug"
    assert command["status"] == "completed"


def test_a_refusal_is_told_and_the_exit_code_is_1(shell: Shell) -> None:
    cp = shell.charger()
    shell.done("plug", cp)

    refused = shell("plug", cp, "--json")

    assert refused.code == 1
    assert json.loads(refused.out)["error"]["code"] == "wrong_state"
    assert f"{cp}: plug failed: a vehicle is plugged in already (unplug it first)" in refused.err


def test_a_charger_that_is_stopped_refuses_with_exit_code_1(shell: Shell) -> None:
    cp = shell.charger()
    shell.done("stop", cp)

    refused = shell("plug", cp)

    assert refused.code == 1
    assert cp in refused.err
    assert "Traceback" not in refused.err


def test_an_unknown_charger_is_a_wrong_call_and_the_nearest_is_told(shell: Shell) -> None:
    cp = shell.charger()

    wrong = shell("plug", f"{cp}0")

    assert wrong.code == 2
    assert f"there is no charger '{cp}0' (did you mean " in wrong.err
    assert cp in wrong.err


def test_a_fault_that_is_not_there_is_refused_with_those_that_are(shell: Shell) -> None:
    wrong = shell("fault", shell.charger(), "gnomes")

    assert wrong.code == 2
    assert "GroundFailure" in wrong.err


def test_without_waiting_the_queued_command_is_printed(shell: Shell) -> None:
    queued = shell.done("plug", shell.charger(), "--no-wait", "--json").json

    assert queued["queued_count"] == 1


def test_a_verb_reaches_all_chargers_of_a_location(shell: Shell) -> None:
    first, second = shell.charger(), shell.charger()
    site = shell.done("locations", "new", f"Site of {first}", "--json").json["id"]
    with shell.server.client() as client:
        for cp in (first, second):
            client.put(f"/ocpp/chargers/{cp}", json={"location_id": site}).raise_for_status()

    both = shell.done("plug", f"@Site of {first}", "--at-once", "1")
    again = shell("plug", f"@Site of {first}", "--json")

    assert [line.split("\t")[:2] for line in both.out.splitlines()] == [
        [cp, "completed"] for cp in sorted((first, second))
    ]
    assert again.code == 1
    assert {one["status"] for one in again.json} == {"failed"}
    assert "2 of 2 did not succeed" in again.err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["send", "CP", "Heartbeat", "[]"], "not an object in JSON"),
        (["send", "CP", "Heartbeat", "{"], "not JSON"),
        (["configure", "CP", "HeartbeatInterval"], "no NAME=VALUE"),
        (["power", "CP", "much"], "no whole number"),
        (["chargers", "delete", ".."], "names nothing"),
        (["plug", "@nowhere"], "there is no location 'nowhere'"),
        (["plug", "CP", "--every", "1", "--at-once", "1"], "two ways of pacing"),
    ],
)
def test_a_wrong_call_ends_with_exit_code_2(shell: Shell, typed: list[str], said: str) -> None:
    wrong = shell(*typed)

    assert wrong.code == 2
    assert said in wrong.err
