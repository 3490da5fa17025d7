"""Monitors that the CSMS sets: what triggers them, and what is told (N04, N06, N07)."""

from itertools import pairwise
from typing import Any

import pytest

from tests.charger.monitoring.bench import THRESHOLD_S, MonitoringBench, watching
from voltyard.catalogue.commands.commands import InjectFault, PlugIn, Swipe, Unplug
from voltyard.kernel import limits


def test_a_threshold_that_is_passed_and_cleared_is_told_once_each() -> None:
    bench = MonitoringBench()
    set_ = bench.monitor(THRESHOLD_S, "UpperThreshold", 500)

    for value in ("500", "501", "600", "499", "400"):
        bench.write(THRESHOLD_S, value)

    assert set_["status"] == "Accepted"
    assert bench.values() == [("Alerting", "501", False), ("Alerting", "499", True)]
    [passed, _] = bench.notices()
    assert passed["variableMonitoringId"] == set_["id"]
    assert passed["eventNotificationType"] == "CustomMonitor"
    assert passed["component"] == {"name": "OCPPCommCtrlr"}


def test_a_lower_threshold_is_passed_below_it() -> None:
    bench = MonitoringBench()
    bench.monitor(THRESHOLD_S, "LowerThreshold", 50)

    for value in ("50", "49", "50"):
        bench.write(THRESHOLD_S, value)

    assert bench.values() == [("Alerting", "49", False), ("Alerting", "50", True)]


def test_a_threshold_that_is_passed_already_is_told_when_it_is_set() -> None:
    bench = MonitoringBench()
    before = int(bench.read(THRESHOLD_S))

    bench.monitor(THRESHOLD_S, "UpperThreshold", before - 1)

    assert bench.values() == [("Alerting", str(before), False)]


def test_a_difference_of_a_number_is_told_when_it_is_more_than_that_since_the_last_time() -> None:
    bench = MonitoringBench()
    bench.write(THRESHOLD_S, "100")
    bench.monitor(THRESHOLD_S, "Delta", 10)

    for value in ("110", "111", "105", "100"):
        bench.write(THRESHOLD_S, value)

    assert bench.values() == [("Delta", "111", False), ("Delta", "100", False)]


def test_any_change_of_what_is_no_number_is_told() -> None:
    bench = MonitoringBench()
    bench.monitor("Connector.AvailabilityState", "Delta", 1, component=_connector(1))

    bench.done(PlugIn())
    bench.done(Unplug())

    assert [value for _, value, _ in bench.values()] == ["Occupied", "Available"]


def _connector(evse: int) -> dict[str, Any]:
    return {"name": "Connector", "evse": {"id": evse, "connectorId": 1}}


def test_the_value_of_what_can_only_be_written_is_not_told() -> None:
    bench = MonitoringBench()
    bench.monitor("SecurityCtrlr.BasicAuthPassword", "Delta", 1)

    assert bench.write("SecurityCtrlr.BasicAuthPassword", "correct-horse-battery") == "Accepted"
    bench.wait(60)

    assert bench.values() == [("Delta", "", False)]


def test_power_is_watched_while_it_flows() -> None:
    bench = MonitoringBench()
    bench.monitor("EVSE.Power", "UpperThreshold", 1_000, evse=1)
    bench.monitor("FiscalMetering.EnergyImportRegister", "Delta", 100, evse=1)
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="A"))
    bench.wait(300)
    bench.done(Unplug())

    told = bench.notices()
    transaction = bench.said("TransactionEvent")[0]["transactionInfo"]["transactionId"]
    power = [one for one in told if one["variable"]["name"] == "Power"]
    energy = [float(one["actualValue"]) for one in told if one["trigger"] == "Delta"]
    assert [one.get("cleared", False) for one in power] == [False, True]
    assert power[0]["transactionId"] == transaction
    assert len(energy) > 3
    assert all(100 < later - before < 130 for before, later in pairwise(energy))


def test_a_monitor_of_a_transaction_sleeps_while_none_runs() -> None:
    bench = MonitoringBench()
    bench.monitor(THRESHOLD_S, "Delta", 0, transaction=True)
    bench.write(THRESHOLD_S, "100")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="A"))
    bench.write(THRESHOLD_S, "101")
    bench.done(Unplug())
    bench.write(THRESHOLD_S, "102")

    assert [value for _, value, _ in bench.values()] == ["101"]
    assert "transactionId" in bench.notices()[0]


@pytest.mark.parametrize(
    "path,type,value,fields,status",
    [
        ("NoCtrlr.Nothing", "Delta", 1, {}, "UnknownComponent"),
        ("OCPPCommCtrlr.Nothing", "Delta", 1, {}, "UnknownVariable"),
        ("TxCtrlr.TxStartPoint", "UpperThreshold", 1, {}, "UnsupportedMonitorType"),
        ("ClockCtrlr.DateTime", "Delta", 1, {}, "UnsupportedMonitorType"),
        (THRESHOLD_S, "Delta", -1, {}, "Rejected"),
        (THRESHOLD_S, "UpperThreshold", -1, {}, "Rejected"),
        (THRESHOLD_S, "UpperThreshold", 10, {"severity": 10}, "Rejected"),
        (THRESHOLD_S, "Periodic", 0, {}, "Rejected"),
        (THRESHOLD_S, "Delta", 1, {"id": 4711}, "Rejected"),
    ],
)
def test_a_monitor_that_cannot_be_is_answered_so_and_changes_nothing(
    path: str, type: str, value: float, fields: dict[str, Any], status: str
) -> None:
    bench = MonitoringBench()
    before = bench.reported()

    result = bench.monitor(path, type, value, **fields)

    assert result["status"] == status
    assert bench.reported() == before


def test_a_second_monitor_of_the_type_and_severity_is_a_duplicate() -> None:
    bench = MonitoringBench()
    first, same, graver = bench.monitors(
        watching(THRESHOLD_S, "UpperThreshold", 67, 4),
        watching(THRESHOLD_S, "UpperThreshold", 78, 4),
        watching(THRESHOLD_S, "UpperThreshold", 78, 3),
    )

    assert [one["status"] for one in (first, same, graver)] == ["Accepted", "Duplicate", "Accepted"]
    assert first["id"] != graver["id"]


def test_a_bad_one_among_several_leaves_the_others() -> None:
    bench = MonitoringBench()
    results = bench.monitors(
        watching(THRESHOLD_S, "Delta", 1),
        watching(THRESHOLD_S, "UpperThreshold", -5),
        watching("EVSE.AvailabilityState", "Delta", 1, evse=2),
    )

    assert [one["status"] for one in results] == ["Accepted", "Rejected", "Accepted"]


def test_a_replaced_monitor_keeps_its_id_and_cannot_move_to_another_variable() -> None:
    bench = MonitoringBench()
    id = bench.monitor(THRESHOLD_S, "UpperThreshold", 10_000)["id"]

    replaced = bench.monitor(THRESHOLD_S, "UpperThreshold", 20_000, id=id)
    moved = bench.monitor("TxCtrlr.EVConnectionTimeOut", "UpperThreshold", 20_000, id=id)

    assert (replaced["status"], moved["status"]) == ("Accepted", "Rejected")
    told = bench.reported()[id]
    assert (told["value"], told["variable"]) == (20_000, {"name": "OfflineThreshold"})


def test_a_changed_threshold_is_compared_with_what_was_passed() -> None:
    bench = MonitoringBench()
    bench.write(THRESHOLD_S, "100")
    id = bench.monitor(THRESHOLD_S, "UpperThreshold", 90)["id"]
    bench.monitor(THRESHOLD_S, "UpperThreshold", 80, id=id)
    bench.monitor(THRESHOLD_S, "UpperThreshold", 110, id=id)
    bench.monitor(THRESHOLD_S, "UpperThreshold", 95, id=id)

    assert [cleared for _, _, cleared in bench.values()] == [False, True, False]


def test_a_monitor_that_is_cleared_away_says_nothing_more() -> None:
    bench = MonitoringBench()
    bench.write(THRESHOLD_S, "100")
    id = bench.monitor(THRESHOLD_S, "UpperThreshold", 90)["id"]

    answer = bench.call("ClearVariableMonitoring", id=[id, 4711, 1])
    bench.write(THRESHOLD_S, "50")

    statuses = [one["status"] for one in answer["clearMonitoringResult"]]
    assert statuses == ["Accepted", "NotFound", "Rejected"]
    assert bench.values() == [("Alerting", "100", False)]
    assert id not in bench.reported()


def test_more_at_once_than_the_charger_takes_is_refused() -> None:
    bench = MonitoringBench()
    most = int(bench.read("MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring]"))

    [code, *_] = bench.call("ClearVariableMonitoring", id=list(range(most + 1)))
    data = [watching(THRESHOLD_S, "Delta", 1)] * (most + 1)
    [of_set, *_] = bench.call("SetVariableMonitoring", setMonitoringData=data)

    assert code == of_set == "OccurrenceConstraintViolation"
    assert not bench.charger.monitoring.active


def test_no_more_monitors_are_taken_than_have_a_place() -> None:
    bench = MonitoringBench(evses=1)
    paths = ("EVConnectionTimeOut", "MaxEnergyOnInvalidId")
    data = [
        watching(f"TxCtrlr.{path}", type, 5, severity)
        for path in paths
        for type in (
            "UpperThreshold",
            "LowerThreshold",
            "Delta",
            "Periodic",
            "PeriodicClockAligned",
        )
        for severity in range(10)
    ]
    results = bench.monitors(*data[:50]) + bench.monitors(*data[50:])

    statuses = [one["status"] for one in results]
    assert statuses == ["Accepted"] * 96 + ["Rejected"] * 4
    assert len(bench.charger.monitoring.monitors()) == limits.MONITORS == 100


def test_a_charger_without_monitors_of_the_csms_compares_nothing() -> None:
    bench = MonitoringBench()
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="A"))
    bench.wait(600)

    assert not bench.charger.monitoring.active
    assert bench.charger.snapshot().monitoring.monitors == ()


def test_a_fault_that_heats_the_charger_makes_the_alerts_that_are_built_in() -> None:
    bench = MonitoringBench()
    bench.done(InjectFault(fault_type="HighTemperature", recover_after_s=60.0))
    bench.wait(120)

    told = bench.notices()
    assert {one["eventNotificationType"] for one in told} == {
        "HardWiredMonitor",
        "PreconfiguredMonitor",
    }
    assert [one.get("cleared", False) for one in told] == [False, False, True, True]
    assert {one["component"]["evse"]["id"] for one in told} == {1}
    assert not bench.charger.monitoring.active
