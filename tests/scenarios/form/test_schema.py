"""The published JSON Schema, by which editors check scenarios."""

import json
from typing import Any

import jsonschema_rs
import pytest
import yaml

from voltyard.scenarios import library
from voltyard.scenarios.form.schema import ADDRESS, COMMENT, scenario_schema

VALIDATOR = jsonschema_rs.validator_for(json.loads(json.dumps(scenario_schema())))


def plain(name: str) -> Any:
    return yaml.safe_load(library.text_of(name))


@pytest.mark.parametrize("name", library.shipped())
def test_each_scenario_that_ships_is_valid_and_names_it(name: str) -> None:
    assert library.text_of(name).startswith(COMMENT)
    assert ADDRESS in COMMENT
    VALIDATOR.validate(plain(name))


@pytest.mark.parametrize(
    "step",
    [
        {"doo": "plug_in"},
        {"do": "plug_in", "ask": "reset"},
        {"wait_for": {"within": "5 s"}},
        {"wait_for": {"frame": "Heartbeat", "witin": "5 s"}},
        {"wait_for": {"frame": "Heartbeat", "event": "meter"}},
        {},
    ],
)
def test_a_step_that_cannot_be_read_is_not_valid(step: dict[str, Any]) -> None:
    document = plain("session-by-card")
    document["steps"].append(step)

    assert not VALIDATOR.is_valid(document)
