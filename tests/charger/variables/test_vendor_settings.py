"""A vendor's settings: rights, type, limits, instance and reboot need, in both versions."""

from typing import Any

import msgspec
import pytest

from tests.charger.bench import Bench, restarted
from voltyard.charger.description.events import SettingChanged
from voltyard.charger.description.specification import ChargerSpec, VendorSetting
from voltyard.kernel.errors import Invalid

VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1"])

GIVEN = (
    VendorSetting(name="Led.Colour", instance="Left", value="blue", type="OptionList",
                  values=("blue", "red")),
    VendorSetting(name="Led.Colour", instance="Right", key="LedRight", value="red"),
    VendorSetting(name="Fan.Speed", value="40", type="integer", minimum=10, maximum=90, unit="%"),
    VendorSetting(name="Fan.Trim", value="-1.5", type="decimal", minimum=-2, maximum=2),
    VendorSetting(name="Board", value="rev7", access="ReadOnly"),
    VendorSetting(name="Service.Pin", value="1234", access="WriteOnly", maximum=6),
    VendorSetting(name="Radio.Bands", value="B3", type="MemberList", values=("B3", "B7", "B20"),
                  needs_reboot=True),
    VendorSetting(name="Warranty.Until", value="2030-01-01T00:00:00Z", type="dateTime"),
    VendorSetting(name="Fan.Quiet", value="true", type="boolean"),
)  # fmt: skip


def bench_of(version: str, given: tuple[VendorSetting, ...] = GIVEN, **said: Any) -> Bench:
    return Bench(
        spec=ChargerSpec(identity="CP 1", version=version, vendor_settings=given, **said)  # type: ignore[arg-type]
    )


def _split(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    component, _, variable = name.partition(".")
    variable, _, instance = variable.partition("[")
    named = {"name": variable} | ({"instance": instance.rstrip("]")} if instance else {})
    return {"name": component}, named


def write(bench: Bench, name: str, value: str) -> str:
    if bench.spec.version == "1.6":
        return str(bench.call("ChangeConfiguration", key=name, value=value)["status"])
    component, variable = _split(name)
    data = {"component": component, "variable": variable, "attributeValue": value}
    [result] = bench.call("SetVariables", setVariableData=[data])["setVariableResult"]
    return str(result["attributeStatus"])


def read(bench: Bench, name: str) -> str | None:
    """Its value; None where it is not told."""
    if bench.spec.version == "1.6":
        [found] = bench.call("GetConfiguration", key=[name])["configurationKey"]
        value: str | None = found.get("value")
        return value
    component, variable = _split(name)
    data = {"component": component, "variable": variable}
    [result] = bench.call("GetVariables", getVariableData=[data])["getVariableResult"]
    shown: str | None = result.get("attributeValue")
    return shown


@VERSIONS
def test_a_value_is_what_type_and_limits_let_it_be(version: str) -> None:
    bench = bench_of(version)
    for name, good, bad in (
        ("Led.Colour[Left]", "RED", "green"),
        ("Fan.Speed", "90", "91"),
        ("Fan.Speed", "10", "fast"),
        ("Fan.Trim", "0.25", "-2.5"),
        ("Warranty.Until", "2031-01-01T00:00:00Z", "tomorrow"),
        ("Fan.Quiet", "false", "no"),
        ("Service.Pin", "999999", "1234567"),
    ):
        before = read(bench, name)
        assert write(bench, name, bad) == "Rejected", name
        assert read(bench, name) == before
        assert write(bench, name, good) == "Accepted", name
    assert read(bench, "Led.Colour[Left]") == "red"
    assert read(bench, "Fan.Trim") == "0.25"
    assert restarted(bench).charger.context.settings.own_changed()["Fan.Trim"] == "0.25"


@VERSIONS
def test_rights_and_reboot_need_are_kept(version: str) -> None:
    bench = bench_of(version)
    board = "Board" if version == "1.6" else "Vendor.Board"
    assert write(bench, board, "rev8") == "Rejected"
    assert read(bench, board) == "rev7"
    assert read(bench, "Service.Pin") is None
    assert write(bench, "Service.Pin", "4321") == "Accepted"
    [told] = [one for one in bench.events if isinstance(one, SettingChanged)]
    assert (told.name, told.value) == ("Service.Pin", "***")
    assert write(bench, "Radio.Bands", "B3,B20") == "RebootRequired"
    assert write(bench, "Radio.Bands", "B3,B99") == "Rejected"


def test_16_lists_them_among_its_keys() -> None:
    bench = bench_of("1.6")
    listed = {one["key"]: one for one in bench.call("GetConfiguration")["configurationKey"]}
    assert listed["Led.Colour[Left]"] == {
        "key": "Led.Colour[Left]",
        "readonly": False,
        "value": "blue",
    }
    assert listed["LedRight"]["value"] == "red"
    assert listed["Board"]["readonly"] is True
    assert "value" not in listed["Service.Pin"]


def test_201_reports_them_with_what_they_are() -> None:
    bench = bench_of("2.0.1")
    wanted = [{"component": {"name": name}} for name in ("Led", "Fan", "Service", "Radio")]
    assert bench.call("GetReport", requestId=3, componentVariable=wanted)["status"] == "Accepted"
    rows = [row for page in bench.said("NotifyReport") for row in page["reportData"]]
    found = {(row["variable"]["name"], row["variable"].get("instance")): row for row in rows}
    left = found["Colour", "Left"]
    assert left["variableAttribute"][0]["value"] == "blue"
    assert left["variableCharacteristics"] == {
        "dataType": "OptionList",
        "valuesList": "blue,red",
        "supportsMonitoring": True,
    }
    speed = found["Speed", None]["variableCharacteristics"]
    assert (speed["minLimit"], speed["maxLimit"], speed["unit"]) == (10, 90, "%")
    pin = found["Pin", None]["variableAttribute"][0]
    assert found["Pin", None]["variableCharacteristics"]["maxLimit"] == 6
    assert pin["mutability"] == "WriteOnly"
    assert "value" not in pin


@VERSIONS
def test_a_first_value_may_be_among_the_settings(version: str) -> None:
    assert read(bench_of(version, settings={"Fan.Speed": "55"}), "Fan.Speed") == "55"
    with pytest.raises(Invalid, match=r"Fan\.Speed cannot be '5'"):
        bench_of(version, settings={"Fan.Speed": "5"})


@VERSIONS
def test_what_is_given_anew_and_what_is_gone_is_not_remembered(version: str) -> None:
    bench = bench_of(version)
    write(bench, "Fan.Speed", "55")
    write(bench, "Led.Colour[Left]", "red")
    fewer = (VendorSetting(name="Fan.Speed", value="7", type="integer", maximum=9),)
    bench.spec = msgspec.structs.replace(bench.spec, vendor_settings=fewer)

    again = restarted(bench)

    assert read(again, "Fan.Speed") == "7"
    assert again.charger.context.settings.vendor() == {}


@pytest.mark.parametrize(
    "given,place",
    [
        ({"name": "HeartbeatInterval"}, "vendor_settings[1].name: HeartbeatInterval is a standard"),
        ({"name": "A.B"}, "vendor_settings[1].name: there is another A.B"),
        ({"name": ""}, "vendor_settings[1].name: '' is no name"),
        ({"name": "C." + "x" * 51}, "vendor_settings[1].name: "),
        ({"name": "C.D", "instance": "i" * 49}, "vendor_settings[1].key: "),
        (
            {"name": "C.D", "type": "integer", "value": "12", "maximum": 9},
            "vendor_settings[1].value: '12' is not a whole number to 9",
        ),
        ({"name": "C.D", "values": ("a,b",)}, "vendor_settings[1].values: 'a,b' is none"),
        ({"name": "C.D", "values": ("x" * 600, "y" * 600)}, "vendor_settings[1].values: longer"),
        ({"name": "C.D", "unit": "u" * 17}, "vendor_settings[1].unit: longer than 16"),
        (
            {"name": "C.D", "type": "OptionList", "value": "x", "values": ("a", "b")},
            "vendor_settings[1].value: 'x' is not one of a, b",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_its_place_named(given: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        bench_of("1.6", (VendorSetting(name="A.B"), VendorSetting(**given)))
    assert refused.value.message.startswith(place)
