"""The options of a load run come before what its file says, and both are read strictly."""

from pathlib import Path
from typing import Any

import pytest

from voltyard.cli.load.order import LoadOrder, setup_of
from voltyard.kernel.errors import Invalid
from voltyard.load.plans.plan import CallRate, SessionRate
from voltyard.load.plans.stages import HoldStage, RampStage, StormStage
from voltyard.load.thresholds import DEFAULT_THRESHOLDS

URL = "ws://127.0.0.1:9000/ocpp"
FILE = """\
url: ws://127.0.0.1:1/file
version: "2.0.1"
prefix: FILE-
stages: [ramp 3 over 1s]
calls: [{action: Heartbeat, rate: 2}]
sessions: {every: 40s, lasts: 20s}
thresholds: [connected >= 50%]
"""


def test_without_more_than_a_url_ten_chargers_come_and_stay() -> None:
    setup = setup_of(LoadOrder(url=URL))

    assert setup.plan.stages == (RampStage(10, 0.2), HoldStage(30.0))
    assert setup.plan.thresholds == DEFAULT_THRESHOLDS
    assert (setup.plan.calls, setup.plan.sessions) == ((), None)
    assert [spec.identity for spec in setup.specs(2)] == ["LOAD-00001", "LOAD-00002"]


def test_a_file_says_it_all(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(FILE)

    setup = setup_of(LoadOrder(file=file))

    assert (setup.url, setup.version) == ("ws://127.0.0.1:1/file", "2.0.1")
    assert setup.plan.stages == (RampStage(3, 1.0),)
    assert setup.plan.calls == (CallRate(action="Heartbeat", rate=2.0),)
    assert setup.plan.sessions == SessionRate(every_s=40.0, lasts_s=20.0)
    assert [one.text for one in setup.plan.thresholds] == ["connected >= 50%"]
    (spec,) = setup.specs(1)
    assert (spec.identity, spec.version) == ("FILE-00001", "2.0.1")


def test_options_come_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(FILE)

    setup = setup_of(
        LoadOrder(
            file=file,
            url=URL,
            version="mixed",
            prefix="",
            stages="ramp 5 over 2s, storm 3s",
            rates=("DataTransfer=0.5",),
            session_lasts="10s",
            meter_values=5,
            thresholds=("errors < 5%",),
        )
    )

    assert (setup.url, setup.version) == (URL, "mixed")
    assert setup.plan.stages == (RampStage(5, 2.0), StormStage(3.0))
    assert setup.plan.calls == (CallRate(action="DataTransfer", rate=0.5),)
    assert setup.plan.sessions == SessionRate(every_s=40.0, lasts_s=10.0, meter_values_s=5)
    assert [one.text for one in setup.plan.thresholds] == ["errors < 5%"]
    specs = setup.specs(2)
    assert [(spec.identity, spec.version) for spec in specs] == [
        ("00001", "1.6"),
        ("00002", "2.0.1"),
    ]
    assert specs[0].settings["MeterValueSampleInterval"] == "5"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"url": None}, "no CSMS is named"),
        ({"chargers": 1, "stages": "hold 1s"}, "are two ways"),
        ({"stages": "ramp 5 over 2s, hld 1s"}, "--stages: there is no stage 'hld 1s' (did you"),
        ({"rates": ("Heartbeat",)}, "--rate: 'Heartbeat' cannot be read"),
        ({"rates": ("Heartbeat=nan",)}, "too many or too few"),
        ({"rates": ("Hartbeat=1",)}, "did you mean Heartbeat"),
        ({"session_every": "60"}, "--session-every: '60' is no duration"),
        ({"session_lasts": "2m"}, "less long than"),
        ({"thresholds": ("erors < 1%",)}, "--threshold: there is no metric 'erors'"),
        ({"chargers": 10_001}, "more than one load run has"),
        ({"stages": "ramp 5 over 2s, hold 5h"}, "last longer than 4 h"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(Invalid) as refused:
        setup_of(LoadOrder(**{"url": URL, **options}))

    assert told in str(refused.value)
