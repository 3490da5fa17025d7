"""Days at a location, started and stopped."""

import pytest

from tests.cli.bench import Shell

pytestmark = pytest.mark.slow


def test_a_day_is_started_shown_and_stopped(shell: Shell) -> None:
    cp = shell.charger()
    site = shell.done("locations", "new", f"Days {cp}", "--json").json
    with shell.server.client() as client:
        moved = client.put(f"/ocpp/chargers/{cp}", json={"location_id": site["id"]})
        moved.raise_for_status()

    said = shell.done(
        *("days", "start", site["slug"], "--hours", "2", "--kind", "work", "--seed", "7"),
        *("--tag", "04A1B2C3", "--vehicles", "honda-e"),
    )
    (day,) = shell.done("days", "list", site["slug"], "--json").json
    stopped = shell.done("days", "stop", site["slug"], day["id"])
    shown = shell.done("days", "show", site["slug"], day["id"], "--json").json

    assert said.out.startswith(f"{day['id']}: running at 1 connectors until ")
    assert (day["kind"], day["hours"], day["seed"]) == ("work", 2.0, 7)
    assert stopped.out == f"{day['id']}: stopped\n"
    assert shown["status"] == "stopped"


def test_a_day_faster_than_life_needs_a_peer_that_agrees(shell: Shell) -> None:
    site = shell.done("locations", "new", "Too fast", "--json").json

    refused = shell("days", "start", site["slug"], "--rate", "60")

    assert refused.code == 2
    assert "rate" in refused.err
    assert shell.done("days", "list", site["slug"], "--json").json == []
