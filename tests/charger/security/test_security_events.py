"""Security events: what is told, what is only kept, and in which order."""

import msgspec
import pytest

from tests.charger.bench import Bench, answering, refusing, secured, silent
from tests.charger.security.bench import DAY, NOW, Root
from voltyard.catalogue.commands.commands import InjectFault, PlugIn, Swipe
from voltyard.charger.charger import Charger
from voltyard.charger.description.events import SecurityNoticed
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.inputs import Tick
from voltyard.charger.security.security_event import CRITICAL, TOLD, TYPES
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel import limits
from voltyard.kernel.tls import Tls

SAID = "SecurityEventNotification"


def types(bench: Bench) -> list[str]:
    return [said["type"] for said in bench.said(SAID)]


def notice(bench: Bench, type: str, info: str = "") -> None:
    context = bench.charger.context
    context.now, context.effects = bench.now, context.owed  # between two steps, as it were
    bench.charger.security.events.notice(type, info)
    bench.tick()


def test_plain_16_says_nothing_and_keeps_its_log() -> None:
    bench = Bench("1.6")

    notice(bench, "TamperDetectionActivated")

    assert types(bench) == []
    assert [one.type for one in bench.charger.security.events.log()] == [
        "StartupOfTheDevice",
        "TamperDetectionActivated",
    ]


@pytest.mark.parametrize("profile,told", [(None, []), (0, []), (1, ["StartupOfTheDevice"])])
def test_16_tells_from_security_profile_1_on(profile: int | None, told: list[str]) -> None:
    spec = ChargerSpec(identity="CP 1", password="secret", security_profile=profile)
    assert types(Bench(spec=spec)) == told


def test_201_always_tells_unless_it_is_made_not_to() -> None:
    assert types(Bench("2.0.1")) == ["StartupOfTheDevice"]
    silenced = ChargerSpec(identity="CP 1", version="2.0.1", security_events=False)
    assert types(Bench(spec=silenced)) == []


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("type", sorted(TYPES))
def test_every_type_is_logged_and_the_critical_are_told(version: str, type: str) -> None:
    bench = secured(version)
    bench.forget()

    notice(bench, type, "why")

    names = {
        "FailedToAuthenticateAtCsms": "FailedToAuthenticateAtCentralSystem",
        "CsmsFailedToAuthenticate": "CentralSystemFailedToAuthenticate",
        "InvalidCsmsCertificate": "InvalidCentralSystemCertificate",
        "InvalidChargingStationCertificate": "InvalidChargePointCertificate",
    }
    name = names.get(type, type) if version == "1.6" else type
    assert types(bench) == ([name] if type in TOLD else [])
    assert bench.charger.security.events.log()[-1].type == type
    [event] = bench.seen(SecurityNoticed)
    assert (event.event, event.info, event.critical) == (type, "why", type in CRITICAL)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_what_comes_up_offline_is_told_in_its_order_and_with_its_time(version: str) -> None:
    bench = secured(version)
    bench.forget()
    bench.cut()

    for number in range(3):
        notice(bench, "TamperDetectionActivated", str(number))
        bench.wait(1)
    assert types(bench) == []
    bench.mend()
    bench.wait(60)

    said = bench.said(SAID)
    assert [one["techInfo"] for one in said] == ["0", "1", "2"]
    assert [one["timestamp"][17:19] for one in said] == ["00", "01", "02"]


def test_one_is_under_way_at_a_time_and_a_lost_link_repeats_it() -> None:
    bench = secured("1.6")
    bench.forget()
    bench.answers[SAID] = silent
    notice(bench, "TamperDetectionActivated", "first")
    notice(bench, "MemoryExhaustion", "second")
    assert types(bench) == ["TamperDetectionActivated"]

    bench.cut()
    del bench.answers[SAID]
    bench.mend()
    bench.wait(60)

    assert [one["techInfo"] for one in bench.said(SAID)] == ["first", "first", "second"]


def test_an_event_that_meets_a_callerror_is_not_repeated() -> None:
    bench = secured("1.6")
    bench.forget()
    bench.answers[SAID] = refusing("NotImplemented")

    notice(bench, "TamperDetectionActivated")
    bench.wait(600)

    assert types(bench) == ["TamperDetectionActivated"]
    assert bench.charger.security.events.waiting == ()


def test_an_event_without_an_answer_is_repeated_as_often_as_a_transaction_message() -> None:
    bench = secured("1.6", settings={"TransactionMessageRetryInterval": "10"})
    bench.forget()
    bench.answers[SAID] = silent

    notice(bench, "TamperDetectionActivated")
    bench.wait(600)

    assert types(bench) == ["TamperDetectionActivated"] * 3
    assert bench.charger.security.events.waiting == ()


def test_the_queue_is_bounded_and_the_critical_stay_longest() -> None:
    bench = secured("2.0.1")
    bench.cut()

    notice(bench, "InvalidTLSVersion", "not critical")
    for number in range(limits.SECURITY_EVENTS_WAITING + 1):
        notice(bench, "TamperDetectionActivated", str(number))

    waiting = bench.charger.security.events.waiting
    assert len(waiting) == limits.SECURITY_EVENTS_WAITING
    assert [one.info for one in waiting] == [
        str(number) for number in range(1, limits.SECURITY_EVENTS_WAITING + 1)
    ]


def test_the_log_is_bounded_and_read_by_time() -> None:
    bench = Bench("1.6")
    for _ in range(limits.SECURITY_LOG_EVENTS + 5):
        notice(bench, "InvalidMessages")
        bench.now += 1
    log = bench.charger.security.events.log()

    assert len(log) == limits.SECURITY_LOG_EVENTS
    part = bench.charger.security.events.log(log[10].at, log[12].at)
    assert part == log[10:13]


def test_what_was_not_told_outlives_a_power_cut() -> None:
    bench = secured("1.6")
    bench.cut()
    notice(bench, "TamperDetectionActivated", "in the dark")
    memory = msgspec.json.decode(
        msgspec.json.encode(bench.charger.snapshot(bench.now)), type=Snapshot
    )

    again = Bench(spec=bench.spec, boot=False, now=bench.now + 100)
    again.charger = Charger.restore(bench.spec, memory, again.now)
    again._step(Tick())
    again.wait(10)

    assert types(again) == ["TamperDetectionActivated", "StartupOfTheDevice"]
    assert again.charger.security.events.log()[0].type == "StartupOfTheDevice"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_reset_is_told_after_it(version: str) -> None:
    bench = secured(version)
    bench.forget()
    bench.call("Reset", type="Hard" if version == "1.6" else "Immediate")
    bench.wait(30)
    assert types(bench) == ["ResetOrReboot", "StartupOfTheDevice"]


def test_a_clock_that_is_set_is_told_and_one_that_is_right_is_not() -> None:
    bench = secured("1.6")
    assert "SettingSystemTime" not in types(bench)
    bench.answers["Heartbeat"] = answering({"currentTime": "2027-01-01T00:00:00Z"})
    bench.wait(400)
    assert types(bench).count("SettingSystemTime") == 1


def test_nothing_is_told_before_the_boot_is_accepted() -> None:
    spec = ChargerSpec(identity="CP 1", security_events=True)
    bench = Bench(spec=spec, boot=False)
    bench.answers["BootNotification"] = answering(
        {"status": "Pending", "currentTime": "2026-11-21T09:00:00Z", "interval": 30}
    )
    bench.tick()
    notice(bench, "TamperDetectionActivated")
    assert types(bench) == []
    del bench.answers["BootNotification"]
    bench.wait(60)
    assert types(bench) == ["TamperDetectionActivated", "StartupOfTheDevice"]


def test_long_words_are_cut_to_what_the_message_takes() -> None:
    bench = secured("1.6")
    notice(bench, "TamperDetectionActivated", "x" * 1000)
    assert bench.said(SAID)[-1]["techInfo"] == "x" * 255


def test_an_opened_case_is_told_as_tampering() -> None:
    bench = secured("1.6")
    bench.done(InjectFault(fault_type="CaseOpened"))
    assert types(bench)[-1] == "TamperDetectionActivated"


def test_a_flood_of_what_cannot_be_read_is_one_entry_of_the_log() -> None:
    bench = secured("1.6")
    for _ in range(5):
        bench.receive('[2,"1","Reset",{"type":"Lukewarm"}]')
    log = [one.type for one in bench.charger.security.events.log()]
    assert log == ["StartupOfTheDevice", "InvalidMessages"]
    assert types(bench) == ["StartupOfTheDevice"]


def test_a_full_outbox_is_told_once() -> None:
    bench = secured("1.6", settings={"MeterValueSampleInterval": "1"})
    bench.charger.outbox._limit = 10
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="T"))
    bench.cut()
    bench.wait(60)
    waiting = [one.type for one in bench.charger.security.events.waiting]
    assert waiting == ["MemoryExhaustion"]


def test_the_state_tells_of_profile_and_certificates() -> None:
    root = Root(ends=NOW + DAY)
    bench = secured("2.0.1", tls=Tls(ca=root.pem), csms_url="wss://x", password="p" * 16)
    security = bench.state.security
    assert (security.profile, security.on_trial, security.events_waiting) == (2, False, 0)
    [held] = security.certificates
    assert (held.use, held.subject) == ("CSMSRootCertificate", "CN=Root")
    assert held.ends_at == (NOW + DAY).timestamp()
