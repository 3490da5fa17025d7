"""A device model from a file: read, laid over the charger's own, reported page by page."""

import json
from typing import Any

import msgspec
import pytest

from tests.charger.bench import Bench, restarted, silent
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.variables import device_model
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid


def variable(
    component: str, name: str, *, evse: dict[str, Any] | None = None, **said: Any
) -> dict[str, Any]:
    """One as NotifyReport has it."""
    part: dict[str, Any] = {"name": component}
    if evse is not None:
        part["evse"] = evse
    if "component_instance" in said:
        part["instance"] = said.pop("component_instance")
    named = {"name": name} | ({"instance": said.pop("instance")} if "instance" in said else {})
    return {"component": part, "variable": named, **said}


def numbers(**limits: Any) -> dict[str, Any]:
    return {"dataType": "integer", "supportsMonitoring": True, **limits}


FILE = [
    variable(
        "Fan",
        "Speed",
        component_instance="Rear",
        evse={"id": 1},
        instance="Day",
        variableAttribute=[
            {"value": "40", "mutability": "ReadWrite", "persistent": False},
            {"type": "Target", "value": "50"},
            {"type": "MaxSet", "value": "60", "mutability": "ReadOnly", "constant": True},
        ],
        variableCharacteristics=numbers(unit="Percent", minLimit=0, maxLimit=100),
    ),
    variable(
        "Latch", "Cycles", evse={"id": 2, "connectorId": 1},
        variableAttribute=[{"value": 7, "mutability": "ReadOnly"}],
        variableCharacteristics=numbers(),
    ),
    variable(
        "OCPPCommCtrlr", "HeartbeatInterval",
        variableAttribute=[{"value": "600", "mutability": "ReadWrite"}],
        variableCharacteristics=numbers(unit="s", minLimit=60, maxLimit=900),
    ),
    variable(
        "SampledDataCtrlr", "TxUpdatedInterval",
        variableAttribute=[{"value": "30", "mutability": "ReadOnly"}],
    ),
    variable("Modem", "Firmware", variableAttribute=[{"value": "1.2"}], rebootRequired=True),
    variable("EVSE", "Power", evse={"id": 1}, variableAttribute=[{"value": "1"}]),
]  # fmt: skip


def spec_of(file: Any = FILE, **said: Any) -> ChargerSpec:
    text = file if isinstance(file, str) else json.dumps(file)
    said = {"evses": (EvseSpec(), EvseSpec()), **said}
    return ChargerSpec(identity="CP 1", version="2.0.1", device_model=text, **said)


def reported(bench: Bench, action: str = "GetBaseReport", **said: Any) -> list[dict[str, Any]]:
    """The rows of a report."""
    bench.forget()
    said = said or {"reportBase": "FullInventory"}
    assert bench.call(action, requestId=8, **said)["status"] == "Accepted"
    bench.wait(1)
    pages = bench.said("NotifyReport")
    assert [page["seqNo"] for page in pages] == list(range(len(pages)))
    assert [page["tbc"] for page in pages] == [True] * (len(pages) - 1) + [False]
    return [row for page in pages for row in page["reportData"]]


def row_of(rows: list[dict[str, Any]], component: str, name: str) -> dict[str, Any]:
    [row] = [
        row
        for row in rows
        if (row["component"]["name"], row["variable"]["name"]) == (component, name)
    ]
    return row


SPEED = {
    "component": {"name": "Fan", "instance": "Rear", "evse": {"id": 1}},
    "variable": {"name": "Speed", "instance": "Day"},
}


def read(bench: Bench, attribute: str | None = None, **where: Any) -> tuple[str, str | None]:
    data = {**SPEED, **where} | ({"attributeType": attribute} if attribute else {})
    [found] = bench.call("GetVariables", getVariableData=[data])["getVariableResult"]
    return found["attributeStatus"], found.get("attributeValue")


def write(bench: Bench, value: str, attribute: str | None = None, **where: Any) -> str:
    data = {**SPEED, **where, "attributeValue": value}
    data |= {"attributeType": attribute} if attribute else {}
    [result] = bench.call("SetVariables", setVariableData=[data])["setVariableResult"]
    return str(result["attributeStatus"])


def at(component: str, name: str, evse: dict[str, int] | None = None) -> dict[str, Any]:
    part: dict[str, Any] = {"name": component} | ({"evse": evse} if evse else {})
    return {"component": part, "variable": {"name": name}}


# --- reports -----------------------------------------------------------------------------------


def test_what_the_file_says_is_what_is_reported() -> None:
    rows = reported(Bench(spec=spec_of()))
    assert row_of(rows, "Fan", "Speed") == {
        **SPEED,
        "variableAttribute": [
            {
                "type": "Actual",
                "value": "40",
                "mutability": "ReadWrite",
                "persistent": False,
                "constant": False,
            },
            {
                "type": "Target",
                "value": "50",
                "mutability": "ReadWrite",
                "persistent": True,
                "constant": False,
            },
            {
                "type": "MaxSet",
                "value": "60",
                "mutability": "ReadOnly",
                "persistent": True,
                "constant": True,
            },
        ],
        "variableCharacteristics": {
            "unit": "Percent",
            "dataType": "integer",
            "minLimit": 0,
            "maxLimit": 100,
            "supportsMonitoring": True,
        },
    }
    cycles = row_of(rows, "Latch", "Cycles")
    assert cycles["component"]["evse"] == {"id": 2, "connectorId": 1}
    heartbeat = row_of(rows, "OCPPCommCtrlr", "HeartbeatInterval")
    assert heartbeat["variableCharacteristics"]["maxLimit"] == 900
    assert len(rows) > 100  # beside what the charger has of itself


def test_each_variable_is_reported_once() -> None:
    rows = reported(Bench(spec=spec_of()))
    keys = [(str(row["component"]), str(row["variable"])) for row in rows]
    assert len(keys) == len(set(keys))


def test_a_file_that_replaces_is_all_there_is() -> None:
    bench = Bench(spec=spec_of({"replaces": True, "reportData": FILE}))
    assert len(reported(bench)) == len(FILE)
    assert read(bench, **at("SecurityCtrlr", "Identity")) == ("UnknownComponent", None)
    assert read(bench, **at("Modem", "Colour")) == ("UnknownVariable", None)
    assert read(bench, **at("Modem", "Firmware")) == ("Accepted", "1.2")


def test_the_pages_of_a_station_are_a_file() -> None:
    pages = [
        {"requestId": 1, "generatedAt": "2026-01-01T00:00:00Z", "seqNo": 0, "tbc": True,
         "reportData": FILE[:3]},
        {"requestId": 1, "generatedAt": "2026-01-01T00:00:00Z", "seqNo": 1,
         "reportData": FILE[3:]},
    ]  # fmt: skip
    assert len(device_model.read(json.dumps(pages)).variables) == len(FILE)


def test_a_charger_s_own_report_is_a_file_of_it() -> None:
    rows = reported(Bench(spec=spec_of()))
    again = Bench(spec=spec_of({"replaces": True, "reportData": rows}))
    device_model.check(again.spec)
    key = lambda row: (str(row["component"]), str(row["variable"]))  # noqa: E731
    assert [key(row) for row in sorted(reported(again), key=key)] == [
        key(row) for row in sorted(rows, key=key)
    ]


def many(count: int, characters: int = 10) -> list[dict[str, Any]]:
    return [
        variable("Cell", "Voltage", instance=str(number),
                 variableAttribute=[{"value": "x" * characters}])
        for number in range(count)
    ]  # fmt: skip


def test_a_large_report_goes_page_by_page_each_when_the_last_is_answered() -> None:
    bench = Bench(spec=spec_of({"replaces": True, "reportData": many(420)}))
    rows = reported(bench)
    pages = bench.said("NotifyReport")
    assert [len(page["reportData"]) for page in pages] == [50] * 8 + [20]
    assert [row["variable"]["instance"] for row in rows] == [str(number) for number in range(420)]


def test_no_page_is_longer_than_the_charger_says() -> None:
    bench = Bench(
        spec=spec_of(
            {"replaces": True, "reportData": many(60, 2_000)},
            settings={"DeviceDataCtrlr.BytesPerMessage[GetReport]": "20000"},
        )
    )
    assert len(reported(bench)) == 60
    assert all(len(json.dumps(page)) < 20_000 for page in bench.said("NotifyReport"))


def test_reports_that_wait_are_bounded_and_end_with_the_link() -> None:
    bench = Bench(spec=spec_of(many(420)))
    bench.answers["NotifyReport"] = silent
    asked = [
        bench.call("GetBaseReport", requestId=number, reportBase="FullInventory")["status"]
        for number in range(limits.DEVICE_MODEL_REPORTS + 1)
    ]
    assert asked == ["Accepted"] * limits.DEVICE_MODEL_REPORTS + ["Rejected"]
    assert len(bench.said("NotifyReport")) == 1

    bench.cut()
    bench.mend()
    bench.wait(60)

    assert not bench.charger.reports.full


# --- values ------------------------------------------------------------------------------------


def test_attributes_are_read_and_written_each_by_its_type() -> None:
    bench = Bench(spec=spec_of())
    assert read(bench) == ("Accepted", "40")
    assert read(bench, "Target") == ("Accepted", "50")
    assert read(bench, "MinSet") == ("NotSupportedAttributeType", None)
    assert write(bench, "55", "Target") == "Accepted"
    assert write(bench, "61", "Target") == "Rejected"  # beyond MaxSet
    assert write(bench, "101") == "Rejected"
    assert write(bench, "x") == "Rejected"
    assert write(bench, "70", "MaxSet") == "Rejected"  # read-only
    assert write(bench, "1", "MinSet") == "NotSupportedAttributeType"
    assert (read(bench), read(bench, "Target")) == (("Accepted", "40"), ("Accepted", "55"))
    again = restarted(bench)
    assert (read(again), read(again, "Target")) == (("Accepted", "40"), ("Accepted", "55"))


def test_rights_and_limits_of_a_setting_are_the_file_s() -> None:
    bench = Bench(spec=spec_of())
    heartbeat = at("OCPPCommCtrlr", "HeartbeatInterval")
    assert write(bench, "59", **heartbeat) == "Rejected"
    assert write(bench, "60", **heartbeat) == "Accepted"
    assert write(bench, "5", **at("SampledDataCtrlr", "TxUpdatedInterval")) == "Rejected"
    assert read(bench, **at("SampledDataCtrlr", "TxUpdatedInterval")) == ("Accepted", "30")
    assert write(bench, "1.3", **at("Modem", "Firmware")) == "RebootRequired"


def test_what_the_charger_knows_better_it_says_itself() -> None:
    bench = Bench(spec=spec_of())
    assert read(bench, **at("EVSE", "Power", {"id": 1})) == ("Accepted", "0.0")


def test_a_charger_made_with_another_file_forgets_what_that_does_not_have() -> None:
    bench = Bench(spec=spec_of())
    write(bench, "55", "Target")
    write(bench, "1.3", **at("Modem", "Firmware"))
    bench.spec = msgspec.structs.replace(bench.spec, device_model=json.dumps(FILE[1:]))

    again = restarted(bench)

    assert read(again) == ("UnknownComponent", None)
    assert read(again, **at("Modem", "Firmware")) == ("Accepted", "1.3")


def test_first_values_of_another_file_count_where_the_csms_has_set_none() -> None:
    interval, aligned = (
        at("SampledDataCtrlr", "TxUpdatedInterval"),
        at("AlignedDataCtrlr", "Interval"),
    )
    file = [
        {**interval, "variableAttribute": [{"value": "30"}]},
        {**aligned, "variableAttribute": [{"value": "900"}]},
    ]
    bench = Bench(spec=spec_of(file))
    assert write(bench, "0", **aligned) == "Accepted"  # which is the default without a file
    file[0]["variableAttribute"] = [{"value": "15"}]
    bench.spec = spec_of(file)

    again = restarted(bench)

    assert read(again, **interval) == ("Accepted", "15")
    assert read(again, **aligned) == ("Accepted", "0")


def test_in_16_the_file_s_settings_count() -> None:
    spec = msgspec.structs.replace(spec_of(), version="1.6")
    bench = Bench(spec=spec)
    [found] = bench.call("GetConfiguration", key=["MeterValueSampleInterval"])["configurationKey"]
    assert found["value"] == "30"


# --- bad files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "file,message",
    [
        ("{", "device_model: no JSON: "),
        ('"x"', "device_model: neither a list of variables nor a NotifyReport"),
        ({"reportDat": []}, "device_model: Object contains unknown field `reportDat`"),
        ([{"component": {"name": "A"}}], "device_model[0]: Object missing required field `variab"),
        ([variable("A", "B"), variable("A", 3)], "device_model[1].variable.name: Expected `str`"),
        ([variable("A", "B"), variable("a", "b")], "device_model[1]: is device_model[0] once more"),
        ([variable("A", "B", evse={"id": 3})], "device_model[0].component.evse.id: there are 2"),
        ([variable("A", "B", evse={"id": 0})], "device_model[0].component.evse.id: 0 is none"),
        (
            {"reportData": [variable("A", "B", evse={"id": 1, "connectorId": 2})]},
            "device_model.reportData[0].component.evse.connectorId: EVSE 1 has 1 connectors",
        ),
        ([variable("", "B")], "device_model[0].component.name: '' is no name"),
        ([variable("A", "B", colour=1)], "device_model[0]: Object contains unknown field `colour`"),
        (
            [variable("A", "B", variableCharacteristics={"dataType": "number"})],
            "device_model[0].variableCharacteristics.dataType: Invalid enum value 'number'",
        ),
        (
            [variable("A", "B", variableCharacteristics=numbers(minLimit=3, maxLimit=1))],
            "device_model[0].variableCharacteristics.maxLimit: 1 is below minLimit, 3",
        ),
        (
            [
                variable("A", "B", variableAttribute=[{}, {"type": "Target", "value": "x"}],
                         variableCharacteristics=numbers())
            ],
            "device_model[0].variableAttribute[1].value: 'x' is not a whole number",
        ),
        (
            [variable("A", "B", variableAttribute=[{}, {"type": "Actual"}])],
            "device_model[0].variableAttribute[1].type: Actual is there already",
        ),
        (
            [variable("OCPPCommCtrlr", "HeartbeatInterval", variableAttribute=[{"value": "soon"}])],
            "device_model[0].variableAttribute: OCPPCommCtrlr.HeartbeatInterval cannot be 'soon'",
        ),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_and_the_place_named(file: Any, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        device_model.check(spec_of(file))
    assert refused.value.message.startswith(message), refused.value.message


def test_more_variables_than_are_taken_are_refused() -> None:
    with pytest.raises(Invalid, match="variables, and at most"):
        device_model.read(json.dumps([{"n": 1}] * (limits.DEVICE_MODEL_VARIABLES + 1)))
    with pytest.raises(Invalid, match="longer than"):
        device_model.read(" " * limits.DEVICE_MODEL_CHARS + "[]")
