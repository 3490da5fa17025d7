"""Differences of samples: only what changed."""

import json
from typing import Any

from tests.fakes.samples import connector, sample
from voltyard.charger.description.samples import ChargerSample
from voltyard.yard.samples.differences import difference


def shown(before: ChargerSample | None, after: ChargerSample | None) -> Any:
    return json.loads(difference(before, after))


def test_a_charger_that_was_not_there_is_told_whole() -> None:
    assert shown(None, sample(status="Charging", power_w=7_000, soc=20.5)) == {
        "connected": True,
        "boot_status": "Accepted",
        "power_w": 7_000,
        "connectors": [
            {
                "evse_id": 1,
                "connector_id": 1,
                "status": "Charging",
                "error_code": "NoError",
                "power_w": 7_000,
                "current_a": 0.0,
                "soc": 20.5,
                "energy_wh": 0,
                "limit_w": 22_000,
                "transaction_id": None,
                "charging_state": None,
            }
        ],
    }


def test_a_charger_that_runs_no_more_is_null() -> None:
    assert shown(sample(), None) is None


def test_only_what_changed_is_told() -> None:
    assert shown(sample(), sample(connected=False)) == {"connected": False}
    assert shown(sample(soc=20.0, energy_wh=10), sample(soc=None, energy_wh=11)) == {
        "connectors": [{"evse_id": 1, "connector_id": 1, "soc": None, "energy_wh": 11}]
    }
    assert shown(sample(), sample()) == {}


def test_a_connector_that_is_as_it_was_is_left_out() -> None:
    first, second = connector(), connector(evse_id=2)
    before = ChargerSample(True, "Accepted", 0, (first, second))
    after = ChargerSample(True, "Accepted", 0, (first, connector(evse_id=2, status="Faulted")))

    assert shown(before, after) == {
        "connectors": [{"evse_id": 2, "connector_id": 1, "status": "Faulted"}]
    }


def test_a_charger_with_other_connectors_is_told_whole() -> None:
    two = ChargerSample(True, "Accepted", 0, (connector(), connector(evse_id=2)))

    assert len(shown(sample(), two)["connectors"]) == 2
    assert shown(two, sample()) == shown(None, sample())
