"""Quirks of transactions and of the meter: Q70 to Q88."""

from typing import Any

import pytest

from tests.charger.bench import start
from tests.quirks.bench import BOTH, QuirkBench, busy, on, profile, stopped, values
from voltyard.catalogue.commands.commands import PlugIn, Swipe, Unplug
from voltyard.charger.description.specification import ChargerSpec, EvseSpec

ID = "transactionId"


def register(value: Any) -> float:
    [found] = [
        one
        for one in value["sampledValue"]
        if one.get("measurand", "Energy.Active.Import.Register") == "Energy.Active.Import.Register"
    ]
    return float(found["value"])


# --- transactions ------------------------------------------------------------------------------


def test_q70_offline_id() -> None:
    bench = QuirkBench("1.6", on("offline-id"), settings={"AllowOfflineTxForUnknownId": "true"})
    bench.cut()
    bench.plug_and_charge()
    bench.wait(600.0)
    bench.mend()
    bench.wait(600.0)
    bench.plug_and_charge()

    [stop] = bench.said("StopTransaction")
    assert stop[ID] == -1
    assert stop["meterStop"] > 0


def test_q70_leaves_those_begun_online_alone() -> None:
    assert stopped("1.6", on("offline-id")).said("StopTransaction")[0][ID] == 1


def test_q71_wild_transaction_id() -> None:
    assert busy("1.6", on("wild-transaction-id")).said("MeterValues")[0][ID] == 2**63 - 1
    assert (
        busy("1.6", on("wild-transaction-id", transaction_id="0")).said("MeterValues")[0][ID] == 0
    )


@pytest.mark.parametrize("version", BOTH)
def test_q72_lost_start(version: str) -> None:
    bench = stopped(version, on("lost-start"))

    if version == "1.6":
        assert not bench.said("StartTransaction")
        assert bench.said("StopTransaction")[0][ID] == 777_000
    else:
        told = [said["eventType"] for said in bench.said("TransactionEvent")]
        assert "Started" not in told and told[-1] == "Ended"
    assert bench.state.queue_length == 0


@pytest.mark.parametrize("version", BOTH)
def test_q72_two_ends(version: str) -> None:
    bench = stopped(version, on("lost-start", variant="two-ends"))
    bench.wait(2.0)

    action = "StopTransaction" if version == "1.6" else "TransactionEvent"
    ends = [frame for frame in bench.frames if frame[0] == 2 and frame[2] == action][-2:]
    assert ends[0][3] == ends[1][3] and ends[0][1] != ends[1][1]


@pytest.mark.parametrize("version", BOTH)
def test_q73_two_starts(version: str) -> None:
    bench = busy(version, on("two-starts"), seconds=1.0)

    action = "StartTransaction" if version == "1.6" else "TransactionEvent"
    starts = [frame for frame in bench.frames if frame[0] == 2 and frame[2] == action][:2]
    assert starts[0][3] == starts[1][3] and starts[0][1] != starts[1][1]


def test_q75_shared_transaction_id() -> None:
    settings = {"MeterValueSampleInterval": "60"}
    bench = QuirkBench("1.6", on("shared-transaction-id"), settings=settings)
    for number in (1, 2):
        bench.ask(PlugIn(evse_id=number))
        bench.ask(Swipe(evse_id=number, id_tag=f"TAG{number}"))
        bench.wait(61.0)
    bench.wait(61.0)

    assert {(said["connectorId"], said[ID]) for said in bench.said("MeterValues")} == {
        (1, 1),
        (2, 1),
    }


@pytest.mark.parametrize("version", BOTH)
def test_q76_reading_after_stop(version: str) -> None:
    bench = stopped(version, on("reading-after-stop"))
    bench.wait(3.0)

    action, last = bench.calls[-1]
    assert action == "MeterValues"
    if version == "1.6":
        [stop] = bench.said("StopTransaction")
        assert register(last["meterValue"][0]) == stop["meterStop"] + 12
        assert last[ID] == stop[ID]
    else:
        ended = bench.said("TransactionEvent")[-1]["meterValue"][-1]
        assert register(last["meterValue"][0]) == pytest.approx(register(ended) + 12, abs=1)


@pytest.mark.parametrize("version", BOTH)
def test_q77_autostart(version: str) -> None:
    bench = QuirkBench(version, on("autostart"))

    bench.done(PlugIn())

    transaction = bench.state.connectors[0].transaction
    assert transaction.id_tag == "AUTOSTART"
    if version == "1.6":
        stop = bench.call("RemoteStopTransaction", transactionId=1)
    else:
        stop = bench.call("RequestStopTransaction", transactionId=transaction.transaction_id)
    assert stop == {"status": "Rejected"}


def test_q77_stops_where_the_limit_is_too_low() -> None:
    bench = QuirkBench("1.6", on("autostart"))
    bench.done(PlugIn())

    bench.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile(limit=5.0))
    bench.wait(1.0)

    assert bench.said("StopTransaction")


@pytest.mark.parametrize("version", BOTH)
def test_q78_stays_finishing(version: str) -> None:
    bench = QuirkBench(version, on("stuck-after-stop"))
    bench.done(PlugIn())
    start(bench)
    if version == "1.6":
        bench.call("RemoteStopTransaction", transactionId=1)
    else:
        running = bench.state.connectors[0].transaction.transaction_id
        bench.call("RequestStopTransaction", transactionId=running)

    assert start(bench) == {"status": "Rejected"}
    bench.done(Unplug())
    bench.done(PlugIn())
    assert start(bench)["status"] == "Accepted"


@pytest.mark.parametrize("version", BOTH)
def test_q78_available_with_the_cable_in(version: str) -> None:
    bench = stopped(version, on("stuck-after-stop", variant="available-plugged"))

    if version == "1.6":
        assert bench.statuses()[-1] == "Available"
    else:
        assert bench.statuses()[-2:] == ["Available", "Occupied"], "it was occupied once"
    assert bench.state.connectors[0].vehicle is not None


@pytest.mark.parametrize("version", BOTH)
def test_q79_charging_before_the_start(version: str) -> None:
    bench = busy(version, on("odd-statuses"), seconds=1.0)

    begun = "StartTransaction" if version == "1.6" else "TransactionEvent"
    place = bench.actions().index(begun)
    action, said = bench.calls[place - 1]
    assert action == "StatusNotification"
    assert said.get("status", said.get("connectorStatus")) in ("Charging", "Occupied")


def test_q79_jump() -> None:
    bench = busy("1.6", on("odd-statuses", variant="jump"), seconds=1.0)

    assert bench.statuses()[-2:] == ["Available", "Charging"]


@pytest.mark.parametrize(("version", "word"), [("1.6", "Preparing"), ("2.0.1", "Occupied")])
def test_q79_bounce(version: str, word: str) -> None:
    bench = QuirkBench(version, on("odd-statuses", variant="bounce"))
    bench.forget()

    bench.done(PlugIn())

    assert bench.statuses() == [word, "Available", word]


@pytest.mark.parametrize("version", BOTH)
def test_q79_no_power(version: str) -> None:
    bench = QuirkBench(version, on("odd-statuses", variant="no-power"))
    bench.done(PlugIn())

    assert start(bench) == {"status": "Accepted"}
    bench.wait(2.0)

    assert not bench.linked and bench.state.connectors[0].transaction is None
    bench.wait(120.0)
    assert bench.linked


# --- the meter ---------------------------------------------------------------------------------


def with_history(version: str, *quirks: Any) -> QuirkBench:
    """A charger whose register is far from 0, with a vehicle that charges."""
    settings = {"MeterValueSampleInterval": "60", "SampledDataCtrlr.TxUpdatedInterval": "60"}
    spec = ChargerSpec(
        identity="CP 1",
        version=version,  # type: ignore[arg-type]
        evses=(EvseSpec(),),
        meter_start_wh=5_000_000.0,
        settings={k: v for k, v in settings.items() if ("." in k) == (version != "1.6")},
    )
    bench = QuirkBench(version, *quirks, spec=spec)
    bench.plug_and_charge()
    bench.wait(130.0)
    return bench


@pytest.mark.parametrize("version", BOTH)
def test_q85_session_register(version: str) -> None:
    bench = with_history(version, on("session-register"))
    bench.plug_and_charge()

    told = [register(one[0]) for one in values(bench)]
    if version == "1.6":
        assert bench.said("StartTransaction")[0]["meterStart"] == 5_000_000
        assert bench.said("StopTransaction")[0]["meterStop"] > 5_000_000
        assert all(0 < one < 2_000 for one in told)
    else:
        assert told[0] >= 5_000_000 and told[-1] > 5_000_000
        assert all(0 < one < 2_000 for one in told[1:-1]) and len(told) > 2


def test_q85_zero_begin() -> None:
    bench = with_history("1.6", on("session-register", variant="zero-begin"))
    assert bench.said("StartTransaction")[0]["meterStart"] == 0
    assert register(values(bench)[0][0]) > 5_000_000

    later = with_history("2.0.1", on("session-register", variant="zero-begin"))
    assert register(values(later)[0][0]) == 0


@pytest.mark.parametrize("version", BOTH)
def test_q86_kwh_labelled_wh(version: str) -> None:
    bench = with_history(version, on("wrong-unit"))

    assert register(values(bench)[-1][0]) == pytest.approx(5_000.5, abs=1.0)


@pytest.mark.parametrize("version", BOTH)
def test_q86_power_in_kw(version: str) -> None:
    bench = busy(version, on("wrong-unit", variant="power-kw"))

    powers = [
        one
        for value in values(bench)
        for one in value[0]["sampledValue"]
        if one.get("measurand") == "Power.Active.Import"
    ]
    last = powers[-1]
    assert 1.0 < float(last["value"]) < 100.0
    assert last.get("unit", last.get("unitOfMeasure", {}).get("unit")) == "kW"


def test_q86_coarse() -> None:
    bench = stopped("1.6", on("wrong-unit", variant="coarse"))

    assert bench.said("StopTransaction")[0]["meterStop"] % 100 == 0
    assert all(register(one[0]) % 100 == 0 for one in values(bench))


@pytest.mark.parametrize("version", BOTH)
def test_q87_register_dropouts(version: str) -> None:
    zero = with_history(version, on("register-dropouts", schedule={"every": 2}))
    told = [register(one[0]) for one in values(zero)]
    assert 0.0 in told and max(told) >= 5_000_000

    part = with_history(version, on("register-dropouts", variant="partial"))
    assert register(values(part)[-1][0]) == pytest.approx(5_000_000 / 3, rel=0.01)


def test_q87_phases_only_energy_only_and_constant_voltage() -> None:
    by_phase = busy("1.6", on("register-dropouts", variant="phases-only"))
    phases = [one.get("phase") for one in values(by_phase)[0][0]["sampledValue"]]
    assert phases[-3:] == ["L1", "L2", "L3"]

    energy = busy("1.6", on("register-dropouts", variant="energy-only"))
    assert len(values(energy)[0][0]["sampledValue"]) == 1

    flat = busy("1.6", on("register-dropouts", variant="constant-voltage"))
    told = [one for one in values(flat)[0][0]["sampledValue"] if one.get("measurand") == "Voltage"]
    assert told and {float(one["value"]) for one in told} == {230.0}


def test_q88_no_transaction_id() -> None:
    assert ID not in busy("1.6", on("no-transaction-id")).said("MeterValues")[0]


@pytest.mark.parametrize("version", BOTH)
def test_q88_no_readings_when_idle(version: str) -> None:
    key = "ClockAlignedDataInterval" if version == "1.6" else "AlignedDataCtrlr.Interval"
    settings = {key: "900"}
    honest = QuirkBench(version, settings=settings)
    honest.wait(901.0)
    assert honest.said("MeterValues")

    bench = QuirkBench(version, on("no-transaction-id", variant="none-idle"), settings=settings)
    bench.wait(901.0)
    assert not bench.said("MeterValues")
