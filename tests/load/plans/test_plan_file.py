"""Files of load runs are read strictly, and their schema says the same."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import yaml

from voltyard.kernel.errors import Invalid
from voltyard.load.plans.plan_file import LoadFile, load_schema, read_plan_file
from voltyard.load.plans.stages import HoldStage, RampStage, read_stage

WHOLE = """\
url: ws://127.0.0.1:9000/ocpp
version: mixed
prefix: PEAK-
seed: 11
stages:
  - ramp 100 over 30s
  - hold 1m
calls:
  - action: Heartbeat
    rate: 20
  - {action: DataTransfer, rate: 0.5, payload: {vendorId: ACME}}
sessions:
  every: 2m
  lasts: 90s
  meter_values: 15
  tags: [A, B]
thresholds:
  - BootNotification.p99 < 500ms
  - errors < 1%
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "run.yaml"
    file.write_text(text)
    return file


def is_valid(text: str) -> bool:
    validator = jsonschema_rs.validator_for(load_schema())
    return bool(validator.is_valid(yaml.safe_load(text)))


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    read = read_plan_file(written(tmp_path, WHOLE))

    assert is_valid(WHOLE)
    assert read.each("stages", read.content.stages, read_stage) == [
        RampStage(100, 30.0),
        HoldStage(60.0),
    ]
    assert read.content.calls[1].payload == {"vendorId": "ACME"}
    assert read.content.sessions is not None
    assert read.content.sessions.tags == ("A", "B")


def test_what_a_file_leaves_out_has_its_default(tmp_path: Path) -> None:
    assert read_plan_file(written(tmp_path, "{}")).content == LoadFile()
    assert is_valid("{}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stages: []\nstage: []\n", "line 2, column 1: there is no 'stage' here (did you mean st"),
        (
            "calls:\n  - action: Heartbeat\n    rate: 1\n    paylod: {}\n",
            "line 4, column 5: there is no 'paylod' here (did you mean payload?)",
        ),
        ("sessions:\n  evry: 5s\n", "line 2, column 3: there is no 'evry' here (did you mean ev"),
        ("calls:\n  - action: Heartbeat\n    rate: -1\n", "line 3, column 11: expected `float` >"),
        ("version: '3.0'\n", "line 1, column 10: invalid enum value '3.0'"),
        ("calls: [{rate: 1}]\n", "line 1, column 9: object missing required field `action`"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_plan_file(written(tmp_path, text))

    assert "run.yaml" in str(refused.value)
    assert told in str(refused.value)
    assert not is_valid(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stages: [ramp\n", "line 2, column 1"),
        ("- 1\n", "has no load run"),
        ("", "has no load run"),
        ("a: &a [*a]\n", "run.yaml"),
        ("a: !!python/object/apply:os.system [x]\n", "could not determine a constructor"),
    ],
)
def test_what_is_no_run_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_plan_file(written(tmp_path, text))

    assert told in str(refused.value)


def test_a_stage_that_is_none_is_refused_with_its_place(tmp_path: Path) -> None:
    text = "stages:\n  - ramp 10 over 5s\n  - hld 5s\n"
    read = read_plan_file(written(tmp_path, text))

    with pytest.raises(Invalid) as refused:
        read.each("stages", read.content.stages, read_stage)

    assert "line 3, column 5: there is no stage 'hld 5s' (did you mean hold?)" in str(refused.value)
    assert not is_valid(text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot read"):
        read_plan_file(tmp_path / "none.yaml")


def test_the_schema_has_every_field() -> None:
    schema: Any = json.loads(msgspec.json.encode(load_schema()))
    properties = schema["$defs"]["LoadFile"]["properties"]

    assert set(properties) == set(LoadFile.__struct_fields__)
    assert all("description" in one for one in properties.values())
