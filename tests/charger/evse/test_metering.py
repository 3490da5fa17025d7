"""Meter values: when they are sent, what they hold, and that they agree with each other."""

from typing import Any

import pytest

from tests.charger.bench import START, Bench
from voltyard.catalogue.commands.commands import (
    EvStopsEnergy,
    PlugIn,
    Swipe,
    Unplug,
)
from voltyard.charger.description.events import MeterSampled
from voltyard.charger.description.specification import ConnectorSpec
from voltyard.charger.evse.metering import next_mark, thin_out
from voltyard.charger.variables.standard.meter_values import MEASURANDS
from voltyard.kernel.time import DAY_S
from voltyard.physics.vehicle import Vehicle

TAG = "DRIVER"
ALL = ",".join(MEASURANDS)

AC3 = ConnectorSpec()
AC1 = ConnectorSpec(phases=1, max_power_w=7_360.0)
DC = ConnectorSpec(type="CCS2", current="DC", max_current_a=200.0, max_power_w=50_000.0)


def charging(version: str = "1.6", connector: ConnectorSpec = AC3, **settings: str) -> Bench:
    bench = Bench(version, connector=connector, settings=settings)
    bench.forget()
    bench.done(PlugIn(vehicle=Vehicle(phases=3)))
    bench.done(Swipe(id_tag=TAG))
    return bench


def by_name(reading: dict[str, Any]) -> dict[str, list[float]]:
    """The values of a reading by measurand, in order."""
    values: dict[str, list[float]] = {}
    for sample in reading["sampledValue"]:
        values.setdefault(sample["measurand"], []).append(float(sample["value"]))
    return values


def test_tc_070_sampled_meter_values() -> None:
    bench = charging(MeterValueSampleInterval="15", MeterValuesSampledData=ALL)
    bench.wait(60)

    values = bench.said("MeterValues")
    assert [v["meterValue"][0]["timestamp"][14:19] for v in values] == [
        "00:15",
        "00:30",
        "00:45",
        "01:00",
    ]
    assert {v["transactionId"] for v in values} == {1}
    assert len(bench.seen(MeterSampled)) == 4
    samples = values[0]["meterValue"][0]["sampledValue"]
    assert {s["context"] for s in samples} == {"Sample.Periodic"}
    assert [s.get("phase") for s in samples if s["measurand"] == "Voltage"] == [
        "L1-N",
        "L2-N",
        "L3-N",
    ]
    units = {s["measurand"]: s.get("unit") for s in samples}
    assert units == {
        "Energy.Active.Import.Register": "Wh",
        "Power.Active.Import": "W",
        "Power.Offered": "W",
        "Current.Import": "A",
        "Current.Offered": "A",
        "Voltage": "V",
        "SoC": "Percent",
        "Energy.Active.Import.Interval": "Wh",
        "Frequency": None,  # in hertz, for which 1.6 has no word
        "Power.Factor": None,
    }


@pytest.mark.parametrize("connector", [AC3, AC1, DC], ids=["three phases", "one phase", "DC"])
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_power_is_voltage_times_current_and_energy_is_power_over_time(
    version: str, connector: ConnectorSpec
) -> None:
    bench = charging(version, connector, MeterValueSampleInterval="10", MeterValuesSampledData=ALL)
    bench.wait(3_600)

    if version == "1.6":
        readings = [v["meterValue"][0] for v in bench.said("MeterValues")]
    else:
        sampled = [e for e in bench.said("TransactionEvent") if len(e.get("meterValue", ())) == 1]
        readings = [
            e["meterValue"][0] for e in sampled if e["triggerReason"] == "MeterValuePeriodic"
        ]
    assert len(readings) == 360
    before = None
    for values in map(by_name, readings):
        [power_w] = values["Power.Active.Import"]
        flows = zip(values["Voltage"], values["Current.Import"], strict=True)
        assert sum(volts * amperes for volts, amperes in flows) == pytest.approx(power_w, rel=1e-3)
        assert power_w <= values["Power.Offered"][0] * 1.001
        assert max(values["Current.Import"]) <= values["Current.Offered"][0] * 1.001
        if before is not None:
            [gained_wh] = [
                b - a
                for a, b in zip(
                    before["Energy.Active.Import.Register"],
                    values["Energy.Active.Import.Register"],
                    strict=True,
                )
            ]
            mean_w = (before["Power.Active.Import"][0] + power_w) / 2
            assert gained_wh == pytest.approx(mean_w * 10 / 3_600, abs=1.01)
            assert values["SoC"][0] >= before["SoC"][0]
        before = values


def test_single_phases_can_be_asked_for() -> None:
    bench = charging(MeterValuesSampledData="Current.Import.L2,Power.Active.Import.L1,Voltage.L3")
    bench.wait(60)

    samples = bench.said("MeterValues")[0]["meterValue"][0]["sampledValue"]
    assert [(s["measurand"], s["phase"]) for s in samples] == [
        ("Current.Import", "L2"),
        ("Power.Active.Import", "L1"),
        ("Voltage", "L3-N"),
    ]


def test_a_one_phase_vehicle_draws_on_l1_only() -> None:
    bench = Bench(settings={"MeterValuesSampledData": "Current.Import"})
    bench.done(PlugIn(vehicle=Vehicle(phases=1, max_ac_power_w=7_400.0)))
    bench.done(Swipe(id_tag=TAG))
    bench.wait(60)

    values = by_name(bench.said("MeterValues")[0]["meterValue"][0])["Current.Import"]
    assert values[0] > 20
    assert values[1:] == [0, 0]


def test_nothing_configured_means_nothing_sent() -> None:
    bench = charging(MeterValuesSampledData="")
    bench.wait(300)
    assert not bench.said("MeterValues")


def test_an_interval_of_zero_means_no_samples() -> None:
    bench = charging(MeterValueSampleInterval="0")
    bench.wait(300)
    assert not bench.said("MeterValues")


def test_a_vehicle_that_rests_still_has_values() -> None:
    bench = charging(MeterValuesSampledData=ALL)
    bench.done(EvStopsEnergy())
    bench.wait(60)

    values = by_name(bench.said("MeterValues")[0]["meterValue"][0])
    assert values["Power.Active.Import"] == [0]
    assert values["Current.Import"] == [0, 0, 0]
    assert values["Power.Offered"] == [22_000]


# --- the end of a transaction ------------------------------------------------------------------


def test_the_end_holds_begin_samples_and_end_if_so_configured() -> None:
    bench = charging(
        StopTxnSampledData="Energy.Active.Import.Register", MeterValueSampleInterval="60"
    )
    bench.wait(130)
    bench.done(Unplug())

    data = bench.said("StopTransaction")[0]["transactionData"]
    contexts = [reading["sampledValue"][0]["context"] for reading in data]
    assert contexts == [
        "Transaction.Begin",
        "Sample.Periodic",
        "Sample.Periodic",
        "Transaction.End",
    ]
    registers = [by_name(reading)["Energy.Active.Import.Register"][0] for reading in data]
    assert registers == sorted(registers)
    assert registers[-1] == bench.said("StopTransaction")[0]["meterStop"]


def test_without_configuration_the_end_holds_nothing() -> None:
    bench = charging()
    bench.wait(130)
    bench.done(Unplug())

    assert "transactionData" not in bench.said("StopTransaction")[0]


def test_what_the_end_holds_is_bounded_but_begin_and_end_stay() -> None:
    bench = charging(
        StopTxnSampledData="Energy.Active.Import.Register", MeterValueSampleInterval="1"
    )
    bench.wait(300)
    bench.done(Unplug())

    data = bench.said("StopTransaction")[0]["transactionData"]
    assert len(data) <= 51
    assert data[0]["sampledValue"][0]["context"] == "Transaction.Begin"
    assert data[-1]["sampledValue"][0]["context"] == "Transaction.End"


def test_tc_j_10_the_end_of_a_201_transaction_holds_its_own_interval() -> None:
    bench = charging("2.0.1", **{"SampledDataCtrlr.TxEndedInterval": "100"})
    bench.wait(250)
    bench.done(Unplug())

    readings = bench.said("TransactionEvent")[-1]["meterValue"]
    assert [r["sampledValue"][0]["context"] for r in readings] == [
        "Transaction.Begin",
        "Sample.Periodic",
        "Sample.Periodic",
        "Transaction.End",
    ]


def test_thinning_out_keeps_the_first_and_the_last() -> None:
    numbers: list[Any] = list(range(9))
    thin_out(numbers, 5)
    assert numbers == [0, 2, 4, 6, 8]


# --- clock-aligned -----------------------------------------------------------------------------


def test_tc_071_clock_aligned_meter_values() -> None:
    bench = charging(
        ClockAlignedDataInterval="900",
        MeterValueSampleInterval="0",
        MeterValuesAlignedData="Energy.Active.Import.Register,Power.Active.Import",
    )
    bench.wait(1_801)

    values = bench.said("MeterValues")
    assert [v["meterValue"][0]["timestamp"][11:16] for v in values] == ["09:15"] * 3 + ["09:30"] * 3
    assert [v["connectorId"] for v in values] == [1, 2, 0] * 2 or [
        v["connectorId"] for v in values
    ] == [2, 0, 1] * 2
    assert [v.get("transactionId") for v in values if v["connectorId"] != 1] == [None] * 4
    assert {v["meterValue"][0]["sampledValue"][0]["context"] for v in values} == {"Sample.Clock"}


def test_tc_j_01_02_clock_aligned_201() -> None:
    bench = charging("2.0.1", ClockAlignedDataInterval="900", MeterValueSampleInterval="0")
    bench.wait(901)

    assert bench.said("TransactionEvent")[-1]["triggerReason"] == "MeterValueClock"
    assert {v["evseId"] for v in bench.said("MeterValues")} == {0, 2}


def test_only_idle_values_may_be_wanted() -> None:
    bench = charging(
        "2.0.1",
        ClockAlignedDataInterval="900",
        MeterValueSampleInterval="0",
        **{"AlignedDataCtrlr.SendDuringIdle": "true"},
    )
    bench.wait(901)
    assert not bench.said("MeterValues")
    bench.done(Unplug())
    bench.wait(900)

    assert {v["evseId"] for v in bench.said("MeterValues")} == {0, 1, 2}
    assert "MeterValueClock" not in [e["triggerReason"] for e in bench.said("TransactionEvent")]


def test_tc_j_03_aligned_values_are_kept_for_the_end() -> None:
    bench = charging(
        ClockAlignedDataInterval="900", StopTxnAlignedData="Energy.Active.Import.Register"
    )
    bench.wait(901)
    bench.done(Unplug())

    [reading] = bench.said("StopTransaction")[0]["transactionData"]
    assert reading["sampledValue"][0]["context"] == "Sample.Clock"


def test_tc_j_03_the_end_of_a_201_transaction_has_an_aligned_interval_of_its_own() -> None:
    bench = charging(
        "2.0.1",
        MeterValueSampleInterval="0",
        ClockAlignedDataInterval="900",
        **{
            "AlignedDataCtrlr.TxEndedInterval": "60",
            "AlignedDataCtrlr.TxEndedMeasurands": "Energy.Active.Import.Register",
        },
    )
    bench.wait(901)
    bench.done(Unplug())

    told = [e for e in bench.said("TransactionEvent") if e["triggerReason"] == "MeterValueClock"]
    assert len(told) == 1
    kept = bench.said("TransactionEvent")[-1]["meterValue"]
    contexts = [reading["sampledValue"][0]["context"] for reading in kept]
    assert contexts == ["Sample.Clock"] * 15 + ["Transaction.End"]
    assert [reading["timestamp"][14:19] for reading in kept[:2]] == ["01:00", "02:00"]


def test_an_aligned_interval_of_zero_keeps_nothing_for_the_end_201() -> None:
    bench = charging(
        "2.0.1",
        ClockAlignedDataInterval="60",
        **{"AlignedDataCtrlr.TxEndedMeasurands": "Energy.Active.Import.Register"},
    )
    bench.wait(301)
    bench.done(Unplug())

    assert len(bench.said("TransactionEvent")[-1]["meterValue"]) == 1


def test_idle_values_are_not_queued_while_offline() -> None:
    bench = Bench(settings={"ClockAlignedDataInterval": "60"})
    bench.cut()
    bench.forget()

    bench.wait(600)

    assert bench.state.queue_length == 0
    assert bench.actions() == []


@pytest.mark.parametrize(
    ("at", "interval_s", "mark"),
    [
        (0.0, 900, 900.0),
        (899.9, 900, 900.0),
        (900.0, 900, 1_800.0),
        (DAY_S - 1, 50_000, DAY_S),
        (DAY_S * 3 + 1, 50_000, DAY_S * 3 + 50_000),
    ],
)
def test_marks_are_counted_from_midnight(at: float, interval_s: float, mark: float) -> None:
    assert next_mark(at, interval_s) == mark


def test_the_register_of_a_new_charger_is_what_its_specification_says() -> None:
    from voltyard.charger.description.specification import ChargerSpec

    bench = Bench(spec=ChargerSpec(identity="A", meter_start_wh=12_345.6))
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    assert bench.said("StartTransaction")[0]["meterStart"] == 12_345
    assert bench.now == START
