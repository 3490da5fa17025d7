"""External limits: obeyed, told, reported, lifted, and kept (2.0.1 K11, K12, K13)."""

from typing import Any

import pytest

from tests.charger.bench import START, Bench
from tests.charger.smart_charging.bench import (
    AC3,
    V_A,
    VERSIONS,
    clear,
    hungry,
    join,
    limits_of,
    power,
    put,
)
from voltyard.catalogue.commands.energy import ClearExternalLimit, SetExternalLimit
from voltyard.catalogue.commands.outages import Reboot
from voltyard.charger.charger import Charger
from voltyard.charger.description.specification import ConnectorSpec

PURPOSE = "ChargingStationExternalConstraints"
DC = ConnectorSpec(type="CCS2", current="DC", max_current_a=400.0, max_power_w=150_000.0)


def limit(bench: Bench, watts: float, **fields: Any) -> int:
    result = bench.done(SetExternalLimit(limit=watts, **fields))
    return int(result["charging_profile_id"])


def lift(bench: Bench, **fields: Any) -> None:
    bench.done(ClearExternalLimit(**fields))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_limit_moves_the_meter_and_lifted_it_does_not_any_more(version: str) -> None:
    bench = hungry(version)

    limit(bench, 10 * V_A)
    limited_w = power(bench)
    lift(bench)

    assert limited_w == pytest.approx(10 * V_A)
    assert power(bench) == pytest.approx(32 * V_A)


def test_the_csms_is_told_before_it_hears_of_the_rate() -> None:
    bench = hungry("2.0.1")

    limit(bench, 10 * V_A, source="SO", is_grid_critical=True)

    assert bench.actions() == ["NotifyChargingLimit", "TransactionEvent"]
    told, event = bench.calls[0][1], bench.calls[1][1]
    assert told["chargingLimit"] == {"chargingLimitSource": "SO", "isGridCritical": True}
    assert "evseId" not in told
    [schedule] = told["chargingSchedule"]
    assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 10 * V_A}]
    assert schedule["startSchedule"] == "2026-11-21T09:00:00.000Z"
    assert event["triggerReason"] == "ChargingRateChanged"
    bench.forget()
    lift(bench, source="SO")
    assert bench.calls[0] == ("ClearedChargingLimit", {"chargingLimitSource": "SO"})
    assert bench.said("TransactionEvent")[0]["triggerReason"] == "ChargingRateChanged"


def test_1_6_has_no_words_for_it() -> None:
    bench = hungry("1.6")

    limit(bench, 10 * V_A)
    bench.cut()
    bench.mend()
    bench.wait(60.0)

    assert "NotifyChargingLimit" not in bench.actions()
    assert bench.charger.profile_limits.untold == ()


def test_a_limit_of_the_charger_is_shared_and_one_of_an_evse_is_its_own() -> None:
    bench = hungry("2.0.1", places=(1, 2))

    limit(bench, 30 * V_A)
    shared = [power(bench, 1), power(bench, 2)]
    limit(bench, 8 * V_A, evse_id=2, source="Other")

    assert shared == pytest.approx([15 * V_A, 15 * V_A])
    assert power(bench, 1) == pytest.approx(22 * V_A)
    assert power(bench, 2) == pytest.approx(8 * V_A)
    assert bench.said("NotifyChargingLimit")[-1]["evseId"] == 2
    state = bench.state.connectors[1]
    assert (state.limit_source, state.charging_profile_id) == (PURPOSE, -9)


def test_the_least_of_all_limits_holds_whoever_has_set_it() -> None:
    bench = hungry("2.0.1")
    put(bench, 1, 1, "TxProfile", 12.0)
    limit(bench, 20 * V_A)
    tx = power(bench)
    limit(bench, 9.0, unit="A", evse_id=1, source="Other")
    external = power(bench)
    put(bench, 0, 2, "Station", 7.0, kind="Absolute", startSchedule=START)

    assert (tx, external) == pytest.approx((12 * V_A, 9 * V_A))
    assert power(bench) == pytest.approx(7 * V_A)


def test_the_composite_schedule_has_it_and_its_end() -> None:
    bench = Bench("2.0.1", connector=AC3)
    limit(bench, 10 * V_A, duration_s=60)
    limit(bench, 8 * V_A, duration_s=30, evse_id=2)

    assert limits_of(bench, 1, 120, "A") == [(0, 10.0), (60, 32.0)]
    assert limits_of(bench, 2, 120, "A") == [(0, 8.0), (30, 10.0), (60, 32.0)]
    assert limits_of(bench, 0, 120, "W") == [(0, 10 * V_A), (60, 64 * V_A)]


def test_it_ends_by_itself_and_is_told_so() -> None:
    bench = hungry("2.0.1")
    limit(bench, 10 * V_A, duration_s=60)
    bench.forget()

    bench.wait(59.0)
    before = (power(bench), bench.said("ClearedChargingLimit"))
    bench.wait(2.0)

    assert before == (pytest.approx(10 * V_A), [])
    assert power(bench) == pytest.approx(32 * V_A)
    assert bench.said("ClearedChargingLimit") == [{"chargingLimitSource": "EMS"}]
    assert bench.charger.profile_limits.external == ()


def test_a_small_change_is_not_told() -> None:
    settings = {"SmartChargingCtrlr.LimitChangeSignificance": "10"}
    bench = Bench("2.0.1", connector=AC3, settings=settings)
    limit(bench, 10_000)
    bench.forget()

    limit(bench, 10_900)
    small = bench.actions()
    limit(bench, 12_000)

    assert small == []
    assert bench.actions() == ["NotifyChargingLimit"]


def test_a_limit_beyond_what_there_is_changes_nothing() -> None:
    bench = Bench("2.0.1", evses=1, connector=AC3)

    limit(bench, 1e6)

    assert "NotifyChargingLimit" not in bench.actions()
    assert limits_of(bench, 1, 60, "A") == [(0, 32.0)]


def test_without_schedules_the_source_alone_is_told() -> None:
    settings = {"SmartChargingCtrlr.NotifyChargingLimitWithSchedules": "false"}
    bench = Bench("2.0.1", settings=settings)

    limit(bench, 5_000)

    assert bench.said("NotifyChargingLimit") == [{"chargingLimit": {"chargingLimitSource": "EMS"}}]


def test_offline_it_is_obeyed_and_told_when_the_link_is_back() -> None:
    bench = hungry("2.0.1")
    bench.cut()
    limit(bench, 10 * V_A)
    limit(bench, 5_000, evse_id=2)
    lift(bench, evse_id=2)
    limited_w = power(bench)
    bench.mend()
    bench.wait(120.0)

    assert limited_w == pytest.approx(10 * V_A)
    told = [name for name in bench.actions() if "ChargingLimit" in name]
    assert told == ["NotifyChargingLimit", "ClearedChargingLimit"]


def test_the_last_limit_lifted_offline_is_told_when_the_link_is_back() -> None:
    bench = hungry("2.0.1")
    limit(bench, 10 * V_A)
    bench.cut()
    lift(bench)
    bench.forget()

    bench.mend()
    bench.wait(120.0)

    told = [name for name in bench.actions() if "ChargingLimit" in name]
    assert told == ["ClearedChargingLimit"]
    assert bench.charger.profile_limits.untold == ()


def test_it_is_reported_with_its_source_beside_the_profiles_of_the_csms() -> None:
    bench = Bench("2.0.1")
    put(bench, 0, 1, "TxDefaultProfile", 12.0)
    id = limit(bench, 5_000, source="SO")
    bench.forget()

    bench.call("GetChargingProfiles", requestId=1, chargingProfile={"stackLevel": 0})
    both = bench.said("ReportChargingProfiles")
    bench.forget()
    purpose = {"chargingProfilePurpose": PURPOSE}
    bench.call("GetChargingProfiles", requestId=2, chargingProfile=purpose)
    [external] = bench.said("ReportChargingProfiles")
    none = bench.call(
        "GetChargingProfiles", requestId=3, chargingProfile={"chargingLimitSource": ["EMS"]}
    )

    assert [one["chargingLimitSource"] for one in both] == ["CSO", "SO"]
    assert [one.get("tbc", False) for one in both] == [True, False]
    assert external["chargingProfile"][0]["id"] == id < 0
    assert none == {"status": "NoProfiles"}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_csms_cannot_clear_it(version: str) -> None:
    bench = Bench(version)
    id = limit(bench, 5_000)

    assert clear(bench, id=id) == "Unknown"
    assert clear(bench, level=0) == "Unknown"
    assert len(bench.charger.profile_limits.external) == 1


def test_it_outlives_a_restart_as_the_system_that_set_it_does() -> None:
    bench = hungry("2.0.1")
    limit(bench, 10 * V_A)
    snapshot = bench.charger.snapshot(bench.now)

    restored = Charger.restore(bench.spec, snapshot, bench.now)
    bench.done(Reboot())
    bench.wait(300.0)
    join(bench, 2)

    assert restored.profile_limits.external == bench.charger.profile_limits.external
    assert power(bench, 2) == pytest.approx(10 * V_A)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (SetExternalLimit(limit=-1.0), "invalid"),
        (SetExternalLimit(limit=float("nan")), "invalid"),
        (SetExternalLimit(limit=1.0, evse_id=3), "not_found"),
        (SetExternalLimit(limit=1.0, unit="A"), "invalid"),
        (ClearExternalLimit(), "wrong_state"),
        (ClearExternalLimit(evse_id=3), "not_found"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(command: Any, code: str) -> None:
    bench = Bench("2.0.1", connector=DC)
    bench.forget()

    assert bench.failed(command).code == code

    assert (bench.charger.profile_limits.external, bench.actions()) == ((), [])


def test_a_charger_may_be_told_not_to_heed_them() -> None:
    settings = {"SmartChargingCtrlr.ExternalControlSignalsEnabled": "false"}
    bench = Bench("2.0.1", settings=settings)

    assert bench.failed(SetExternalLimit(limit=5_000.0)).code == "wrong_state"


def test_one_source_replaces_its_own_limit_and_no_other() -> None:
    bench = Bench("2.0.1")

    first, second = limit(bench, 5_000), limit(bench, 6_000)
    other = limit(bench, 5_500, source="Other")

    assert first == second != other
    found = [one.profile.schedule.periods[0].limit for one in bench.charger.profile_limits.external]
    assert found == [6_000, 5_500]
    told = bench.state.charging_profiles
    assert [(one.source, one.purpose) for one in told] == [("EMS", PURPOSE), ("Other", PURPOSE)]
