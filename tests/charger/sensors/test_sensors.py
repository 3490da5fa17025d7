"""Temperature and voltage of an EVSE: by themselves, by faults, and adrift."""

import msgspec
import pytest

from tests.charger.bench import Bench
from tests.charger.monitoring.bench import MonitoringBench
from voltyard.catalogue.commands.commands import ClearFault, DriftSensor, InjectFault, PlugIn, Swipe
from voltyard.charger.charger import Charger
from voltyard.charger.snapshot import Snapshot

TEMPERATURE = "TemperatureSensor.Temperature"
VOLTAGE = "ElectricalFeed.ACVoltage"
MEASURANDS = ("Voltage", "Current.Import", "Power.Active.Import")
PHASES = 3


def test_power_warms_and_a_fault_shows() -> None:
    bench = MonitoringBench()
    assert (bench.read(TEMPERATURE, id=1), bench.read(VOLTAGE, id=1)) == ("20.0", "230.0")

    bench.done(PlugIn())
    bench.done(Swipe(id_tag="A"))
    bench.wait(60)
    assert 20.0 < float(bench.read(TEMPERATURE, id=1)) <= 40.0

    bench.done(InjectFault(fault_type="UnderVoltage"))
    assert bench.read(VOLTAGE, id=1) == "195.5"
    assert bench.read(VOLTAGE, id=2) == "230.0"
    bench.done(ClearFault())
    assert bench.read(VOLTAGE, id=1) == "230.0"


def test_a_value_drifts_at_an_even_pace_and_back() -> None:
    bench = MonitoringBench()
    drift = DriftSensor(sensed="temperature", to=80.0, duration_s=60.0)
    assert bench.done(drift) == {"value": 20.0}
    bench.wait(30)
    assert bench.read(TEMPERATURE, id=1) == "50.0"
    bench.wait(60)
    assert bench.read(TEMPERATURE, id=1) == "80.0"

    assert bench.done(DriftSensor(sensed="temperature", duration_s=60.0)) == {"value": 80.0}
    bench.wait(30)
    assert bench.read(TEMPERATURE, id=1) == "50.0"
    assert bench.read(TEMPERATURE, id=2) == "20.0"


def test_a_drift_passes_the_thresholds_that_are_built_in_and_lets_them_sleep_again() -> None:
    bench = MonitoringBench()
    bench.done(DriftSensor(evse_id=2, sensed="temperature", to=100.0, duration_s=100.0))
    bench.wait(200)
    told = bench.notices()
    assert [one["eventNotificationType"] for one in told] == [
        "PreconfiguredMonitor",
        "HardWiredMonitor",
    ]
    values = [float(one["actualValue"]) for one in told]
    assert 70 < values[0] <= 75 < 85 < values[1] <= 90

    bench.done(DriftSensor(evse_id=2, sensed="temperature"))

    assert [one.get("cleared", False) for one in bench.notices()] == [False, False, True, True]
    assert not bench.charger.monitoring.active


def test_a_voltage_out_of_its_bounds_is_told() -> None:
    bench = MonitoringBench()
    bench.done(DriftSensor(sensed="voltage", to=200.0))
    bench.done(DriftSensor(sensed="voltage", to=260.0))

    assert bench.values() == [
        ("Alerting", "200.0", False),
        ("Alerting", "260.0", False),
        ("Alerting", "260.0", True),
    ]


def test_a_drift_survives_a_snapshot() -> None:
    bench = MonitoringBench()
    bench.done(DriftSensor(sensed="voltage", to=260.0, duration_s=600.0))
    bench.wait(60)
    stored = msgspec.json.encode(bench.charger.snapshot())
    bench.cut()
    bench.charger = Charger.restore(
        bench.spec, msgspec.json.decode(stored, type=Snapshot), bench.now
    )
    bench.mend()
    bench.tick()
    bench.wait(840)

    assert bench.read(VOLTAGE, id=1) == "260.0"
    assert ("Alerting", False) in [(trigger, cleared) for trigger, _, cleared in bench.values()]


@pytest.mark.parametrize(
    "version,command,why",
    [
        ("1.6", DriftSensor(sensed="voltage", to=200.0), "no sensors"),
        ("2.0.1", DriftSensor(evse_id=3, sensed="voltage", to=200.0), "no evse_id 3"),
    ],
)
def test_a_drift_of_what_is_not_there_is_refused(
    version: str, command: DriftSensor, why: str
) -> None:
    assert why in Bench(version).failed(command).message


def test_the_meter_shows_the_voltage_of_its_feed_and_the_same_power() -> None:
    bench = MonitoringBench()
    assert bench.write("SampledDataCtrlr.TxUpdatedMeasurands", ",".join(MEASURANDS)) == "Accepted"
    bench.write("SampledDataCtrlr.TxUpdatedInterval", "60")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="A"))
    bench.wait(61)
    before = metered(bench)

    bench.done(DriftSensor(sensed="voltage", to=253.0, duration_s=120.0))
    bench.wait(60)
    midway = metered(bench)
    bench.wait(120)
    after = metered(bench)
    bench.done(DriftSensor(sensed="voltage"))
    bench.wait(60)

    assert before["Voltage"] == 230.0 < midway["Voltage"] < after["Voltage"] == 253.0
    assert float(bench.read(VOLTAGE, id=1)) == metered(bench)["Voltage"] == 230.0
    for one in (before, midway, after):
        assert one["Power.Active.Import"] == pytest.approx(before["Power.Active.Import"], rel=1e-2)
        product = one["Voltage"] * one["Current.Import"] * PHASES
        assert product == pytest.approx(one["Power.Active.Import"], rel=1e-3)


def metered(bench: MonitoringBench) -> dict[str, float]:
    """The last values of the meter, of the first phase where there are several."""
    values: dict[str, float] = {}
    for event in bench.said("TransactionEvent"):
        for reading in event.get("meterValue", ()):
            for sample in reversed(reading["sampledValue"]):
                values[sample["measurand"]] = float(sample["value"])
    return values
