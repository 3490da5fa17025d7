"""Scenarios in YAML: what is wrong is told with its line and column."""

import pytest

from tests.scenarios.bench import HEAD, story
from voltyard.kernel.errors import Invalid
from voltyard.scenarios.form import form
from voltyard.scenarios.form.form import Comparison, Scenario, WithinPercent
from voltyard.scenarios.form.reading import read
from voltyard.scenarios.form.writing import (
    ask,
    do,
    expect,
    faults,
    for_each_charger,
    in_order,
    repeat,
    together,
    wait_for,
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stepps: []\n", "mine.yaml:4:1: unknown key 'stepps'; did you mean steps?"),
        ("steps:\n- doo: plug_in\n", "mine.yaml:5:3: unknown key 'doo'; did you mean do?"),
        (
            "steps:\n- wait_for: {status: Charging, witin: 5 s}\n",
            "mine.yaml:5:32: unknown key 'witin'; did you mean within?",
        ),
        (
            "steps:\n- expect: {frame: Heartbeat, where: {$.a: {equal: 1}}}\n",
            "mine.yaml:5:44: unknown key 'equal'; did you mean equals?",
        ),
        (
            "chargers: {spec: {}, count: [1]}\nsteps: []\n",
            "mine.yaml:4:22: Expected `int | str`, got `array`",
        ),
        (
            "steps:\n- do: plugin\n",
            "mine.yaml:5:3: there is no command 'plugin'; did you mean plug_in?",
        ),
        (
            "steps:\n- do: swipe\n  with: {id_tga: A}\n",
            "mine.yaml:6:10: swipe has no field 'id_tga'; did you mean id_tag?",
        ),
        (
            "steps:\n- wait_for: {frame: StartTransactoin}\n",
            "mine.yaml:5:14: OCPP 1.6 has no action 'StartTransactoin'; did you mean "
            "StartTransaction?",
        ),
        (
            "steps:\n- wait_for: {status: Chargin}\n",
            "mine.yaml:5:14: there is no status 'Chargin'; did you mean Charging?",
        ),
        (
            "steps:\n- wait_for: {event: metr}\n",
            "mine.yaml:5:14: a charger has no event 'metr'; did you mean meter?",
        ),
        (
            "steps:\n- wait_for: {status: Charging, within: soon}\n",
            "mine.yaml:5:32: 'soon' is no duration: write a number and ms, s, min, h or d",
        ),
        (
            "steps:\n- wait_for: {status: Charging, within: 5}\n",
            "mine.yaml:5:32: Expected `str | null`, got `int`",
        ),
        (
            'steps:\n- expect: {frame: Heartbeat, where: {"$.a[": 1}}\n',
            "mine.yaml:5:38: '$.a[' is no JSONPath: ",
        ),
        (
            'steps:\n- expect: {frame: Heartbeat, where: {$.a: {matches: "("}}}\n',
            "mine.yaml:5:44: this is no regular expression",
        ),
        (
            "steps:\n- do: plug_in\n  ask: reset\n",
            "mine.yaml:5:3: a step has one of",
        ),
        ("steps:\n- do: plug_in\n", "mine.yaml:4:1: a scenario expects or waits for something"),
        ("steps: [\n", "mine.yaml:5:1: this is no YAML"),
        ("steps: []\nsteps: []\n", "mine.yaml:5:1: steps is there twice"),
        (
            "steps: &a\n- do: plug_in\n- steps: *a\n",
            "an alias (*) is not taken here: write it out",
        ),
        (
            "parameters: {tag: A}\nsteps:\n- do: swipe\n  with: {id_tag: '${tga}'}\n",
            "mine.yaml:6:3: ${tga} stands for nothing; did you mean tag?",
        ),
        (
            "steps:\n- faults: {quirks: [no-pogn]}\n- wait_for: {status: Charging}\n",
            "mine.yaml:5:3: there is no quirk 'no-pogn'; did you mean no-pong?",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_the_nearest_name(text: str, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(HEAD + text, "mine.yaml")

    assert told in str(caught.value)


@pytest.mark.parametrize(
    "steps",
    ["- wait_for: {within: 5 s}", "- wait: 5 s", "- sleep: 5", "- expect: {within: 5 s}"],
)
def test_a_wait_for_a_time_alone_is_refused(steps: str) -> None:
    with pytest.raises(Invalid, match=r"mine\.yaml:5:\d+: .*never for a time alone"):
        story(steps)


def test_a_moment_stays_a_text_and_a_duration_has_a_unit() -> None:
    document = story("- wait_for: {event: limit, where: {$.at: 2026-01-05T00:00:00Z}}")

    condition = document.scenario.steps[0].wait_for
    assert condition is not None and condition.where["$.at"] == "2026-01-05T00:00:00Z"


WRITTEN = """
name: mine
theme: load
title: A story
versions: ["1.6", "2.0.1"]
chargers: {count: 3, identity: "CP-{n}"}
parameters: {tag: ABCD}
rows: [{power: 1.5}, {power: 2}]
steps:
  - do: swipe
    with: {id_tag: "${tag}"}
    charger: 2
  - ask: reset
    with: {type: Soft}
    refused: true
  - faults: {network: {latency_ms: 200}}
  - faults: {}
  - repeat:
      times: 3
      steps:
        - wait_for:
            frame: MeterValues
            kind: result
            within: 5 min
            after: {frame: MeterValues}
          save: {x: $.x}
  - together:
      - expect: {status: Charging, within: 5 s}
      - steps:
          - expect: {frame: Heartbeat, times: 0, before: {transaction: ended}, rule: R1}
  - for_each_charger:
      - wait_for:
          transaction: ended
          where:
            $.energy_wh: {within_percent: {of: "${power}", percent: 1}, at_least: 1}
            $.reason: {in: [Local, Remote]}
"""


def test_yaml_and_python_compile_to_one_form() -> None:
    read_form = read(WRITTEN, "mine.yaml").scenario

    written = Scenario(
        name="mine",
        theme="load",
        title="A story",
        versions=("1.6", "2.0.1"),
        chargers=form.Chargers(count=3, identity="CP-{n}"),
        parameters={"tag": "ABCD"},
        rows=[{"power": 1.5}, {"power": 2}],
        steps=[
            do("swipe", id_tag="${tag}", charger=2),
            ask("reset", type="Soft", refused=True),
            faults(network={"latency_ms": 200}),
            faults(),
            repeat(
                3,
                wait_for(
                    frame="MeterValues",
                    kind="result",
                    within="5 min",
                    after=form.Occurrence(frame="MeterValues"),
                    save={"x": "$.x"},
                ),
            ),
            together(
                expect(status="Charging", within="5 s"),
                in_order(
                    expect(
                        frame="Heartbeat",
                        times=0,
                        before=form.Occurrence(transaction="ended"),
                        rule="R1",
                    )
                ),
            ),
            for_each_charger(
                wait_for(
                    transaction="ended",
                    where={
                        "$.energy_wh": Comparison(
                            within_percent=WithinPercent(of="${power}", percent=1), at_least=1
                        ),
                        "$.reason": Comparison(one_of=["Local", "Remote"]),
                    },
                )
            ),
        ],
    )
    assert written == read_form


def test_each_row_of_the_table_has_its_values_in_each_version() -> None:
    rows = read(WRITTEN, "mine.yaml").rows({"tag": "OTHER"})

    assert [(row.id, row.version) for row in rows] == [
        ("mine[1]", "1.6"),
        ("mine[2]", "1.6"),
        ("mine[1]", "2.0.1"),
        ("mine[2]", "2.0.1"),
    ]
    assert rows[0].scenario.steps[0].arguments == {"id_tag": "OTHER"}
    last = rows[1].scenario.steps[-1].for_each_charger
    assert last is not None and last[0].wait_for is not None
    comparison = last[0].wait_for.where["$.energy_wh"]
    assert isinstance(comparison, Comparison)
    assert comparison.within_percent == WithinPercent(of=2, percent=1)


def test_a_row_that_lacks_a_value_is_told() -> None:
    with pytest.raises(Invalid, match="stands for nothing"):
        story(
            "- do: swipe\n  with: {id_tag: '${tag}'}\n- wait_for: {transaction: started}",
            "rows: [{tag: A}, {other: B}]\n",
        )
