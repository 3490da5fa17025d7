"""Schedules negotiated with vehicles that speak ISO 15118 (2.0.1 K15, K16, K17, E15)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.charger.bench import START, Bench, Refusal, Silence
from tests.charger.smart_charging.bench import AC3, HUNGRY, V_A, install, power, profile, put
from voltyard.catalogue.charging_needs import VehicleNeeds, needs_of
from voltyard.catalogue.commands.energy import ClearExternalLimit, SetExternalLimit
from voltyard.catalogue.commands.sessions import (
    ChangeChargingNeeds,
    EvEndsSession,
    PlugIn,
    StartSession,
    Swipe,
    Unplug,
)
from voltyard.charger.charger import Charger
from voltyard.charger.description.specification import ConnectorSpec
from voltyard.kernel.errors import Invalid
from voltyard.physics.vehicle import Vehicle

NEEDS = VehicleNeeds(energy_kwh=30.0, departure_in_seconds=7200.0, max_current_a=16.0)
DC = ConnectorSpec(type="CCS2", current="DC", max_current_a=400.0, max_power_w=150_000.0)
CHARGING = "Charging"


def asked(
    status: str = "Accepted",
    needs: VehicleNeeds = NEEDS,
    *,
    connector: ConnectorSpec = AC3,
    vehicle: Vehicle = HUNGRY,
) -> Bench:
    """A bench with a vehicle whose needs the CSMS has answered so."""
    bench = Bench("2.0.1", connector=connector)
    bench.answers["NotifyEVChargingNeeds"] = lambda _: {"status": status}
    bench.answers["NotifyEVChargingSchedule"] = lambda _: {"status": "Accepted"}
    bench.forget()
    bench.done(PlugIn(vehicle=vehicle, charging_needs=needs))
    bench.done(Swipe(id_tag="TAG1"))
    return bench


def tx_profile(bench: Bench, id: int, *limits: Any, **more: Any) -> dict[str, Any]:
    transaction = bench.charger.evses[0].transaction
    assert transaction is not None
    return profile("2.0.1", id, "TxProfile", *limits, transactionId=transaction.id, **more)


def states(bench: Bench) -> list[str]:
    events = bench.said("TransactionEvent")
    return [one["transactionInfo"].get("chargingState", "") for one in events]


def test_the_needs_of_an_ac_vehicle_are_told_after_its_transaction_is_known() -> None:
    bench = asked()

    actions = bench.actions()
    [told] = bench.said("NotifyEVChargingNeeds")
    assert actions.index("NotifyEVChargingNeeds") > actions.index("TransactionEvent")
    assert told == {
        "evseId": 1,
        "chargingNeeds": {
            "requestedEnergyTransfer": "AC_three_phase",
            "departureTime": "2026-11-21T11:00:00.000Z",
            "acChargingParameters": {
                "energyAmount": 30_000,
                "evMinCurrent": 6,
                "evMaxCurrent": 16,
                "evMaxVoltage": 230,
            },
        },
    }
    assert (power(bench), states(bench)[-1]) == (0.0, "EVConnected")


def test_the_needs_of_a_dc_vehicle_have_its_battery() -> None:
    bench = asked(
        needs=VehicleNeeds(max_schedule_tuples=8), connector=DC, vehicle=Vehicle(soc_percent=50.0)
    )

    [told] = bench.said("NotifyEVChargingNeeds")
    assert told == {
        "evseId": 1,
        "maxScheduleTuples": 8,
        "chargingNeeds": {
            "requestedEnergyTransfer": "DC",
            "dcChargingParameters": {
                "evMaxCurrent": 300,
                "evMaxVoltage": 400,
                "energyAmount": 38_500,
                "evMaxPower": 120_000,
                "stateOfCharge": 50,
                "evEnergyCapacity": 77_000,
                "fullSoC": 100,
                "bulkSoC": 80,
            },
        },
    }


def test_it_charges_by_the_profile_that_comes_and_its_schedule_is_told_first() -> None:
    bench = asked()
    bench.wait(59.0)
    before = (power(bench), bench.said("NotifyEVChargingSchedule"))
    wire = tx_profile(bench, 1, (0, 10.0), (600, 20.0), (1200, 8.0))
    wire["chargingSchedule"][0]["id"] = 5

    assert install(bench, 1, wire) == "Accepted"

    assert before == (0.0, [])
    [told] = bench.said("NotifyEVChargingSchedule")
    assert (told["evseId"], told["timeBase"]) == (1, "2026-11-21T09:00:59.000Z")
    schedule = told["chargingSchedule"]
    assert (schedule["id"], schedule["chargingRateUnit"], schedule["duration"]) == (5, "A", 7141)
    periods = schedule["chargingSchedulePeriod"]
    limits = [(one["startPeriod"], one["limit"]) for one in periods]
    assert limits == [(0, 10.0), (600, 16.0), (1200, 8.0)]
    assert bench.actions()[-1] == "TransactionEvent"
    assert states(bench)[-1] == CHARGING
    shown = [power(bench)]
    for _ in range(2):
        bench.wait(600.0)
        shown.append(power(bench))
    assert shown == pytest.approx([10 * V_A, 16 * V_A, 8 * V_A])


def test_without_a_profile_in_time_it_charges_by_what_there_is() -> None:
    bench = asked()
    put(bench, 1, 1, "TxDefaultProfile", 12.0)

    bench.wait(60.5)

    assert power(bench) == pytest.approx(12 * V_A)
    [told] = bench.said("NotifyEVChargingSchedule")
    [period] = told["chargingSchedule"]["chargingSchedulePeriod"]
    assert period["limit"] == 12.0


@pytest.mark.parametrize("status", ["Rejected", "Processing"])
def test_it_waits_for_no_profile_that_is_not_promised(status: str) -> None:
    bench = asked(status)

    assert power(bench) == pytest.approx(16 * V_A)
    assert len(bench.said("NotifyEVChargingSchedule")) == 1
    put(bench, 1, 1, "TxProfile", 9.0)
    assert power(bench) == pytest.approx(9 * V_A)
    assert len(bench.said("NotifyEVChargingSchedule")) == 2


def test_an_error_or_silence_of_the_csms_does_not_keep_it_from_charging() -> None:
    def refuse(_: Any) -> Any:
        raise Refusal

    def ignore(_: Any) -> Any:
        raise Silence

    for answer in (refuse, ignore):
        bench = Bench("2.0.1", connector=AC3)
        bench.answers["NotifyEVChargingNeeds"] = answer
        bench.done(PlugIn(vehicle=HUNGRY, charging_needs=NEEDS))
        bench.done(Swipe(id_tag="TAG1"))
        bench.wait(61.0)

        assert power(bench) == pytest.approx(16 * V_A)


def test_offline_it_charges_by_what_is_installed_and_tells_later() -> None:
    bench = Bench(
        "2.0.1", connector=AC3, settings={"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"}
    )
    put(bench, 1, 1, "TxDefaultProfile", 7.0)
    bench.cut()
    bench.forget()
    bench.done(PlugIn(vehicle=HUNGRY, charging_needs=NEEDS))
    bench.ask(Swipe(id_tag="TAG1"))
    offline_w = power(bench)
    bench.mend()
    bench.wait(120.0)

    assert offline_w == pytest.approx(7 * V_A)
    assert bench.said("NotifyEVChargingNeeds") == []
    [told] = bench.said("NotifyEVChargingSchedule")
    assert told["timeBase"] == "2026-11-21T09:00:00.000Z"
    assert told["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 7.0


def test_the_vehicle_renegotiates_while_it_charges() -> None:
    bench = asked()
    put(bench, 1, 1, "TxProfile", 10.0)
    bench.forget()

    bench.done(ChangeChargingNeeds(charging_needs=VehicleNeeds(energy_kwh=5.0)))
    meanwhile_w = power(bench)
    put(bench, 1, 1, "TxProfile", 25.0)

    assert meanwhile_w == pytest.approx(10 * V_A)
    [needs], [schedule] = (
        bench.said("NotifyEVChargingNeeds"),
        bench.said("NotifyEVChargingSchedule"),
    )
    assert needs["chargingNeeds"]["acChargingParameters"]["energyAmount"] == 5_000
    assert schedule["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 25.0
    assert power(bench) == pytest.approx(25 * V_A)


def test_the_csms_renegotiates_without_being_told_needs_again() -> None:
    bench = asked()
    put(bench, 1, 1, "TxProfile", 10.0)
    bench.forget()

    put(bench, 1, 1, "TxProfile", 8.0)

    [told] = bench.said("NotifyEVChargingSchedule")
    assert told["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 8.0
    assert "NotifyEVChargingNeeds" not in bench.actions()
    assert power(bench) == pytest.approx(8 * V_A)


def test_an_external_limit_is_negotiated_too() -> None:
    bench = asked()
    put(bench, 1, 1, "TxProfile", 10.0)
    bench.forget()

    bench.done(SetExternalLimit(limit=7 * V_A))
    bench.done(ClearExternalLimit())

    told = bench.said("NotifyEVChargingSchedule")
    limits = [one["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] for one in told]
    assert limits == [7.0, 10.0]


def test_a_vehicle_that_comes_beside_it_changes_its_share_and_its_schedule() -> None:
    bench = asked("Rejected")
    put(bench, 0, 1, "Station", 24.0, kind="Absolute", startSchedule=START)
    bench.forget()

    bench.done(StartSession(id_tag="TAG2", evse_id=2, vehicle=HUNGRY))

    [told] = bench.said("NotifyEVChargingSchedule")
    assert told["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 12.0
    assert power(bench) == pytest.approx(12 * V_A)


def test_an_external_limit_that_ends_by_itself_is_in_the_schedule_from_the_start() -> None:
    bench = asked("Rejected")
    bench.forget()

    bench.done(SetExternalLimit(limit=8 * V_A, duration_s=60))
    bench.wait(120.0)

    [told] = bench.said("NotifyEVChargingSchedule")
    periods = told["chargingSchedule"]["chargingSchedulePeriod"]
    assert [(one["startPeriod"], one["limit"]) for one in periods] == [(0, 8.0), (60, 16.0)]
    assert power(bench) == pytest.approx(16 * V_A)


def test_of_several_schedules_the_vehicle_takes_the_one_with_the_most_energy() -> None:
    bench = asked()
    wire = tx_profile(bench, 1, 8.0)
    [first] = wire["chargingSchedule"]
    second = {**first, "id": 2, "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 14.0}]}
    wire["chargingSchedule"] = [first, second]

    assert install(bench, 1, wire) == "Accepted"

    assert power(bench) == pytest.approx(14 * V_A)
    assert bench.said("NotifyEVChargingSchedule")[0]["chargingSchedule"]["id"] == 2
    bench.call("GetChargingProfiles", requestId=1, chargingProfile={"stackLevel": 0})
    [report] = bench.said("ReportChargingProfiles")
    assert [one["id"] for one in report["chargingProfile"][0]["chargingSchedule"]] == [1, 2]


@pytest.mark.parametrize("fault", [{"limit": -1.0}, {"startPeriod": 3}])
def test_several_schedules_of_which_one_cannot_be_are_refused(fault: dict[str, Any]) -> None:
    bench = asked()
    wire = tx_profile(bench, 1, 8.0)
    [first] = wire["chargingSchedule"]
    period = {"startPeriod": 0, "limit": 14.0, **fault}
    wire["chargingSchedule"] = [first, {**first, "id": 2, "chargingSchedulePeriod": [period]}]

    assert install(bench, 1, wire) == "Rejected"

    assert bench.charger.smart.installed == ()


def test_a_vehicle_of_few_tuples_is_given_a_shorter_schedule() -> None:
    bench = asked(needs=VehicleNeeds(max_schedule_tuples=2))

    put(bench, 1, 1, "TxProfile", (0, 8.0), (60, 9.0), (120, 10.0))

    schedule = bench.said("NotifyEVChargingSchedule")[0]["chargingSchedule"]
    assert schedule["duration"] == 120
    assert len(schedule["chargingSchedulePeriod"]) == 2


def test_each_driver_negotiates_anew_and_none_after_the_vehicle_has_left() -> None:
    bench = asked("Rejected")
    bench.done(Swipe(id_tag="TAG1"))
    bench.done(Swipe(id_tag="TAG1"))
    twice = len(bench.said("NotifyEVChargingNeeds"))
    bench.done(Swipe(id_tag="TAG1"))
    bench.done(Unplug())
    bench.done(PlugIn(vehicle=HUNGRY))
    bench.done(Swipe(id_tag="TAG1"))

    assert twice == len(bench.said("NotifyEVChargingNeeds")) == 2
    assert not bench.charger.profile_limits.negotiating


def test_the_vehicle_ends_its_session() -> None:
    bench = asked("Rejected")
    bench.forget()

    bench.done(EvEndsSession())

    [ended] = bench.said("TransactionEvent")
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "StopAuthorized")
    assert ended["transactionInfo"]["stoppedReason"] == "StoppedByEV"
    assert power(bench) == 0.0
    assert bench.failed(EvEndsSession()).code == "wrong_state"


def test_1_6_has_no_words_for_needs_and_the_vehicle_keeps_to_its_own_limits() -> None:
    bench = Bench("1.6", connector=AC3)

    bench.done(StartSession(id_tag="TAG1", vehicle=HUNGRY, charging_needs=NEEDS))

    assert power(bench) == pytest.approx(16 * V_A)
    assert not bench.charger.profile_limits.negotiating


def test_a_charger_that_does_not_speak_iso_15118_negotiates_nothing() -> None:
    bench = Bench("2.0.1", connector=AC3, settings={"ISO15118Ctrlr.Enabled": "false"})

    bench.done(StartSession(id_tag="TAG1", vehicle=HUNGRY, charging_needs=NEEDS))

    assert power(bench) == pytest.approx(16 * V_A)
    assert "NotifyEVChargingNeeds" not in bench.actions()


def test_the_needs_outlive_a_restart() -> None:
    bench = asked("Rejected")

    restored = Charger.restore(bench.spec, bench.charger.snapshot(bench.now), bench.now)

    negotiation = restored.evses[0].negotiation
    assert negotiation is not None
    assert (negotiation.needs.departs_at, negotiation.has_begun) == (START + 7200.0, False)
    assert restored.profile_limits.negotiating


def test_needs_change_only_where_a_vehicle_is() -> None:
    bench = Bench("2.0.1")

    failure = bench.failed(ChangeChargingNeeds(charging_needs=NEEDS))

    assert failure.code == "wrong_state"
    assert bench.charger.evses[0].negotiation is None


def test_a_vehicle_that_charges_may_begin_to_tell_its_needs() -> None:
    bench = Bench("2.0.1", connector=AC3)
    bench.answers["NotifyEVChargingNeeds"] = lambda _: {"status": "Accepted"}
    bench.done(StartSession(id_tag="TAG1", vehicle=HUNGRY))

    bench.done(ChangeChargingNeeds(charging_needs=VehicleNeeds()))

    assert power(bench) == pytest.approx(32 * V_A)
    assert len(bench.said("NotifyEVChargingNeeds")) == 1


def test_a_departure_is_a_moment_or_a_time_from_now() -> None:
    at = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)

    moment = VehicleNeeds(departure_time=at).told_at(START)
    later = VehicleNeeds(departure_in_seconds=60.0).told_at(START)

    assert (moment.departs_at, later.departs_at) == (START + 9 * 3600.0, START + 60.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"energy_kwh": 0},
        {"departure": "now"},
        {"departure_time": "2026-11-21T18:00:00"},
        {"departure_time": "2026-11-21T18:00:00Z", "departure_in_seconds": 60},
    ],
)
def test_needs_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        needs_of(wrong, None)  # type: ignore[arg-type]
