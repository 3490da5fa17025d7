"""Boot, heartbeat, clock, and the link they need."""

from itertools import pairwise

import pytest

from tests.charger.bench import START, Bench, answering, frames, refusing, silent
from voltyard.catalogue.commands.commands import (
    NetworkDrop,
    NetworkRestore,
    PlugIn,
    Swipe,
    Unplug,
)
from voltyard.charger.description.events import Booted, ConnectionChanged
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.effects import HangUp
from voltyard.charger.inputs import LinkDown, LinkUp, Tick
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import to_rfc3339

VERSIONS = ["1.6", "2.0.1"]


def boot_answer(status: str, interval: int, at: float = START) -> dict[str, object]:
    return {"status": status, "currentTime": to_rfc3339(at), "interval": interval}


def test_tc_001_cold_boot_16() -> None:
    bench = Bench("1.6", evses=2)

    assert bench.actions() == ["BootNotification"] + ["StatusNotification"] * 3
    assert [s["connectorId"] for s in bench.said("StatusNotification")] == [0, 1, 2]


def test_tc_b_01_cold_boot_201() -> None:
    bench = Bench("2.0.1", evses=2)

    told = ["StatusNotification"] * 2 + ["SecurityEventNotification"]
    assert bench.actions() == ["BootNotification", *told]
    assert bench.said("SecurityEventNotification")[0]["type"] == "StartupOfTheDevice"
    assert bench.said("BootNotification")[0]["reason"] == "PowerUp"


def test_the_link_is_dialled_with_the_identity_percent_encoded() -> None:
    spec = ChargerSpec(identity="CP 1/a", csms_url="ws://host/base/", password="secret")

    bench = Bench(spec=spec)

    [dial] = bench.dials
    assert dial.url == "ws://host/base/CP%201%2Fa"
    assert dial.subprotocols == ("ocpp1.6",)
    assert (dial.username, dial.password) == ("CP 1/a", "secret")
    assert dial.ping_interval_s == 0.0


def test_the_identity_goes_into_the_path_and_a_query_stays_behind_it() -> None:
    bench = Bench(spec=ChargerSpec(identity="CP-1", csms_url="ws://host/base?tenant=1"))

    assert [dial.url for dial in bench.dials] == ["ws://host/base/CP-1?tenant=1"]


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_002_pending_repeats_after_the_interval_and_sends_nothing_else(version: str) -> None:
    bench = Bench(version, boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Pending", 20))
    bench.tick()

    bench.wait(19)
    assert bench.actions() == ["BootNotification"]
    bench.wait(2)
    assert bench.actions() == ["BootNotification"] * 2

    bench.answers.clear()
    bench.wait(20)
    assert bench.charger.registration.status == "Accepted"
    assert [e.status for e in bench.seen(Booted)] == ["Pending", "Pending", "Accepted"]


def test_tc_002_pending_answers_and_obeys_triggers_but_no_remote_start() -> None:
    bench = Bench("1.6", boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Pending", 60))
    bench.tick()

    assert bench.call("GetConfiguration", key=["HeartbeatInterval"])["configurationKey"]
    assert bench.call("RemoteStartTransaction", idTag="T") == {"status": "Rejected"}
    assert bench.call("RemoteStopTransaction", transactionId=1) == {"status": "Rejected"}
    trigger = bench.call("TriggerMessage", requestedMessage="StatusNotification")
    assert trigger == {"status": "Accepted"}
    assert bench.actions() == ["BootNotification"] + ["StatusNotification"] * 3
    bench.call("TriggerMessage", requestedMessage="BootNotification")
    assert bench.actions()[-1] == "BootNotification"


def test_pending_obeys_triggers_and_no_request_start_201() -> None:
    bench = Bench("2.0.1", boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Pending", 60))
    bench.tick()

    started = bench.call(
        "RequestStartTransaction", idToken={"idToken": "T", "type": "Local"}, remoteStartId=1
    )
    assert started["status"] == "Rejected"
    assert bench.call("RequestStopTransaction", transactionId="x")["status"] == "Rejected"
    bench.call("TriggerMessage", requestedMessage="BootNotification")
    assert bench.said("BootNotification")[-1]["reason"] == "Triggered"


def test_an_interval_of_zero_leaves_the_choice_to_the_charger() -> None:
    bench = Bench(boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Pending", 0))
    bench.tick()

    bench.wait(59)
    assert len(bench.said("BootNotification")) == 1
    bench.wait(2)
    assert len(bench.said("BootNotification")) == 2


def test_rejected_16_is_silent_until_the_interval_has_passed() -> None:
    bench = Bench("1.6", boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Rejected", 100))
    bench.tick()

    assert bench.call("GetConfiguration") is None
    bench.wait(99)
    assert bench.actions() == ["BootNotification"]
    bench.wait(2)
    assert bench.actions() == ["BootNotification"] * 2


@pytest.mark.parametrize(
    "frame", ['[2,"a","Reset",{"type":7}]', '[2,"a","Unheard",{}]', '[2,"a"]', "no frame"]
)
def test_rejected_16_does_not_answer_what_is_malformed_either(frame: str) -> None:
    bench = Bench(boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Rejected", 100))
    bench.tick()

    bench.receive(frame)

    assert bench.errors == []


def test_b_03_fr_08_rejected_201_answers_security_error_to_what_is_malformed_too() -> None:
    bench = Bench("2.0.1", boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Rejected", 100))
    bench.tick()

    bench.receive('[2,"a","Reset",{"type":7}]')
    bench.receive('[2,"b","Unheard",{}]')

    assert [(id, code) for id, code, *_ in bench.errors] == [
        ("a", "SecurityError"),
        ("b", "SecurityError"),
    ]


def test_tc_b_30_rejected_201_answers_security_error() -> None:
    bench = Bench("2.0.1", boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Rejected", 100))
    bench.tick()

    assert bench.call("GetLocalListVersion")[0] == "SecurityError"


@pytest.mark.parametrize("answerer", [refusing(), silent], ids=["callerror", "no answer"])
def test_a_boot_that_is_not_answered_is_repeated_with_growing_patience(answerer: object) -> None:
    bench = Bench(boot=False)
    bench.answers["BootNotification"] = answerer  # type: ignore[assignment]
    bench.tick()

    bench.wait(600)

    at = [frame.at for frame in frames(bench) if frame.kind == "call"]
    waits = [later - earlier for earlier, later in pairwise(at)]
    assert len(waits) >= 3
    assert waits[2] > waits[0]
    assert set(bench.actions()) == {"BootNotification"}


def test_the_interval_of_the_boot_is_the_heartbeats() -> None:
    bench = Bench(boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Accepted", 10))
    bench.tick()

    bench.wait(35)

    assert len(bench.said("Heartbeat")) == 3
    value = bench.call("GetConfiguration", key=["heartbeatinterval"])["configurationKey"]
    assert value == [{"key": "HeartbeatInterval", "readonly": False, "value": "10"}]


def test_anything_sent_puts_the_heartbeat_off() -> None:
    bench = Bench(settings={"HeartbeatInterval": "100"}, boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Accepted", 0))
    bench.tick()

    bench.wait(90)
    bench.done(PlugIn())
    bench.wait(90)
    assert not bench.said("Heartbeat")
    bench.wait(11)

    assert len(bench.said("Heartbeat")) == 1


def test_the_clock_is_compared_once_a_day_whatever_is_sent() -> None:
    bench = Bench(settings={"ClockAlignedDataInterval": "60"})

    bench.wait(86_400 + 300)

    assert len(bench.said("Heartbeat")) == 1


def test_a_heartbeat_without_an_answer_is_followed_by_another() -> None:
    bench = Bench()
    bench.answers["Heartbeat"] = silent

    bench.wait(1_000)

    assert len(bench.said("Heartbeat")) == 3


def test_the_csms_sets_the_clock() -> None:
    bench = Bench(boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Accepted", 300, START + 3_600))
    bench.tick()

    bench.done(PlugIn())

    assert bench.said("StatusNotification")[-1]["timestamp"] == "2026-11-21T10:00:00.000Z"


def test_a_clock_within_a_second_is_left_alone() -> None:
    bench = Bench(boot=False)
    bench.answers["BootNotification"] = answering(boot_answer("Accepted", 300, START - 0.9))
    bench.tick()

    assert bench.charger.context.offset_s == 0


# --- the link ----------------------------------------------------------------------------------


def test_redialling_waits_longer_each_time_and_never_the_same() -> None:
    bench = Bench(boot=False)
    bench.cut()
    dialled: list[float] = []
    bench.tick()
    for _ in range(9):
        due = bench.charger.deadline()
        assert due is not None
        dialled.append(due)
        bench.now = due
        bench.tick()

    waits = [later - earlier for earlier, later in pairwise(dialled)]
    for doublings, wait in enumerate(waits, 1):
        floor = 5 * 2 ** min(doublings, 5)
        assert floor <= wait <= floor + 5
    assert len(set(waits)) == len(waits)


def test_a_charger_without_a_place_to_charge_is_invalid() -> None:
    for evses in ((), (EvseSpec(connectors=()),)):
        with pytest.raises(Invalid):
            Bench(spec=ChargerSpec(identity="A", evses=evses))


def test_chargers_of_one_seed_wait_differently() -> None:
    first = Bench(spec=ChargerSpec(identity="A"), boot=False)
    second = Bench(spec=ChargerSpec(identity="B"), boot=False)
    for bench in (first, second):
        bench.cut()
        bench.tick()

    assert first.charger.deadline() != second.charger.deadline()


def test_a_reconnect_needs_no_boot_and_tells_what_changed() -> None:
    bench = Bench("1.6")
    bench.cut()
    bench.done(PlugIn(evse_id=2))
    bench.forget()
    bench.mend()

    bench.wait(30)

    assert bench.actions() == ["StatusNotification"]
    assert bench.statuses(2) == ["Preparing"]
    assert [e.connected for e in bench.seen(ConnectionChanged)] == [True]


def test_tc_b_51_after_a_long_absence_everything_is_told() -> None:
    bench = Bench("2.0.1")
    bench.cut()
    bench.wait(500)
    bench.forget()
    bench.mend()

    bench.wait(200)

    assert bench.statuses(1) == ["Available"]
    assert bench.statuses(2) == ["Available"]


def test_tc_b_52_after_a_short_absence_only_changes_are_told() -> None:
    bench = Bench("2.0.1")
    bench.cut()
    bench.done(PlugIn())
    bench.forget()
    bench.mend()

    bench.wait(30)

    assert bench.actions() == ["StatusNotification"]


def test_a_status_that_was_under_way_is_told_again() -> None:
    bench = Bench("1.6")
    bench.answers["StatusNotification"] = silent
    bench.done(PlugIn())
    bench.cut()
    bench.answers.clear()
    bench.forget()
    bench.mend()

    bench.wait(20)

    assert bench.statuses() == ["Preparing"]


def test_the_stations_own_status_under_way_is_told_again() -> None:
    bench = Bench("1.6", boot=False)
    bench.answers["StatusNotification"] = silent
    bench.tick()
    bench.cut()
    bench.answers.clear()
    bench.forget()
    bench.mend()

    bench.wait(20)

    assert [s["connectorId"] for s in bench.said("StatusNotification")] == [0, 1, 2]


def test_a_boot_under_way_when_the_link_breaks_is_sent_on_the_next_one() -> None:
    bench = Bench(boot=False)
    bench.answers["BootNotification"] = silent
    bench.tick()
    bench.cut()
    bench.answers.clear()
    bench.mend()

    bench.wait(20)

    assert bench.charger.registration.status == "Accepted"


def test_a_peer_without_our_subprotocol_is_left() -> None:
    bench = Bench(boot=False)
    bench.charger.step(LinkUp("ocpp1.6"), bench.now)  # nobody has dialled

    bench.now += 1
    effects = bench.charger.step(LinkUp("ocpp1.5"), bench.now)

    assert bench.said("BootNotification") == []
    assert any(isinstance(effect, HangUp) for effect in effects)


def test_another_subprotocol_than_dialled_is_hung_up_with_1002() -> None:
    bench = Bench(boot=False)
    bench.reachable = False
    bench.charger.step(Tick(), bench.now)

    [hang_up] = bench.charger.step(LinkUp("ocpp2.0.1"), bench.now)

    assert isinstance(hang_up, HangUp)
    assert hang_up.code == 1002
    bench.charger.step(LinkDown(), bench.now)
    due = bench.charger.deadline()
    assert due is not None
    assert due > bench.now


def test_a_network_drop_keeps_away_until_restored() -> None:
    bench = Bench()
    bench.done(NetworkDrop())
    assert bench.hang_ups[-1].abruptly
    bench.wait(3_600)
    assert len(bench.dials) == 1
    assert not bench.state.connected

    bench.done(NetworkRestore())

    assert len(bench.dials) == 2
    assert bench.state.connected
    assert bench.failed(NetworkRestore()).code == "wrong_state"


def test_a_network_drop_may_end_by_itself() -> None:
    bench = Bench()
    bench.done(NetworkDrop(duration_s=100))

    bench.wait(99)
    assert not bench.state.connected
    bench.wait(2)

    assert bench.state.connected


def test_frames_are_reported_with_action_and_latency() -> None:
    bench = Bench()

    boot, answer = frames(bench)[:2]

    assert (boot.direction, boot.kind, boot.action) == ("cp_to_csms", "call", "BootNotification")
    assert (answer.direction, answer.kind, answer.action) == (
        "csms_to_cp",
        "result",
        "BootNotification",
    )
    assert answer.message_id == boot.message_id
    assert answer.latency_s == 0.0
    assert len({frame.message_id for frame in frames(bench) if frame.kind == "call"}) == 4


def test_bad_frames_are_answered_and_change_nothing() -> None:
    bench = Bench("1.6")
    bench.forget()

    bench.receive("rubbish")
    bench.receive('[2,"x","Nonsense",{}]')
    bench.receive('[3,"late",{}]')
    bench.receive('[2,"y","Reset",{"type":"Medium"}]')

    assert [error[1] for error in bench.errors] == ["NotImplemented", "PropertyConstraintViolation"]
    verdicts = [frame.verdict.split(":")[0] for frame in frames(bench) if frame.kind == "other"]
    assert verdicts == ["refused", "refused", "stray", "refused"]


def test_an_answer_that_breaks_its_schema_counts_as_none() -> None:
    bench = Bench()
    bench.answers["Heartbeat"] = answering({"currentTime": 5})

    bench.wait(301)

    assert frames(bench)[-1].verdict == (
        "refused: $.currentTime: Expected `str`, got `int` (wrong_type)"
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_message_ids_differ_from_those_before_a_restart(version: str) -> None:
    first = Bench(version)
    second = Bench(version, now=START + 5)

    ids = [{f.message_id for f in frames(b) if f.kind == "call"} for b in (first, second)]

    assert ids[0].isdisjoint(ids[1])


@pytest.mark.parametrize(
    ("version", "name", "word"),
    [
        ("1.6", "MinimumStatusDuration", "Preparing"),
        ("2.0.1", "ChargingStation.MinimumStatusDuration", "Occupied"),
    ],
)
def test_a_status_too_short_to_be_told_is_not(version: str, name: str, word: str) -> None:
    bench = Bench(version, settings={name: "10"})
    bench.forget()
    bench.done(PlugIn())
    bench.wait(9)
    bench.done(Unplug())
    bench.wait(60)
    assert bench.statuses() == []

    bench.done(PlugIn())
    bench.wait(11)

    assert bench.statuses() == [word]


def test_a_status_has_to_last_by_itself_whatever_was_before_it() -> None:
    bench = Bench("1.6", settings={"MinimumStatusDuration": "10"})
    bench.forget()
    bench.done(PlugIn())
    bench.wait(9)
    bench.done(Swipe(id_tag="DRIVER"))
    bench.wait(9)
    assert bench.statuses() == []

    bench.wait(2)

    assert bench.statuses() == ["Charging"]


def test_a_status_that_lasts_while_the_link_is_gone_is_told_on_the_next_one() -> None:
    bench = Bench("1.6", settings={"MinimumStatusDuration": "5"})
    bench.done(PlugIn())
    bench.cut()
    bench.forget()
    bench.wait(10)
    bench.mend()

    bench.wait(60)

    assert bench.statuses() == ["Preparing"]
