"""The store of settings: types, ranges, rights, and two views of one value."""

import pytest

from voltyard.charger.variables.settings import ChargerSettings, Setting
from voltyard.charger.variables.standard import ALL, BY_KEY, BY_NAME, BY_VARIABLE
from voltyard.charger.variables.standard.authorization import LOCAL_PRE_AUTHORIZE
from voltyard.charger.variables.standard.communication import (
    HEARTBEAT_INTERVAL,
    WEBSOCKET_PING_INTERVAL,
)
from voltyard.charger.variables.standard.meter_values import SAMPLED_MEASURANDS
from voltyard.charger.variables.standard.station import ORGANIZATION_NAME, PHASE_ROTATION
from voltyard.charger.variables.standard.transactions import CONNECTION_TIMEOUT, TX_START_POINT
from voltyard.kernel.errors import Invalid


@pytest.mark.parametrize("setting", ALL, ids=lambda setting: setting.name)
def test_every_default_is_a_value_the_setting_can_have(setting: Setting) -> None:
    if setting is not PHASE_ROTATION:
        assert setting.normal(setting.default) == setting.default
    assert setting.about


def test_names_are_unique_within_a_version() -> None:
    assert len(BY_KEY) == sum(1 for setting in ALL if setting.key)
    assert len(BY_VARIABLE) == sum(1 for setting in ALL if setting.variable)


@pytest.mark.parametrize(
    "setting,text,kept",
    [
        (LOCAL_PRE_AUTHORIZE, "TRUE", "true"),
        (LOCAL_PRE_AUTHORIZE, "yes", None),
        (HEARTBEAT_INTERVAL, "60", "60"),
        (HEARTBEAT_INTERVAL, " 060", "60"),
        (HEARTBEAT_INTERVAL, "0", None),
        (HEARTBEAT_INTERVAL, "-1", None),
        (HEARTBEAT_INTERVAL, "86401", None),
        (HEARTBEAT_INTERVAL, "1.5", None),
        (HEARTBEAT_INTERVAL, "²", None),
        (HEARTBEAT_INTERVAL, "", None),
        (HEARTBEAT_INTERVAL, "+-5", None),
        (WEBSOCKET_PING_INTERVAL, "-1", None),
        (SAMPLED_MEASURANDS, "voltage, SoC", "Voltage,SoC"),
        (SAMPLED_MEASURANDS, "Voltage.L1,Voltage.L1", "Voltage.L1"),
        (SAMPLED_MEASURANDS, "Voltage,RPM", None),
        (SAMPLED_MEASURANDS, "", ""),
        (TX_START_POINT, "", None),
        (TX_START_POINT, "DataSigned", None),
        (ORGANIZATION_NAME, "x" * 501, None),
        (ORGANIZATION_NAME, "x" * 500, "x" * 500),
    ],
)
def test_a_value_is_normalised_or_refused(setting: Setting, text: str, kept: str | None) -> None:
    settings = ChargerSettings()
    before = settings.text(setting)

    accepted = settings.put(setting, text)

    assert accepted is (kept is not None)
    assert settings.text(setting) == (before if kept is None else kept)
    assert settings.version == (0 if kept is None else 1)


def test_a_list_has_a_longest_length() -> None:
    short = Setting(default="", kind="list", maximum=2)
    assert short.normal("a,b") == "a,b"
    assert short.normal("a,b,c") is None


def test_what_equals_the_default_is_not_kept() -> None:
    settings = ChargerSettings()

    settings.put(LOCAL_PRE_AUTHORIZE, "true")
    settings.put(LOCAL_PRE_AUTHORIZE, "false")

    assert settings.changed() == {}


def test_a_specification_may_use_either_name_and_bring_its_own() -> None:
    settings = ChargerSettings()

    settings.begin(
        {"heartbeatinterval": "10", "TxCtrlr.EVConnectionTimeOut": "20", "Blink": "3"}, BY_NAME
    )

    assert settings.number(HEARTBEAT_INTERVAL) == 10
    assert settings.number(CONNECTION_TIMEOUT) == 20
    assert settings.vendor() == {"Blink": "3"}
    assert settings.vendor_value("blink") == "3"
    assert settings.changed() == {
        "HeartbeatInterval": "10",
        "ConnectionTimeOut": "20",
        "Blink": "3",
    }


def test_a_specification_with_an_impossible_setting_is_invalid() -> None:
    with pytest.raises(Invalid, match="HeartbeatInterval"):
        ChargerSettings().begin({"HeartbeatInterval": "often"}, BY_NAME)
    with pytest.raises(Invalid, match="vendor"):
        ChargerSettings().begin({"Mine": "x" * 501}, BY_NAME)


def test_vendor_settings_exist_only_where_the_specification_names_them() -> None:
    settings = ChargerSettings()
    settings.begin({"Mine": "1"}, {})

    assert settings.put_vendor("mine", "2")
    assert not settings.put_vendor("Mine", "x" * 501)
    assert not settings.put_vendor("Other", "2")
    assert settings.vendor() == {"Mine": "2"}
    assert settings.vendor_value("Other") is None


@pytest.mark.parametrize(
    "settings", [{"HeartbeatInterval": "often"}, {"My.Own": "x" * 100_000}], ids=["known", "own"]
)
def test_a_setting_a_charger_cannot_begin_with_is_named(settings: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        ChargerSettings().begin(
            settings, {name.lower(): setting for name, setting in BY_KEY.items()}
        )

    assert refused.value.details["param"] == f"settings.{next(iter(settings))}"
