"""Charging profiles: what each does to the power, how long it lasts, and what is told of it."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.charger.bench import START, Bench, again
from tests.charger.smart_charging.bench import (
    HUNGRY,
    V_A,
    VERSIONS,
    amperes,
    clear,
    composite,
    hungry,
    install,
    join,
    limits_of,
    power,
    profile,
    put,
)
from voltyard.catalogue.commands.commands import (
    EndTransaction,
    EvRequestsEnergy,
    EvStopsEnergy,
    NetworkDrop,
    PowerUpdate,
    SiteShare,
    StopSession,
    Unplug,
)
from voltyard.catalogue.commands.energy import Share
from voltyard.charger.charger import Charger
from voltyard.charger.description.specification import ConnectorSpec
from voltyard.kernel.time import DAY_S, HOUR_S

DC = ConnectorSpec(type="CCS2", current="DC", max_current_a=400.0, max_power_w=150_000.0)
AC1 = ConnectorSpec(phases=1, max_power_w=7_360.0)

EVENT = "TransactionEvent"

both = pytest.mark.parametrize("version", VERSIONS)


# --- what a limit does -------------------------------------------------------------------------


@both
def test_tc_056_a_default_profile_limits_a_transaction_from_its_start(version: str) -> None:
    bench = hungry(version, places=())
    put(bench, 1, 1, "TxDefaultProfile", 10.0)

    join(bench, 1)
    join(bench, 2)

    assert amperes(bench, 1) == pytest.approx(10.0)
    assert amperes(bench, 2) == pytest.approx(32.0), "it is of connector 1 alone"


@both
def test_tc_082_a_default_profile_applies_at_once_to_running_transactions(version: str) -> None:
    bench = hungry(version, places=(1, 2))

    put(bench, 0, 1, "TxDefaultProfile", 8.0)

    assert [amperes(bench, place) for place in (1, 2)] == pytest.approx([8.0, 8.0])


@both
def test_tc_057_a_profile_of_the_transaction_overrules_the_default(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxDefaultProfile", 8.0, level=5)

    put(bench, 1, 2, "TxProfile", 20.0)

    assert amperes(bench) == pytest.approx(20.0)


def test_a_default_of_one_place_stands_in_for_that_of_all_in_1_6() -> None:
    bench = hungry("1.6", places=(1, 2))
    put(bench, 0, 1, "TxDefaultProfile", 8.0, level=5)

    put(bench, 2, 2, "TxDefaultProfile", 12.0, level=1)

    assert [amperes(bench, place) for place in (1, 2)] == pytest.approx([8.0, 12.0])


@pytest.mark.parametrize(("level", "second_a"), [(1, 8.0), (7, 12.0)])
def test_defaults_of_one_place_and_of_all_are_one_stack_in_2_0_1(
    level: int, second_a: float
) -> None:
    bench = hungry("2.0.1", places=(1, 2))
    put(bench, 0, 1, "TxDefaultProfile", 8.0, level=5)

    put(bench, 2, 2, "TxDefaultProfile", 12.0, level=level)

    assert [amperes(bench, place) for place in (1, 2)] == pytest.approx([8.0, second_a])


@both
def test_tc_072_the_highest_stack_level_that_is_valid_rules(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxDefaultProfile", 16.0, level=0)
    put(bench, 1, 2, "TxDefaultProfile", 10.0, level=2, duration=600)
    put(bench, 1, 3, "TxDefaultProfile", 6.0, level=3, validFrom=START + 300, validTo=START + 400)

    told = limits_of(bench, 1, 900, "A")

    assert told == [(0, 10.0), (300, 6.0), (400, 10.0), (600, 16.0)]
    for begin, limit in told:
        bench.wait(START + begin + 1 - bench.now)
        assert amperes(bench) == pytest.approx(limit)


@both
def test_a_schedule_that_is_over_leaves_nothing_where_no_other_says_anything(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxProfile", 8.0, duration=60)

    assert limits_of(bench, 1, 300, "A") == [(0, 8.0), (60, 32.0)]


@both
def test_the_last_period_lasts_while_no_duration_ends_it(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxProfile", 8.0, (60, 12.0))

    bench.wait(7 * DAY_S)

    assert amperes(bench) == pytest.approx(12.0)


@both
def test_a_daily_profile_begins_anew_each_day_and_not_before_its_first(version: str) -> None:
    bench = hungry(version)
    put(
        bench, 1, 1, "TxDefaultProfile", 8.0, (3_600, 16.0),
        kind="Recurring", recurrencyKind="Daily", startSchedule=START + 600, duration=7_200,
    )  # fmt: skip

    assert limits_of(bench, 1, 3 * int(DAY_S), "A") == [
        (0, 32.0),
        *(
            (day * 86_400 + at, limit)
            for day in range(3)
            for at, limit in ((600, 8.0), (4_200, 16.0), (7_800, 32.0))
        ),
    ]


@both
def test_what_is_longer_than_its_recurrence_is_not_carried_out_beyond_it(version: str) -> None:
    bench = hungry(version)
    put(
        bench, 1, 1, "TxDefaultProfile", 8.0, (90_000, 16.0),
        kind="Recurring", recurrencyKind="Daily", startSchedule=START - 600, duration=100_000,
    )  # fmt: skip

    assert limits_of(bench, 1, 3 * int(DAY_S), "A") == [(0, 8.0)]


@both
def test_a_weekly_profile_recurs_after_seven_days(version: str) -> None:
    bench = hungry(version)
    put(
        bench, 0, 1, "TxDefaultProfile", 8.0,
        kind="Recurring", recurrencyKind="Weekly", startSchedule=START - 6 * DAY_S, duration=3_600,
    )  # fmt: skip

    week = limits_of(bench, 1, 8 * int(DAY_S), "A")

    assert week == [(0, 32.0), (86_400, 8.0), (90_000, 32.0)]


@both
def test_a_relative_profile_counts_from_the_start_of_the_transaction(version: str) -> None:
    bench = Bench(version)
    put(bench, 0, 1, "TxDefaultProfile", 16.0, (600, 8.0))
    bench.wait(1_800)

    join(bench, 1)

    assert amperes(bench) == pytest.approx(16.0)
    bench.wait(599)
    assert amperes(bench) == pytest.approx(16.0)
    bench.wait(2)
    assert amperes(bench) == pytest.approx(8.0)


@both
def test_the_least_of_the_stations_and_the_transactions_limit_holds(version: str) -> None:
    bench = hungry(version)
    put(bench, 0, 1, "Station", 20.0, kind="Absolute", startSchedule=START)
    put(bench, 1, 2, "TxProfile", 24.0, (600, 16.0))

    assert limits_of(bench, 1, 900, "A") == [(0, 20.0), (600, 16.0)]
    assert amperes(bench) == pytest.approx(20.0)
    bench.wait(601)
    assert amperes(bench) == pytest.approx(16.0)


@both
def test_a_limit_of_power_is_of_all_phases_together(version: str) -> None:
    bench = hungry(version)

    put(bench, 1, 1, "TxProfile", 6_900.0, unit="W")

    assert power(bench) == pytest.approx(6_900.0)
    assert limits_of(bench, 1, 60, "A") == [(0, 10.0)]


@both
def test_fewer_phases_are_switched_to_and_more_than_there_are_do_not_matter(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxProfile", (0, 16.0, 1))
    assert (power(bench), amperes(bench)) == pytest.approx((3_680.0, 16.0))
    assert composite(bench, 1, 60, "W")["periods"] == [(0, 3_680.0, 1)]

    single = hungry(version, connector=AC1)
    put(single, 1, 1, "TxProfile", (0, 16.0, 3))
    assert (power(single), amperes(single)) == pytest.approx((3_680.0, 16.0))


@both
def test_dc_is_limited_in_watts(version: str) -> None:
    bench = hungry(version, connector=DC)

    assert install(bench, 1, profile(version, 1, "TxDefaultProfile", 50.0)) == "Rejected"
    put(bench, 1, 1, "TxProfile", 50_000.0, unit="W")

    assert power(bench) == pytest.approx(50_000.0)
    assert composite(bench, 1, 60)["periods"] == [(0, 50_000.0, None)]


@both
def test_a_power_update_is_one_more_limit(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxProfile", 16.0)

    bench.done(PowerUpdate(power_w=10 * V_A))
    assert amperes(bench) == pytest.approx(10.0)
    bench.done(PowerUpdate(power_w=20 * V_A))
    assert amperes(bench) == pytest.approx(16.0)


@both
def test_a_power_update_lasts_over_a_restart_until_it_is_taken_back(version: str) -> None:
    bench = hungry(version)
    bench.done(PowerUpdate(power_w=10 * V_A))
    fresh = again(bench)
    fresh.wait(30)
    fresh.done(Unplug())
    join(fresh, 1)
    assert amperes(fresh) == pytest.approx(10.0)

    done = fresh.done(PowerUpdate(power_w=None))

    assert done["power_w"] == 32 * V_A
    assert amperes(fresh) == pytest.approx(32.0)
    assert fresh.state.connectors[0].limit_source == "Rating"


# --- less than a pilot can say -----------------------------------------------------------------


@both
@pytest.mark.parametrize("limit", [0.0, 5.9])
def test_below_6_a_the_evse_suspends_and_a_lifted_limit_resumes(version: str, limit: float) -> None:
    bench = hungry(version)

    put(bench, 1, 1, "TxProfile", limit, (600, 6.0))

    assert power(bench) == 0.0
    assert limits_of(bench, 1, 900, "A") == [(0, 0.0), (600, 6.0)]
    bench.wait(601)
    assert amperes(bench) == pytest.approx(6.0)
    if version == "1.6":
        assert bench.statuses() == ["SuspendedEVSE", "Charging"]
    else:
        told = [e["transactionInfo"].get("chargingState") for e in bench.said("TransactionEvent")]
        assert [state for state in told if state] == ["SuspendedEVSE", "Charging"]


def test_a_limit_lifted_while_the_vehicle_rests_leads_to_suspended_ev() -> None:
    bench = hungry("1.6")
    put(bench, 1, 1, "TxProfile", 0.0)
    bench.done(EvStopsEnergy())

    assert clear(bench, id=1) == "Accepted"

    assert bench.statuses() == ["SuspendedEVSE", "SuspendedEV"]


@both
def test_a_transaction_that_begins_under_a_limit_of_nothing_never_charges(version: str) -> None:
    bench = Bench(version)
    put(bench, 0, 1, "TxDefaultProfile", 0.0)
    bench.forget()

    join(bench, 1)
    bench.wait(600)

    assert bench.charger.evses[0].meter.register_wh == 0.0
    if version == "1.6":
        assert bench.statuses() == ["Preparing", "SuspendedEVSE"]


def test_a_new_rate_is_an_event_of_the_transaction_where_it_matters() -> None:
    bench = hungry("2.0.1")
    put(bench, 1, 1, "TxProfile", 16.0, (600, 15.9), (1_200, 10.0))

    bench.wait(1_500)

    reasons = [
        (e["triggerReason"], e["timestamp"][14:19])
        for e in bench.said("TransactionEvent")
        if e["triggerReason"] != "MeterValuePeriodic"
    ]
    assert reasons == [("ChargingRateChanged", "00:00"), ("ChargingRateChanged", "20:00")]


# --- the station's maximum ---------------------------------------------------------------------


def test_a_new_number_of_phases_is_told_with_the_rate() -> None:
    bench = hungry("2.0.1")
    put(bench, 1, 1, "TxProfile", 16.0, (60, 16.0, 1))

    bench.wait(61)

    told = [t for t in bench.said(EVENT) if t["triggerReason"] == "ChargingRateChanged"]
    assert [one["numberOfPhasesUsed"] for one in told] == [3, 1]


@both
def test_the_stations_maximum_is_shared_equally_and_what_is_not_used_goes_on(version: str) -> None:
    bench = hungry(version, evses=3)
    put(bench, 0, 1, "Station", 30.0, kind="Absolute", startSchedule=START)
    assert amperes(bench, 1) == pytest.approx(30.0)

    join(bench, 2)
    assert [amperes(bench, place) for place in (1, 2)] == pytest.approx([15.0, 15.0])

    join(bench, 3, replace(HUNGRY, max_ac_power_w=6 * V_A))
    assert [amperes(bench, n) for n in (1, 2, 3)] == pytest.approx([12.0, 12.0, 6.0])

    put(bench, 2, 2, "TxDefaultProfile", 8.0)
    assert [amperes(bench, n) for n in (1, 2, 3)] == pytest.approx([16.0, 8.0, 6.0])

    bench.done(EvStopsEnergy(evse_id=1))
    assert [amperes(bench, n) for n in (2, 3)] == pytest.approx([8.0, 6.0])
    bench.done(EvRequestsEnergy(evse_id=1))
    bench.done(StopSession(evse_id=2))
    assert [amperes(bench, n) for n in (1, 3)] == pytest.approx([24.0, 6.0])


@both
def test_a_vehicle_that_takes_less_than_a_pilot_offers_has_its_share_too(version: str) -> None:
    bench = hungry(version, places=(1,))
    put(bench, 0, 1, "Station", 20.0, kind="Absolute", startSchedule=START)
    small = replace(HUNGRY, max_ac_power_w=5.0 * V_A)

    join(bench, 2, small)

    assert amperes(bench, 2) == pytest.approx(5.0)
    assert amperes(bench, 1) == pytest.approx(14.0), "6 A are offered to the other one"


@both
def test_where_shares_would_be_too_small_who_came_last_waits(version: str) -> None:
    bench = hungry(version, evses=3)
    put(bench, 0, 1, "Station", 13.0, kind="Absolute", startSchedule=START)
    bench.wait(1)
    join(bench, 3)
    bench.wait(1)
    join(bench, 2)

    assert [amperes(bench, n) for n in (1, 2, 3)] == pytest.approx([6.5, 0.0, 6.5])

    bench.done(Unplug(evse_id=1))
    assert [amperes(bench, n) for n in (2, 3)] == pytest.approx([6.5, 6.5])


@both
def test_the_whole_chargers_schedule_is_the_stations_limit_or_the_sum(version: str) -> None:
    bench = hungry(version, places=(1, 2))
    put(bench, 0, 1, "Station", 40.0, (600, 64.0), kind="Absolute", startSchedule=START)
    put(bench, 1, 2, "TxDefaultProfile", 10.0)

    assert limits_of(bench, 0, 900, "A") == [(0, 40.0), (600, 42.0)]
    assert limits_of(bench, 0, 900, "W") == [(0, 40 * V_A), (600, 42 * V_A)]
    assert power(bench, 1) + power(bench, 2) == pytest.approx(40 * V_A)


@both
def test_a_schedule_is_of_the_phases_the_vehicle_uses_and_of_its_share_of_the_site(
    version: str,
) -> None:
    bench = hungry(version, places=())
    join(bench, 1, replace(HUNGRY, phases=1))
    join(bench, 2)
    assert composite(bench, 1, 60, "W")["periods"] == [(0, 32 * 230.0, 1)]
    bench.done(SiteShare(shares=(Share(1, 3_680.0), Share(2, 6_900.0))))
    put(bench, 1, 1, "TxProfile", 20.0, (600, 20.0, 1), (1_200, 8.0))

    assert composite(bench, 1, 1_800, "W")["periods"] == [(0, 3_680.0, 1), (1_200, 1_840.0, 1)]
    assert limits_of(bench, 1, 1_800, "A") == [(0, 16.0), (1_200, 8.0)]
    assert limits_of(bench, 0, 60, "W") == [(0, 3_680.0 + 6_900.0)]
    assert limits_of(bench, 0, 60, "A") == [(0, 16.0 + 10.0)]
    assert [power(bench, place) for place in (1, 2)] == pytest.approx([3_680.0, 6_900.0])
    seen = bench.state.connectors[0]
    assert (seen.limit_w, seen.limit_source) == (3_680.0, "Site")


@both
def test_without_profiles_the_schedule_is_what_the_charger_can_give(version: str) -> None:
    bench = hungry(version, places=())

    told = composite(bench, 2, 3_600)

    assert told == {
        "start": "2026-11-21T09:00:00.000Z",
        "duration": 3_600,
        "unit": "A",
        "periods": [(0, 32.0, 3)],
    }


# --- how long they last ------------------------------------------------------------------------


@both
def test_a_transactions_profile_ends_with_it(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxProfile", 8.0)

    bench.done(EndTransaction())
    bench.done(Unplug())

    assert bench.charger.smart.installed == ()
    join(bench, 1)
    assert amperes(bench) == pytest.approx(32.0)


@both
def test_profiles_persist_over_a_restart_but_for_the_transactions(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxProfile", 8.0)
    put(bench, 0, 2, "TxDefaultProfile", 10.0)
    put(bench, 0, 3, "Station", 16.0, kind="Absolute", startSchedule=START)
    memory = bench.charger.snapshot(bench.now)

    again = Bench(version, boot=False)
    again.charger = Charger.restore(bench.spec, memory, bench.now)
    again.wait(30)
    again.done(Unplug())
    join(again, 1)

    assert [one.profile.id for one in again.charger.smart.installed] == [2, 3]
    assert amperes(again) == pytest.approx(10.0)


@both
def test_offline_the_profiles_go_on(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxProfile", 8.0, (600, 12.0))

    bench.ask(NetworkDrop())
    bench.wait(700)

    assert amperes(bench) == pytest.approx(12.0)


@both
def test_energy_is_settled_at_the_boundary_though_the_step_comes_late(version: str) -> None:
    bench = hungry(version, settings={"MeterValueSampleInterval": "0"})
    put(bench, 1, 1, "TxProfile", 10.0, (600, 20.0), (1_200, 0.0))

    bench.now += 3_600
    bench.tick()

    expected_wh = (600 * 10.0 + 600 * 20.0) * V_A / 3_600
    assert bench.charger.evses[0].meter.register_wh == pytest.approx(expected_wh, abs=1e-3)
    if version == "2.0.1":
        told = [e["timestamp"][11:19] for e in bench.said("TransactionEvent")]
        assert told == ["09:00:00", "10:00:00"]


@both
def test_a_clock_that_is_set_moves_the_schedule(version: str) -> None:
    bench = hungry(version, settings={"MeterValueSampleInterval": "0"})
    put(
        bench, 0, 1, "TxDefaultProfile", 8.0, (1_800, 16.0), kind="Absolute", startSchedule=START
    )  # fmt: skip
    bench.answers["Heartbeat"] = lambda _: {"currentTime": "2026-11-21T09:40:00Z"}

    bench.wait(400)

    assert amperes(bench) == pytest.approx(16.0)


# --- what is told of them ----------------------------------------------------------------------


@both
def test_the_state_tells_the_limit_in_force_and_where_it_comes_from(version: str) -> None:
    bench = hungry(version)

    def seen() -> tuple[float, str, int | None]:
        one = bench.state.connectors[0]
        return round(one.limit_w, 3), one.limit_source, one.charging_profile_id

    assert seen() == (32 * V_A, "Rating", None)
    bench.done(PowerUpdate(power_w=20 * V_A))
    assert seen() == (20 * V_A, "PowerUpdate", None)
    put(bench, 0, 4, "TxDefaultProfile", 16.0)
    assert seen() == (16 * V_A, "TxDefaultProfile", 4)
    put(bench, 0, 5, "Station", 10.0, kind="Absolute", startSchedule=START)
    assert seen() == (10 * V_A, "ChargingStationMaxProfile", 5)
    put(bench, 1, 6, "TxProfile", 8.0)
    assert seen() == (8 * V_A, "TxProfile", 6)
    assert [one.id for one in bench.state.charging_profiles] == [4, 5, 6]


def test_reports_hold_profiles_as_they_were_set_in_parts_by_evse() -> None:
    bench = hungry("2.0.1")
    wires = {
        level: profile(
            "2.0.1", level, "TxDefaultProfile", 8.0, (60, 9.0, 1),
            level=level, kind="Recurring", recurrencyKind="Daily", startSchedule=START,
            duration=600, minChargingRate=6.0, validFrom=START, validTo=START + DAY_S,
        )
        for level in range(12)
    }  # fmt: skip
    for wire in wires.values():
        assert install(bench, 2, wire) == "Accepted"
    put(bench, 0, 50, "Station", 20.0, kind="Absolute", startSchedule=START)
    put(bench, 1, 51, "TxProfile", 8.0)
    bench.forget()

    answer = bench.call("GetChargingProfiles", requestId=3, chargingProfile={})

    assert answer == {"status": "Accepted"}
    reports = bench.said("ReportChargingProfiles")
    assert [(r["evseId"], len(r["chargingProfile"]), r.get("tbc")) for r in reports] == [
        (0, 1, True),
        (1, 1, True),
        (2, 10, True),
        (2, 2, False),
    ]
    assert {(r["requestId"], r["chargingLimitSource"]) for r in reports} == {(3, "CSO")}
    assert reports[1]["chargingProfile"][0]["transactionId"] == (
        bench.charger.evses[0].transaction.id  # type: ignore[union-attr]
    )
    told = [wire for report in reports[2:] for wire in report["chargingProfile"]]
    assert told == list(wires.values())


@pytest.mark.parametrize(
    ("evse_id", "criteria", "found"),
    [
        (None, {"chargingProfilePurpose": "TxProfile"}, [2]),
        (1, {}, [1, 2]),
        (0, {}, [3]),
        (9, {}, []),
        (None, {"stackLevel": 2}, [1]),
        (None, {"chargingProfileId": [1, 3, 8]}, [3, 1]),
        (None, {"chargingLimitSource": ["EMS"]}, []),
        (None, {"chargingLimitSource": ["EMS", "CSO"], "stackLevel": 0}, [3, 2]),
    ],
)
def test_reports_are_of_what_meets_all_criteria(
    evse_id: int | None, criteria: dict[str, Any], found: list[int]
) -> None:
    bench = hungry("2.0.1")
    put(bench, 1, 1, "TxDefaultProfile", 8.0, level=2)
    put(bench, 1, 2, "TxProfile", 8.0)
    put(bench, 0, 3, "Station", 20.0, kind="Absolute", startSchedule=START)
    bench.forget()
    place = {} if evse_id is None else {"evseId": evse_id}

    answer = bench.call("GetChargingProfiles", requestId=1, chargingProfile=criteria, **place)

    assert answer["status"] == ("Accepted" if found else "NoProfiles")
    reports = bench.said("ReportChargingProfiles")
    assert [wire["id"] for report in reports for wire in report["chargingProfile"]] == found


def test_configuration_and_variables_tell_of_smart_charging() -> None:
    keys = [
        "ChargeProfileMaxStackLevel",
        "ChargingScheduleAllowedChargingRateUnit",
        "ChargingScheduleMaxPeriods",
        "MaxChargingProfilesInstalled",
        "ConnectorSwitch3to1PhaseSupported",
    ]
    told = {
        spec.current: [
            entry["value"]
            for entry in Bench("1.6", connector=spec).call("GetConfiguration", key=keys)[
                "configurationKey"
            ]
        ]
        for spec in (ConnectorSpec(), DC)
    }
    assert told == {
        "AC": ["20", "Current,Power", "100", "50", "true"],
        "DC": ["20", "Power", "100", "50", "true"],
    }

    bench = Bench("2.0.1")
    put(bench, 1, 1, "TxDefaultProfile", 8.0)
    names = {
        "Entries": "ChargingProfiles",
        "RateUnit": None,
        "LimitChangeSignificance": None,
        "ProfileStackLevel": None,
        "PeriodsPerSchedule": None,
    }
    answer = bench.call(
        "GetVariables",
        getVariableData=[
            {
                "component": {"name": "SmartChargingCtrlr"},
                "variable": {"name": name} | ({} if instance is None else {"instance": instance}),
            }
            for name, instance in names.items()
        ],
    )
    values = [row["attributeValue"] for row in answer["getVariableResult"]]
    assert values == ["1", "A,W", "1", "20", "100"]


@both
def test_a_composite_schedule_of_very_many_moments_is_cut(version: str) -> None:
    bench = hungry(version)
    put(
        bench, 1, 1, "TxDefaultProfile", *[(n * 600, 6.0 + n % 2) for n in range(100)],
        kind="Recurring", recurrencyKind="Daily", startSchedule=START,
    )  # fmt: skip

    told = composite(bench, 1, 366 * int(DAY_S), "A")

    assert len(told["periods"]) <= 2_000
    assert HOUR_S < told["duration"] < 366 * DAY_S
    assert told["periods"][-1][0] < told["duration"]


@both
@pytest.mark.parametrize("fraction", [0.0, 0.4, 0.6, 0.999])
def test_a_schedule_for_a_place_without_a_transaction_has_the_seconds_of_its_profile(
    version: str, fraction: float
) -> None:
    bench = Bench(version)
    put(bench, 1, 1, "TxDefaultProfile", 10.0, (3_600, 0.0))
    bench.wait(fraction)

    told = composite(bench, 1, 7_200, "A")

    assert [(start, limit) for start, limit, _ in told["periods"]] == [(0, 10.0), (3_600, 0.0)]
