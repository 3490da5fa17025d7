"""Samples of the event stream, put together and laid over the list of chargers."""

from typing import Any

import pytest

from voltyard.cli.top.live_samples import LiveSamples

SUMMARY = {
    "at": "2026-01-05T00:00:00Z",
    "chargers": {"total": 3, "connected": 9, "accepted": 9},
    "connectors": {"total": 9, "in_transaction": 9, "faulted": 0, "by_status": {}},
    "power_w": 9,
}


def connector(number: int, **fields: Any) -> dict[str, Any]:
    plain = {
        "status": "Available",
        "error_code": "NoError",
        "power_w": 0,
        "current_a": 0.0,
        "soc": None,
        "energy_wh": 0,
        "limit_w": 22_000,
        "transaction_id": None,
        "charging_state": None,
    }
    return {"evse_id": number, "connector_id": 1, **plain, **fields}


def charger(*connectors: dict[str, Any], **fields: Any) -> dict[str, Any]:
    plain = {"connected": True, "boot_status": "Accepted", "power_w": 0}
    return {**plain, **fields, "connectors": list(connectors)}


def whole(**chargers: Any) -> dict[str, Any]:
    return {"whole": True, "missed": 0, "chargers": chargers}


def change(**chargers: Any) -> dict[str, Any]:
    return {"whole": False, "missed": 0, "chargers": chargers}


def row(id: str = "dep-1", *connectors: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "identity": "CP-1", "state": {"connected": False, "connectors": connectors}}


@pytest.fixture
def samples() -> LiveSamples:
    """Of a charger with two connectors, and of one that does not run."""
    found = LiveSamples()
    found.take(whole(**{"dep-1": charger(connector(1), connector(2)), "dep-2": None}))
    return found


def test_a_change_leaves_what_it_does_not_name_as_it_was(samples: LiveSamples) -> None:
    told = {"evse_id": 2, "connector_id": 1, "status": "Charging", "power_w": 7_400, "soc": 41.5}

    samples.take(change(**{"dep-1": {"power_w": 7_400, "connectors": [told]}}))

    state = samples.on(row())["state"]
    assert state["connected"] is True
    assert [one["status"] for one in state["connectors"]] == ["Available", "Charging"]
    assert [one["power_w"] for one in state["connectors"]] == [0, 7_400]
    assert [one["soc_percent"] for one in state["connectors"]] == [None, 41.5]


def test_a_charger_that_runs_no_more_has_no_state(samples: LiveSamples) -> None:
    samples.take(change(**{"dep-1": None}))

    assert samples.on(row())["state"] is None
    assert samples.on(row("dep-2"))["state"] is None


def test_a_charger_without_a_sample_is_as_the_list_has_it(samples: LiveSamples) -> None:
    assert samples.on(row("dep-9")) == row("dep-9")
    assert not samples.is_beyond(row("dep-9"))


def test_a_frame_that_is_whole_replaces_all(samples: LiveSamples) -> None:
    samples.take(whole(**{"dep-2": charger(connector(1))}))

    assert samples.on(row("dep-1")) == row("dep-1")
    assert samples.totals(SUMMARY)["connectors"]["total"] == 1


@pytest.mark.parametrize(
    ("wire_id", "listed_id", "is_beyond"),
    [("42", "42", False), ("42", "41", True), ("42", None, True), (None, None, False)],
)
def test_only_the_list_tells_whose_transaction_it_is(
    samples: LiveSamples, wire_id: str | None, listed_id: str | None, is_beyond: bool
) -> None:
    begun = {"transaction_id": wire_id, "charging_state": "Charging"}
    named = {"evse_id": 1, "connector_id": 1}
    samples.take(change(**{"dep-1": {"connectors": [{**named, **begun}]}}))
    running = {"transaction": "t1", "transaction_id": listed_id, "id_tag": "04A1"}
    listed = row("dep-1", {**named, "transaction": running})

    assert samples.is_beyond(listed) is is_beyond
    shown = samples.on(listed)["state"]["connectors"][0]["transaction"]
    assert shown == (None if is_beyond else running)


def test_a_transaction_that_has_ended_is_shown_no_more(samples: LiveSamples) -> None:
    running = {"transaction": "t1", "transaction_id": None, "id_tag": "04A1"}
    listed = row("dep-1", {"evse_id": 1, "connector_id": 1, "transaction": running})

    assert samples.on(listed)["state"]["connectors"][0]["transaction"] is None
    assert not samples.is_beyond(listed)


def test_totals_are_of_all_chargers_that_run(samples: LiveSamples) -> None:
    charging = connector(1, status="Charging", power_w=5_000, charging_state="Charging")
    away = charger(charging, connected=False, power_w=5_000)
    samples.take(change(**{"dep-3": away}))

    totals = samples.totals(SUMMARY)

    assert totals["chargers"] == {"total": 3, "connected": 1, "accepted": 1}
    assert totals["connectors"] == {
        "total": 3,
        "in_transaction": 1,
        "faulted": 0,
        "by_status": {"Available": 2, "Charging": 1},
    }
    assert totals["power_w"] == 5_000
