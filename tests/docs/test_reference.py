"""Every command, event, error, fault, quirk, rule and metric has a heading in the reference."""

import ast
import json
import re
from pathlib import Path

import pytest

from reference import pages
from reference.error_guide import OF_COMMANDS, OF_HTTP
from reference.rule_guide import OF_ANSWERS
from tests.csms.bench import ZULU, Yard
from voltyard.api import errors as answers
from voltyard.catalogue.commands.commands import COMMANDS
from voltyard.catalogue.commands.declaration import asked_by
from voltyard.catalogue.faults import FAULTS
from voltyard.catalogue.quirks.table import QUIRKS
from voltyard.csms.commands import commands as backend
from voltyard.csms.events import NAMES
from voltyard.kernel import errors
from voltyard.ocpp.violations import Kind
from voltyard.traces.rules import RULES
from voltyard.yard.events.event_types import EVENT_TYPES

ROOT = Path(__file__).parents[2]


def headings(page: str) -> set[str]:
    """What its headings name, without a method before it."""
    text = (ROOT / "docs" / "reference" / f"{page}.md").read_text()
    return {name.rpartition(" ")[2] for name in re.findall(r"^##+ `(.+)`$", text, re.MULTILINE)}


@pytest.mark.parametrize("name", pages.PAGES)
def test_a_page_is_as_the_code_has_it(name: str) -> None:
    path = pages.FOLDER / f"{name}.md"

    assert path.read_text() == pages.PAGES[name](), "run python tools/reference"


def test_there_is_no_page_that_nothing_writes() -> None:
    assert {path.stem for path in pages.FOLDER.glob("*.md")} == set(pages.PAGES)


def test_every_command_has_a_heading() -> None:
    asked = {rest.path for command in COMMANDS if (rest := asked_by(command))}
    of_backend = {
        one.operation.path or str(one.__struct_config__.tag)
        for one in backend.COMMANDS
        if one.operation is not None
    }

    assert asked and of_backend
    assert headings("charger-commands") == asked
    assert headings("backend-commands") == of_backend


def test_every_event_has_a_heading() -> None:
    assert headings("yard-events") == set(EVENT_TYPES)
    assert headings("backend-events") == set(NAMES)


async def test_the_fields_of_an_event_are_those_that_it_is_told_with() -> None:
    text = (ROOT / "docs" / "reference" / "backend-events.md").read_text()
    told = dict(re.findall(r"^## `(.+)`\n\n.*\n\nFields of `data`: (.*)\.$", text, re.MULTILINE))
    yard = Yard()
    yard.knock()
    peer = await yard.booted()
    await peer.say(
        "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    )
    start = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": ZULU}
    await peer.say("StartTransaction", start)
    await peer.gone()

    happened = {event.name: list(event.data()) for event in yard.events}

    assert {"charger.refused", "connector.status_changed", "transaction.started"} <= set(happened)
    for name, fields in happened.items():
        assert re.findall(r"`(\w+)`", told[name]) == fields, name


def test_every_fault_quirk_and_rule_has_a_heading() -> None:
    assert headings("faults") == set(FAULTS)
    assert headings("quirks") == {quirk.name for quirk in QUIRKS}
    assert {kind.value for kind in OF_ANSWERS}.isdisjoint(RULES)
    assert headings("rules") == {kind.value for kind in Kind} | RULES.keys()


def test_every_code_of_an_answer_has_a_heading() -> None:
    codes = {code for _, _, code in answers.STATUSES}
    # ... and those that the module writes out: of the framework's refusals.
    tree = ast.parse(Path(answers.__file__).read_text())
    codes |= {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[A-Z]{3,}(_[A-Z]+)+", node.value)
    }

    assert codes <= {one.code for one in OF_HTTP}
    assert headings("errors") >= codes


def test_every_code_of_a_failed_command_has_a_heading() -> None:
    codes = {
        found.code
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, errors.VoltyardError)
    } - {errors.VoltyardError.code, errors.HeldElsewhere.code}  # the latter is answered elsewhere
    for path in (ROOT / "src" / "voltyard" / "yard").rglob("*.py"):
        codes |= set(re.findall(r'\bcode="([a-z_]+)"', path.read_text()))

    assert "cancelled" in codes
    assert codes <= {one.code for one in OF_COMMANDS}
    assert headings("errors") >= codes


def test_every_metric_of_a_server_has_a_heading() -> None:
    folder = ROOT / "src" / "voltyard" / "api" / "metrics"
    text = "".join(path.read_text() for path in sorted(folder.glob("*_metrics.py")))
    named = set(re.findall(r'(?:gauges?|counters?|histogram)\(\s*"(\w+)"', text))
    told = {name.removeprefix("voltyard_").removesuffix("_total") for name in headings("metrics")}

    assert named
    assert named <= told


def test_examples_of_the_reference_are_json() -> None:
    for path in pages.FOLDER.glob("*.md"):
        for block in re.findall(r"^```json\n(.*?)^```$", path.read_text(), re.M | re.S):
            assert json.loads(block)
