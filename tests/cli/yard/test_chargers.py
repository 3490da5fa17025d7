"""Chargers of the yard, from made to deleted."""

import pytest

from tests.cli.bench import Shell

pytestmark = pytest.mark.slow


def test_a_charger_is_made_shown_and_deleted(shell: Shell) -> None:
    cp = shell.charger("2.0.1")

    shown = shell.done("chargers", "show", cp)
    settings = shell.done("chargers", "show", cp, "--settings", "--json").json
    deleted = shell.done("chargers", "delete", cp)
    gone = shell("chargers", "show", cp)

    assert f"identity\t{cp}" in shown.out.splitlines()
    assert "ocpp_version\tOCPP2.0.1" in shown.out.splitlines()
    assert settings
    assert deleted.out == f"{cp}: deleted\n"
    assert gone.code == 2


def test_a_charger_is_made_with_what_json_says(shell: Shell) -> None:
    made = shell.done(
        *("chargers", "new", "JSON-1", "--no-wait", "--json", "--csms", "ws://127.0.0.1:9/ocpp"),
        *("--brand", "abb", "--model", "terra-184", "--connector", "CCS2"),
        *("--more", '{"seed": 7}', "--setting", "HeartbeatInterval=30"),
    )

    assert made.json["identity"] == "JSON-1"


def test_one_that_cannot_reach_its_csms_is_made_all_the_same(shell: Shell) -> None:
    made = shell.done(
        *("chargers", "new", "LONELY-1", "--csms", "ws://127.0.0.1:9/ocpp"),
        *("--brand", "abb", "--model", "terra-184", "--connector", "CCS2"),
    )

    assert made.out.startswith("LONELY-1: READY, not connected: ")


def test_a_model_that_is_not_there_is_refused(shell: Shell) -> None:
    wrong = shell(
        *("chargers", "new", "WRONG-1", "--csms", "ws://127.0.0.1:9/ocpp"),
        *("--brand", "abb", "--model", "terra-1", "--connector", "CCS2"),
    )

    assert wrong.code == 2
    assert "terra-1" in wrong.err


def test_many_are_made_at_a_location_and_those_that_cannot_be_are_told(shell: Shell) -> None:
    site = shell.done("locations", "new", "Bulk", "--json").json
    many = ("chargers", "new", "BULK-", "--location", site["slug"], "--csms", "ws://127.0.0.1:9/x")

    made = shell.done(*many, "--count", "12", "--setting", "HeartbeatInterval=30")
    again = shell(*many, "--count", "13", "--json")
    listed = shell.done("chargers", "list", "--location", site["slug"], "--sort", "identity")
    last = shell.done("chargers", "show", "BULK-012", "--settings", "--json").json

    assert made.out == "BULK-: 12 chargers made\n"
    assert again.code == 1
    assert again.json["results"]["created_count"] == 1
    assert "BULK-: 12 could not be made, first BULK-001: " in again.err
    names = [line.partition("\t")[0] for line in listed.out.splitlines()]
    assert names == [f"BULK-{number:03d}" for number in range(1, 14)]
    assert "30" in str(last)


def test_many_need_a_location(shell: Shell) -> None:
    refused = shell("chargers", "new", "BULK-", "--count", "3")

    assert refused.code == 2
    assert "--count needs a --location" in refused.err
