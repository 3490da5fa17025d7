"""Events of monitors: periods, severities, time offline, restarts (N05, N07, N08)."""

from typing import Any

import msgspec
import pytest

from tests.charger.bench import refusing, silent
from tests.charger.monitoring.bench import THRESHOLD_S, MonitoringBench, watching
from voltyard.catalogue.commands.commands import InjectFault, PlugIn, PowerCut, PowerRestore
from voltyard.charger.charger import Charger
from voltyard.charger.inputs import Tick
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel import limits
from voltyard.kernel.time import from_rfc3339

STATE: dict[str, Any] = {"name": "Connector", "evse": {"id": 1, "connectorId": 1}}


def test_a_periodic_monitor_tells_the_value_in_its_period() -> None:
    bench = MonitoringBench()
    began = bench.now
    bench.monitor(THRESHOLD_S, "Periodic", 40, 9)
    bench.wait(130)

    assert [one["trigger"] for one in bench.notices()] == ["Periodic"] * 3
    told = [from_rfc3339(one["timestamp"]) - began for one in bench.notices()]
    assert told == pytest.approx([40, 80, 120], abs=0.01)


def test_a_clock_aligned_monitor_tells_it_at_the_marks_of_the_clock() -> None:
    bench = MonitoringBench()
    bench.wait(100)
    bench.monitor(THRESHOLD_S, "PeriodicClockAligned", 900, 9)
    bench.wait(2_000)

    told = [one["timestamp"] for one in bench.notices()]
    assert told == ["2026-11-21T09:15:00.000Z", "2026-11-21T09:30:00.000Z"]


def test_a_level_holds_back_events_of_a_higher_number() -> None:
    bench = MonitoringBench()
    bench.monitors(*(watching(THRESHOLD_S, "Delta", 0, severity) for severity in (2, 3, 4)))

    assert bench.call("SetMonitoringLevel", severity=3) == {"status": "Accepted"}
    bench.write(THRESHOLD_S, "100")

    assert len(bench.notices()) == 2
    assert bench.read("MonitoringCtrlr.ActiveMonitoringLevel") == "3"
    assert bench.call("SetMonitoringLevel", severity=10)["status"] == "Rejected"
    assert bench.read("MonitoringCtrlr.ActiveMonitoringLevel") == "3"


def test_nothing_is_watched_while_monitoring_is_off() -> None:
    bench = MonitoringBench()
    bench.monitor(THRESHOLD_S, "Delta", 0)
    bench.write("MonitoringCtrlr.Enabled", "false")
    bench.write(THRESHOLD_S, "100")
    assert bench.notices() == []

    bench.write("MonitoringCtrlr.Enabled", "true")

    assert [value for _, value, _ in bench.values()] == ["100"]


@pytest.mark.parametrize("severity,kept", [(5, True), (6, False)])
def test_what_comes_up_offline_is_kept_by_its_severity_and_told_as_of_then(
    severity: int, kept: bool
) -> None:
    bench = MonitoringBench()
    bench.monitor("Connector.AvailabilityState", "Delta", 1, severity, component=STATE)
    bench.cut()
    bench.wait(10)
    bench.done(PlugIn())
    then = bench.now
    bench.wait(50)
    assert bench.notices() == []

    bench.mend()
    bench.wait(600)

    told = bench.notices()
    assert [one["actualValue"] for one in told] == (["Occupied"] if kept else [])
    if kept:
        assert from_rfc3339(told[0]["timestamp"]) == pytest.approx(then, abs=0.01)


def test_an_event_that_was_under_way_when_the_link_broke_is_told_again() -> None:
    bench = MonitoringBench()
    bench.monitor(THRESHOLD_S, "Delta", 0, 5)
    bench.answers["NotifyEvent"] = silent
    bench.write(THRESHOLD_S, "100")
    bench.cut()
    del bench.answers["NotifyEvent"]
    bench.mend()
    bench.wait(600)

    assert [value for _, value, _ in bench.values()] == ["100", "100"]


def test_an_event_that_the_csms_refuses_is_not_told_again() -> None:
    bench = MonitoringBench()
    bench.monitor(THRESHOLD_S, "Delta", 0)
    bench.answers["NotifyEvent"] = refusing()
    bench.write(THRESHOLD_S, "100")
    del bench.answers["NotifyEvent"]
    bench.write(THRESHOLD_S, "101")

    assert [value for _, value, _ in bench.values()] == ["100", "101"]


def test_of_too_many_events_the_oldest_go() -> None:
    bench = MonitoringBench()
    bench.monitor(THRESHOLD_S, "Periodic", 10, 5)
    bench.cut()
    bench.wait(10 * limits.MONITOR_EVENTS_WAITING + 1_000)
    waiting = bench.charger.monitoring.events.waiting

    assert len(waiting) == limits.MONITOR_EVENTS_WAITING
    assert waiting[0].at < waiting[-1].at == pytest.approx(bench.now, abs=11)


def test_monitors_and_what_they_have_noticed_survive_a_power_cut() -> None:
    bench = MonitoringBench()
    bench.write(THRESHOLD_S, "100")
    id = bench.monitor(THRESHOLD_S, "UpperThreshold", 90)["id"]
    assert len(bench.notices()) == 1

    bench.done(PowerCut())
    bench.done(PowerRestore())
    bench.wait(60)
    assert len(bench.notices()) == 1
    bench.write(THRESHOLD_S, "80")

    assert bench.values()[1:] == [("Alerting", "80", True)]
    assert id in bench.reported()


def test_a_threshold_that_is_cleared_during_a_restart_is_told_after_it() -> None:
    bench = MonitoringBench()
    bench.done(InjectFault(fault_type="HighTemperature", recover_after_s=30.0))
    before = len(bench.notices())
    assert before == 2

    bench.done(PowerCut())
    bench.wait(60)
    bench.done(PowerRestore())
    bench.wait(60)

    assert [one["cleared"] for one in bench.notices()[before:]] == [True, True]


def test_monitors_survive_the_process_through_a_snapshot() -> None:
    bench = MonitoringBench()
    bench.write(THRESHOLD_S, "100")
    id = bench.monitor(THRESHOLD_S, "UpperThreshold", 90, transaction=False)["id"]
    bench.monitor("Connector.AvailabilityState", "Delta", 1, 3, component=STATE)
    bench.cut()
    bench.done(PlugIn())
    stored = msgspec.json.encode(bench.charger.snapshot())
    snapshot = msgspec.json.decode(stored, type=Snapshot)

    bench.forget()
    bench.charger = Charger.restore(bench.spec, snapshot, bench.now)
    bench.mend()
    bench.tick()
    bench.wait(120)

    assert ("Delta", "Occupied", False) in bench.values()
    bench.write(THRESHOLD_S, "50")
    assert bench.values()[-1] == ("Alerting", "50", True)
    assert bench.monitor(THRESHOLD_S, "LowerThreshold", 10)["id"] > id + 1
    assert bench.charger.snapshot().monitoring.monitors != ()
    bench.charger.step(Tick(), bench.now)


def test_the_base_decides_which_monitors_stay() -> None:
    bench = MonitoringBench(evses=1)
    built_in = bench.reported()
    id = bench.monitor(THRESHOLD_S, "UpperThreshold", 900)["id"]
    preconfigured = built_in[2]
    changed = {**preconfigured, "value": 60}
    del changed["transaction"]
    [result] = bench.monitors(changed)
    assert result["status"] == "Accepted"

    def base(name: str) -> dict[int, Any]:
        assert bench.call("SetMonitoringBase", monitoringBase=name)["status"] == "Accepted"
        assert bench.read("MonitoringCtrlr.ActiveMonitoringBase") == name
        bench.forget()
        return bench.reported()

    of_all = base("All")
    assert (of_all[2]["value"], of_all[id]["value"]) == (60, 900)
    assert base("FactoryDefault") == built_in
    assert set(base("HardWiredOnly")) == {1}
    assert base("All") == built_in


def test_a_report_comes_in_pages_of_as_many_variables_as_the_charger_says() -> None:
    bench = MonitoringBench(evses=30)

    found = bench.reported()

    pages = bench.said("NotifyMonitoringReport")
    assert [page["seqNo"] for page in pages] == list(range(len(pages)))
    assert [page["tbc"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert len(pages) == 2
    assert len(found) == 120


def test_a_report_of_nothing_is_empty() -> None:
    bench = MonitoringBench()
    answer = bench.call("GetMonitoringReport", requestId=3, monitoringCriteria=["DeltaMonitoring"])

    assert answer == {"status": "EmptyResultSet"}
    assert bench.said("NotifyMonitoringReport") == []


def test_ids_of_events_go_on_after_a_restart_and_never_come_again() -> None:
    bench = MonitoringBench()
    bench.monitor(THRESHOLD_S, "Delta", 0)
    bench.write(THRESHOLD_S, "100")
    earlier = msgspec.json.encode(bench.charger.snapshot())
    bench.done(InjectFault(fault_type="HighTemperature"))
    bench.cut()
    bench.charger = Charger.restore(
        bench.spec, msgspec.json.decode(earlier, type=Snapshot), bench.now
    )
    bench.mend()
    bench.tick()
    bench.wait(120)
    bench.write(THRESHOLD_S, "200")

    given = [event["eventId"] for said in bench.said("NotifyEvent") for event in said["eventData"]]
    assert len(given) >= 4
    assert len(set(given)) == len(given)
