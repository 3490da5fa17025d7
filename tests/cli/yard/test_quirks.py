"""Quirks and bad networks, given to a charger and to a location's."""

import pytest

from tests.cli.bench import Shell

pytestmark = pytest.mark.slow


def quirks_of(shell: Shell, charger: str) -> dict[str, float]:
    listed = shell.done("quirks", "list", charger, "--json").json
    return {one["name"]: one["probability"] for one in listed}


def test_quirks_are_turned_on_and_off_one_by_one(shell: Shell) -> None:
    cp = shell.charger()

    first = shell.done("quirks", "on", cp, "no-pong")
    shell.done("quirks", "on", cp, "flapping:probability=0.5", "no-pong:probability=0.25")
    assert first.out == f"{cp}: no-pong\n"
    assert quirks_of(shell, cp) == {"no-pong": 0.25, "flapping": 0.5}

    assert shell.done("quirks", "off", cp, "no-pong").out == f"{cp}: flapping\n"
    assert quirks_of(shell, cp) == {"flapping": 0.5}

    assert shell.done("quirks", "off", cp).out == f"{cp}: no quirks\n"
    assert quirks_of(shell, cp) == {}


def test_what_is_no_quirk_changes_nothing(shell: Shell) -> None:
    cp = shell.charger()
    shell.done("quirks", "on", cp, "no-pong")

    unknown = shell("quirks", "on", cp, "no-pomg")
    missing = shell("quirks", "off", cp, "flapping")

    assert (unknown.code, missing.code) == (2, 2)
    assert "did you mean no-pong?" in unknown.err
    assert f"{cp} has no quirk flapping" in missing.err
    assert [*quirks_of(shell, cp)] == ["no-pong"]


def test_all_chargers_of_a_location_have_the_same(shell: Shell) -> None:
    cp = shell.charger()
    site = shell.done("locations", "new", f"Quirks {cp}", "--json").json
    with shell.server.client() as client:
        moved = client.put(f"/ocpp/chargers/{cp}", json={"location_id": site["id"]})
        moved.raise_for_status()

    turned = shell.done("quirks", "on", f"@{site['slug']}", "no-pong")
    by_name = shell("quirks", "off", f"@{site['slug']}", "no-pong")
    slowed = shell.done("network", "set", f"@{site['slug']}", "latency_ms=20", "--json").json

    assert turned.out == f"{cp}\tno-pong\t{{}}\t\n"
    assert by_name.code == 2
    assert slowed["chargers"][0]["network"]["latency_ms"] == 20
    assert shell.done("quirks", "off", f"@{site['slug']}").code == 0
    assert quirks_of(shell, cp) == {}


def test_all_quirks_there_are_are_listed(shell: Shell) -> None:
    listed = shell.done("quirks", "list").out.splitlines()

    assert any(line.startswith("no-pong\t") for line in listed)


def test_a_network_is_made_bad_shown_and_made_good(shell: Shell) -> None:
    cp = shell.charger()

    said = shell.done("network", "set", cp, "latency_ms=20", "once=true")
    shown = shell.done("network", "show", cp, "--json").json
    cleared = shell.done("network", "clear", cp)

    assert said.out == f"{cp}: latency_ms=20, once=true\n"
    assert (shown["network"]["latency_ms"], shown["network"]["once"]) == (20, True)
    assert cleared.out == f"{cp}: a good network\n"
    assert "latency_ms" not in shell.done("network", "show", cp, "--json").json["network"]


@pytest.mark.parametrize(
    ("condition", "said"),
    [("latency=20", "latency"), ("loss=much", "loss: 'much' is no number"), ("loss", "NAME=VALUE")],
)
def test_a_network_that_cannot_be_is_refused(shell: Shell, condition: str, said: str) -> None:
    cp = shell.charger()

    refused = shell("network", "set", cp, condition)

    assert refused.code == 2
    assert said in refused.err
