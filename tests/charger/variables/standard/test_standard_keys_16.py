"""Every standard configuration key of OCPP 1.6 (section 9 with its errata, and the security white
paper): whether it is there, its right, what it may be, and the test that shows what it does."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.charger.bench import Bench
from voltyard.catalogue.commands.commands import (
    NetworkDrop,
    NetworkRestore,
    PlugIn,
    PullCableAtVehicle,
    Swipe,
)
from voltyard.charger.description.specification import ConnectorSpec
from voltyard.charger.variables.standard import ALL, BY_KEY


class Key(Struct, frozen=True):
    """What is expected of one."""

    name: str
    right: str
    good: str = ""
    """Another value than its default; of those that may be changed."""
    bad: tuple[str, ...] = ()
    shown_by: str = ""
    """The test of its effect."""
    status: str = "Accepted"


_NOT_A_FLAG = ("", "1", "yes")
_NOT_SECONDS = ("", "-1", "1.5", "soon", "99999999999")
_NO_MEASURANDS = ("Voltage,RPM", "Energy.Active.Import.Register.L1", ",".join(["x"] * 30))


def flag(name: str, good: str, shown_by: str) -> Key:
    return Key(name, "RW", good, _NOT_A_FLAG, shown_by)


def seconds(name: str, good: str, shown_by: str, status: str = "Accepted") -> Key:
    return Key(name, "RW", good, _NOT_SECONDS, shown_by, status)


def measurands(name: str, shown_by: str) -> Key:
    return Key(name, "RW", "Voltage,Current.Import.L2", _NO_MEASURANDS, shown_by)


def fixed(name: str, shown_by: str) -> Key:
    return Key(name, "R", shown_by=shown_by)


KEYS = (
    flag("AllowOfflineTxForUnknownId", "true", "test_tc_037_2_3_offline_start_of_an_invalid_tag"),
    flag("AuthorizationCacheEnabled", "false", "test_tc_061_c_37_38_clear_cache"),
    flag("AuthorizeRemoteTxRequests", "true", "test_tc_f_02_authorize_remote_start_asks_first"),
    Key("BlinkRepeat", "RW", "7", ("", "-1", "often"), "test_what_is_kept_only_is_kept"),
    seconds("ClockAlignedDataInterval", "900", "test_tc_071_clock_aligned_meter_values"),
    seconds("ConnectionTimeOut", "7", "test_tc_004_2_identification_first_connection_time_out"),
    Key(
        "ConnectorPhaseRotation",
        "RW",
        "0.RST,1.TRS",
        ("1.RRR", "RST", "9.RST", "nonsense"),
        "test_direct_current_has_no_phase_rotation",
    ),
    fixed("ConnectorPhaseRotationMaxLength", "test_a_list_is_as_long_as_its_maximum_says"),
    fixed("GetConfigurationMaxKeys", "test_more_keys_than_the_maximum_are_not_looked_at"),
    Key("HeartbeatInterval", "RW", "10", _NOT_SECONDS, "test_a_heartbeat_follows_the_key"),
    Key("LightIntensity", "RW", "50", ("", "-1", "101"), "test_what_is_kept_only_is_kept"),
    flag(
        "LocalAuthorizeOffline",
        "false",
        "test_offline_a_cached_card_may_charge_unless_local_authorize_offline_is_false",
    ),
    flag("LocalPreAuthorize", "true", "test_tc_008_1_a_listed_card_starts_without_a_question"),
    Key(
        "MaxEnergyOnInvalidId",
        "RW",
        "100",
        ("", "-1", "some"),
        "test_a_refused_start_may_get_some_energy",
    ),
    Key(
        "MessageTimeout",
        "RW",
        "5",
        ("", "0", "-1", "soon"),
        "test_tc_e_50_a_time_out_counts_as_a_failed_attempt",
    ),
    measurands("MeterValuesAlignedData", "test_tc_071_clock_aligned_meter_values"),
    fixed("MeterValuesAlignedDataMaxLength", "test_a_list_is_as_long_as_its_maximum_says"),
    measurands("MeterValuesSampledData", "test_single_phases_can_be_asked_for"),
    fixed("MeterValuesSampledDataMaxLength", "test_a_list_is_as_long_as_its_maximum_says"),
    seconds(
        "MeterValueSampleInterval", "15", "test_a_changed_sample_interval_takes_effect_at_once"
    ),
    seconds("MinimumStatusDuration", "5", "test_a_status_too_short_to_be_told_is_not"),
    fixed("NumberOfConnectors", "test_tc_019_retrieve_configuration"),
    Key("ResetRetries", "RW", "3", ("", "-1", "101"), "test_what_is_kept_only_is_kept"),
    flag(
        "StopTransactionOnEVSideDisconnect", "false", "test_tc_005_3_ev_side_disconnected_goes_on"
    ),
    flag(
        "StopTransactionOnInvalidId",
        "false",
        "test_a_refused_start_only_loses_its_energy_if_so_configured",
    ),
    fixed(
        "StopTransactionMaxMeterValues",
        "test_what_the_end_holds_is_bounded_but_begin_and_end_stay",
    ),
    measurands("StopTxnAlignedData", "test_tc_j_03_aligned_values_are_kept_for_the_end"),
    fixed("StopTxnAlignedDataMaxLength", "test_a_list_is_as_long_as_its_maximum_says"),
    measurands("StopTxnSampledData", "test_the_end_holds_begin_samples_and_end_if_so_configured"),
    fixed("StopTxnSampledDataMaxLength", "test_a_list_is_as_long_as_its_maximum_says"),
    fixed("SupportedFeatureProfiles", "test_the_profile_is_advertised"),
    Key(
        "TransactionMessageAttempts",
        "RW",
        "5",
        ("", "0", "-1"),
        "test_tc_e_41_a_failing_message_is_retried_with_growing_waits_and_given_up",
    ),
    seconds(
        "TransactionMessageRetryInterval",
        "5",
        "test_tc_e_41_a_failing_message_is_retried_with_growing_waits_and_given_up",
    ),
    flag(
        "UnlockConnectorOnEVSideDisconnect",
        "false",
        "test_tc_005_2_ev_side_disconnected_stops_and_stays_locked",
    ),
    seconds(
        "WebSocketPingInterval",
        "20",
        "test_a_ping_interval_is_taken_up_at_the_next_connection",
        "RebootRequired",
    ),
    # Local list, reservation.
    flag("LocalAuthListEnabled", "false", "test_tc_042_1_043_1_d_10_a_list_that_is_not_in_use"),
    fixed("LocalAuthListMaxLength", "test_a_list_has_its_longest_and_a_message_too"),
    fixed("SendLocalListMaxLength", "test_a_list_has_its_longest_and_a_message_too"),
    fixed(
        "ReserveConnectorZeroSupported",
        "test_tc_050_4_h_13_rejected_where_a_place_has_to_be_named",
    ),
)

ABSENT = {
    "SupportedFeatureProfilesMaxLength": "need not exist (errata)",
}
"""On purpose."""

ELSEWHERE = {
    # Smart charging, firmware and security have tests of their own: here their rights alone.
    "ChargeProfileMaxStackLevel": "R",
    "ChargingScheduleAllowedChargingRateUnit": "R",
    "ChargingScheduleMaxPeriods": "R",
    "ConnectorSwitch3to1PhaseSupported": "R",
    "MaxChargingProfilesInstalled": "R",
    "SupportedFileTransferProtocols": "R",
    "AdditionalRootCertificateCheck": "R",
    "AuthorizationKey": "W",
    "CertificateSignedMaxChainSize": "R",
    "CertificateStoreMaxLength": "R",
    "CpoName": "RW",
    "RevokedSigningCertificates": "RW",
    "SecurityProfile": "RW",
}

_RIGHTS = {"R": "ReadOnly", "RW": "ReadWrite", "W": "WriteOnly"}
names = pytest.mark.parametrize("key", KEYS, ids=[key.name for key in KEYS])
changeable = pytest.mark.parametrize(
    "key",
    [key for key in KEYS if key.right == "RW"],
    ids=[key.name for key in KEYS if key.right == "RW"],
)


def read(bench: Bench, name: str) -> Any:
    return bench.call("GetConfiguration", key=[name])["configurationKey"][0]


def change(bench: Bench, name: str, text: str) -> str:
    return str(bench.call("ChangeConfiguration", key=name, value=text)["status"])


def test_no_key_of_ours_is_unheard_of() -> None:
    heard_of = {key.name for key in KEYS} | set(ELSEWHERE)

    assert {setting.key for setting in ALL if setting.key} <= heard_of


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_absent_is_unknown(name: str) -> None:
    bench = Bench()

    assert bench.call("GetConfiguration", key=[name]) == {"unknownKey": [name]}
    assert change(bench, name, "1") == "NotSupported"


@pytest.mark.parametrize("name", ELSEWHERE)
def test_rights_of_the_other_rooms(name: str) -> None:
    setting = BY_KEY.get(name.lower())

    assert setting is None or setting.access == _RIGHTS[ELSEWHERE[name]]


@names
def test_it_is_there_with_its_right(key: Key) -> None:
    bench = Bench()

    found = read(bench, key.name.upper())  # keys are CiStrings

    assert found["key"] == key.name
    assert found["readonly"] is (key.right == "R")
    everything = bench.call("GetConfiguration")["configurationKey"]
    assert found in everything


@names
def test_what_it_cannot_be_is_rejected_and_nothing_changes(key: Key) -> None:
    bench = Bench()
    before = bench.call("GetConfiguration")
    version = bench.charger.context.settings.version

    for text in key.bad or ("1", "true", before["configurationKey"][0]["value"]):
        assert change(bench, key.name, text) == "Rejected", text

    assert bench.call("GetConfiguration") == before
    assert bench.charger.context.settings.version == version


@changeable
def test_it_can_be_changed_and_stays_so_over_a_restart(key: Key) -> None:
    from tests.charger.bench import again

    bench = Bench()
    assert read(bench, key.name)["value"] != key.good
    remembered = bench.remembered

    assert change(bench, key.name.lower(), key.good) == key.status

    assert read(bench, key.name)["value"] == key.good
    assert bench.remembered == remembered + 1
    fresh = again(bench)
    fresh.answers["BootNotification"] = lambda payload: {  # its interval would set the heartbeat's
        "status": "Accepted",
        "currentTime": "2026-11-21T09:01:00Z",
        "interval": 0,
    }
    fresh.wait(20)
    assert read(fresh, key.name)["value"] == key.good


@names
def test_a_test_shows_what_it_does(key: Key) -> None:
    here = Path(__file__).parents[2]  # tests/charger
    shown = any(f"def {key.shown_by}(" in path.read_text() for path in here.rglob("test_*.py"))

    assert shown, key.shown_by


# --- effects that have no other place ----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"), [("BlinkRepeat", "7"), ("LightIntensity", "50"), ("ResetRetries", "3")]
)
def test_what_is_kept_only_is_kept(name: str, text: str) -> None:
    bench = Bench()
    change(bench, name, text)

    bench.call("Reset", type="Soft")
    bench.wait(30)

    assert read(bench, name)["value"] == text


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("MeterValuesSampledData", None),
        ("MeterValuesAlignedData", None),
        ("StopTxnSampledData", None),
        ("StopTxnAlignedData", None),
        ("ConnectorPhaseRotation", "{}.RST"),
    ],
)
def test_a_list_is_as_long_as_its_maximum_says(name: str, member: str | None) -> None:
    setting = BY_KEY[name.lower()]
    longest = int(read(Bench(), f"{name}MaxLength")["value"])
    members = (
        list(setting.values)
        if member is None
        else [member.format(number) for number in range(longest + 1)]
    )

    assert setting.maximum == longest
    assert setting.normal(",".join(members[:longest])) is not None
    if len(members) > longest:
        assert setting.normal(",".join(members[: longest + 1])) is None


def test_more_keys_than_the_maximum_are_not_looked_at() -> None:
    bench = Bench(settings={"GetConfigurationMaxKeys": "2"})

    answer = bench.call("GetConfiguration", key=["HeartbeatInterval", "Nonsense", "BlinkRepeat"])

    assert [entry["key"] for entry in answer["configurationKey"]] == ["HeartbeatInterval"]
    assert answer["unknownKey"] == ["Nonsense"]
    assert len(bench.call("GetConfiguration")["configurationKey"]) > 40  # all there are


def test_a_heartbeat_follows_the_key() -> None:
    bench = Bench()
    bench.forget()

    change(bench, "HeartbeatInterval", "10")
    bench.wait(25)

    assert len(bench.said("Heartbeat")) == 2


def test_a_ping_interval_is_taken_up_at_the_next_connection() -> None:
    bench = Bench()
    assert bench.dials[-1].ping_interval_s == 0.0

    change(bench, "WebSocketPingInterval", "20")
    bench.done(NetworkDrop())
    bench.done(NetworkRestore())

    assert bench.dials[-1].ping_interval_s == 20.0


def test_a_fixed_cable_is_never_unlocked_and_that_cannot_be_changed() -> None:
    bench = Bench(connector=ConnectorSpec(has_lock=False))

    assert read(bench, "UnlockConnectorOnEVSideDisconnect") == {
        "key": "UnlockConnectorOnEVSideDisconnect",
        "readonly": True,
        "value": "false",
    }
    assert change(bench, "UnlockConnectorOnEVSideDisconnect", "true") == "Rejected"
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="T"))
    bench.done(PullCableAtVehicle())
    assert bench.state.connectors[0].status == "Finishing"


def test_a_fixed_cable_of_2_x_likewise() -> None:
    bench = Bench("2.0.1", connector=ConnectorSpec(has_lock=False))
    named = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "UnlockOnEVSideDisconnect"},
    }

    got = bench.call("GetVariables", getVariableData=[named])["getVariableResult"][0]
    put = bench.call("SetVariables", setVariableData=[named | {"attributeValue": "true"}])

    assert got["attributeValue"] == "false"
    assert put["setVariableResult"][0]["attributeStatus"] == "Rejected"
