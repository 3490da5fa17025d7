"""A host drives chargers: their links, their deadlines, their commands."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from tests.runtimes.host.bench import Desk, Heard, open_desk, specification
from voltyard.catalogue.commands.commands import (
    AuthorizeTag,
    NetworkDrop,
    PlugIn,
    Swipe,
    Unplug,
)
from voltyard.charger.description.events import (
    Booted,
    ConnectionChanged,
    Framed,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.charger.effects import Done, Failed
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, NotFound, Overfull
from voltyard.network.links.memory import MemoryDialler, MemoryNetwork
from voltyard.ports.links import DialFailed, Dialling, LinkUser
from voltyard.runtimes import parsing
from voltyard.runtimes.host.dial_queue import DIALS_AT_ONCE
from voltyard.runtimes.host.host import Host
from voltyard.runtimes.parsing import NO_FAULTS, ChargerFaults
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = 1_767_571_200.0
Result = TypeVar("Result")


class Yard:
    """A host, a network and a desk, in virtual time."""

    def __init__(self, loop: VirtualLoop, desk: Desk, **options: Any) -> None:
        self.loop = loop
        self.desk = desk
        self.heard = Heard()
        self.network = MemoryNetwork()
        self.host = Host(MemoryDialler(self.network), loop.time, self.heard, **options)

    async def open(self) -> None:
        self.door, self.gate = await open_desk(self.network, self.desk)


def play(
    test: Callable[[Yard], Coroutine[Any, Any, Result]], desk: Desk | None = None, **options: Any
) -> Result:
    loop = VirtualLoop(START)

    async def main() -> Result:
        yard = Yard(loop, desk or Desk(), **options)
        await yard.open()
        result = await test(yard)
        yard.host.close()
        await asyncio.sleep(1.0)
        assert len(asyncio.all_tasks()) == 1, "a task was left behind"
        return result

    return run(main(), loop)


def test_a_charger_that_is_added_boots() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)

        assert yard.gate.handshakes[0].path == "/ocpp/CP-1"
        assert yard.desk.asked[:2] == ["BootNotification", "StatusNotification"]
        assert [event.status for event in yard.heard.of(Booted)] == ["Accepted"]
        assert yard.host.charger("CP-1").state(yard.loop.time()).connected
        assert yard.host.frames_sent == len(yard.desk.asked) == yard.host.frames_received

    play(test)


def test_deadlines_are_kept() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(1_000.0)

        beats = [
            e.at for e in yard.heard.of(Framed) if e.action == "Heartbeat" and e.kind == "call"
        ]
        assert len(beats) == 3
        assert beats[2] - beats[1] == pytest.approx(300.0)

    play(test)


def test_a_command_is_carried_out_and_answered_once() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)

        plugged = await yard.host.ask("CP-1", PlugIn())
        again = await yard.host.ask("CP-1", PlugIn())
        swiped = await yard.host.ask("CP-1", Swipe(id_tag="TAG"))
        await asyncio.sleep(60.0)
        unplugged = await yard.host.ask("CP-1", Unplug())
        await asyncio.sleep(10.0)

        assert isinstance(plugged, Done)
        assert isinstance(again, Failed)
        assert isinstance(swiped, Done)
        assert isinstance(unplugged, Done)
        assert len(yard.heard.of(TransactionStarted)) == len(yard.heard.of(TransactionEnded)) == 1
        assert yard.desk.asked.count("StopTransaction") == 1

    play(test)


def test_two_hundred_chargers_charge_at_once() -> None:
    async def test(yard: Yard) -> None:
        identities = [f"CP-{number}" for number in range(200)]
        for identity in identities:
            yard.host.add(identity, specification(identity))
        await asyncio.sleep(10.0)
        for command in (PlugIn(), Swipe(id_tag="TAG")):
            asked = [yard.host.ask(identity, command) for identity in identities]
            outcomes = await asyncio.gather(*asked)
            assert all(isinstance(outcome, Done) for outcome in outcomes)
        await asyncio.sleep(600.0)

        states = [yard.host.charger(identity).state(yard.loop.time()) for identity in identities]
        assert all(state.connectors[0].status == "Charging" for state in states)
        assert all(state.connectors[0].energy_wh > 1_000.0 for state in states)
        assert yard.desk.asked.count("BootNotification") == 200
        assert yard.desk.transactions == 200

    play(test)


def test_a_csms_that_is_not_there_is_dialled_again() -> None:
    async def test(yard: Yard) -> None:
        await yard.door.close()
        yard.host.add("CP-1", specification())
        await asyncio.sleep(5.0)
        assert yard.host.dials_failed == 1
        assert "refused" in yard.host.last_failure

        await yard.open()
        await asyncio.sleep(300.0)

        assert yard.heard.of(Booted)

    play(test)


def test_why_a_csms_cannot_be_reached_is_told_once() -> None:
    async def test(yard: Yard) -> None:
        await yard.door.close()
        yard.host.add("CP-1", specification())
        await asyncio.sleep(600.0)

        assert yard.host.dials_failed > 2
        (told,) = yard.heard.of(ConnectionChanged)
        assert not told.connected
        assert "refused" in told.reason
        assert "is something listening on that port?" in told.reason

    play(test)


def test_a_csms_that_hangs_up_is_dialled_again() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)

        link = yard.gate.user.link
        assert link is not None
        link.close(1012, "restart")
        await asyncio.sleep(300.0)

        assert [e.connected for e in yard.heard.of(ConnectionChanged)] == [True, False, True]
        assert len(yard.gate.users) == 2

    play(test)


def test_a_charger_that_is_removed_is_gone_with_its_link() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)
        asked = len(yard.desk.asked)

        yard.host.remove("CP-1")
        await asyncio.sleep(1_000.0)

        assert yard.gate.user.ends == [(1006, "")]
        assert len(yard.desk.asked) == asked
        assert "CP-1" not in yard.host
        with pytest.raises(NotFound):
            yard.host.ask("CP-1", Unplug())
        with pytest.raises(NotFound):
            yard.host.remove("CP-1")

    play(test)


def test_what_a_removed_charger_owed_is_answered() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)
        owed = yard.host.ask("CP-1", AuthorizeTag(id_tag="TAG"))
        assert not owed.done()

        yard.host.remove("CP-1")

        outcome = await owed
        assert isinstance(outcome, Failed)
        assert outcome.code == "unavailable"

    play(test, Desk(Authorize=None))


def test_power_taken_and_given_back_ends_the_transaction_with_power_loss() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)
        await yard.host.ask("CP-1", PlugIn())
        await yard.host.ask("CP-1", Swipe(id_tag="TAG"))
        await asyncio.sleep(600.0)

        memory = yard.host.power_off("CP-1")
        assert yard.heard.of(ConnectionChanged)[-1].connected is False
        await asyncio.sleep(600.0)
        yard.host.add("CP-1", specification(), memory)
        await asyncio.sleep(60.0)

        (ended,) = yard.heard.of(TransactionEnded)
        assert ended.reason == "PowerLoss"
        assert 1_000.0 < ended.meter_stop_wh < 2_500.0
        assert yard.desk.asked.count("StopTransaction") == 1
        state = yard.host.charger("CP-1").state(yard.loop.time())
        assert state.connectors[0].energy_wh == pytest.approx(ended.meter_stop_wh, abs=1.0)
        assert state.queue_length == 0

    play(test)


def test_a_key_is_used_once_and_room_is_bounded() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        with pytest.raises(Conflict):
            yard.host.add("CP-1", specification())
        yard.host.add("CP-2", specification("CP-2"))
        with pytest.raises(Overfull):
            yard.host.add("CP-3", specification("CP-3"))
        assert len(yard.host) == 2

    play(test, capacity=2)


def test_too_many_commands_are_refused() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)
        for _ in range(1_000):
            yard.host.ask("CP-1", AuthorizeTag(id_tag="TAG"))
        with pytest.raises(Overfull):
            yard.host.ask("CP-1", AuthorizeTag(id_tag="TAG"))

    play(test, Desk(Authorize=None))


def test_a_charger_whose_machine_fails_is_let_go_and_the_others_go_on() -> None:
    def fail_at_plug(key: str, charger: Any, now: float) -> None:
        if key == "CP-1" and charger.evses[0].plug.connector is not None:
            raise ValueError("a bug")

    async def test(yard: Yard) -> None:
        for identity in ("CP-1", "CP-2"):
            yard.host.add(identity, specification(identity))
        await asyncio.sleep(10.0)
        yard.host.ask("CP-1", PlugIn())
        await yard.host.ask("CP-2", PlugIn())

        assert [(key, str(error)) for key, error in yard.heard.broken] == [("CP-1", "a bug")]
        assert "CP-1" not in yard.host
        assert "CP-2" in yard.host

    play(test, after_step=fail_at_plug)


def test_a_listener_may_ask_in_the_middle_of_a_step_and_is_served_after_it() -> None:
    async def test(yard: Yard) -> None:
        answers: list[asyncio.Future[Any]] = []
        plain = yard.heard.reported

        def reported(key: str, event: Any) -> None:
            plain(key, event)
            if isinstance(event, Booted):
                answers.append(yard.host.ask("CP-1", PlugIn()))
                assert not answers[0].done()

        yard.heard.reported = reported  # type: ignore[method-assign]
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)

        assert isinstance(answers[0].result(), Done)

    play(test)


def test_a_link_that_opens_after_the_network_dropped_is_cut_at_once() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(0)
        dropped = await yard.host.ask("CP-1", NetworkDrop(duration_s=60.0))
        await asyncio.sleep(30.0)

        assert isinstance(dropped, Done)
        assert all(user.ends for user in yard.gate.users)
        await asyncio.sleep(300.0)
        assert yard.heard.of(Booted)

    play(test)


class _SlowDialler:
    """A dialler that never gets through, and counts how many try at once."""

    def __init__(self) -> None:
        self.trying = self.most = self.tried = 0

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        self.trying += 1
        self.tried += 1
        self.most = max(self.most, self.trying)
        await asyncio.sleep(0.01)
        self.trying -= 1
        raise DialFailed("nobody there")


def test_only_so_many_dial_at_once_and_each_gets_its_turn() -> None:
    loop = VirtualLoop(START)

    async def main() -> None:
        dialler = _SlowDialler()
        host = Host(dialler, loop.time, Heard())
        for number in range(DIALS_AT_ONCE * 3):
            host.add(f"CP-{number}", specification(f"CP-{number}"))
        await asyncio.sleep(0.5)
        assert dialler.most == DIALS_AT_ONCE
        assert dialler.tried == DIALS_AT_ONCE * 3
        host.close()

    run(main(), loop)


def test_a_dialler_that_fails_in_a_way_it_must_not_is_said() -> None:
    class Broken:
        async def dial(self, dialling: Dialling, user: LinkUser) -> None:
            raise ZeroDivisionError

    loop = VirtualLoop(START)

    async def main() -> None:
        heard = Heard()
        host = Host(Broken(), loop.time, heard)
        host.add("CP-1", specification())
        await asyncio.sleep(1.0)
        assert [type(error) for _, error in heard.broken] == [ZeroDivisionError]
        assert len(host) == 0

    run(main(), loop)


# --- faults ------------------------------------------------------------------------------------


def faults(*quirks: Any, **network: Any) -> ChargerFaults:
    return parsing.faults({"quirks": quirks, "network": network}, "1.6")


def test_a_charger_without_quirks_is_not_even_wrapped() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)

        hosted = yard.host._hosted["CP-1"]
        assert hosted.machine is hosted.charger and hosted.path is None

    play(test)


def test_quirks_come_and_go_while_a_charger_runs() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification(), faults=faults("no-time-zone"))
        await asyncio.sleep(10.0)
        [told] = [e for e in yard.heard.of(Framed) if e.action == "StatusNotification"][:1]
        assert '"timestamp":"2026-01-05T00:00:00"' in told.text
        yard.host.misbehave("CP-1", faults("resends"))
        await asyncio.sleep(301.0)
        assert yard.desk.asked[-2:] == ["Heartbeat", "Heartbeat"]

        yard.host.misbehave("CP-1", NO_FAULTS)
        await asyncio.sleep(301.0)

        assert yard.desk.asked.count("Heartbeat") == 3
        assert len(yard.heard.of(ConnectionChanged)) == 1, "nothing was restarted"
        hosted = yard.host._hosted["CP-1"]
        assert hosted.machine is hosted.charger

    play(test)


def test_quirks_remember_over_a_restart_what_they_did() -> None:
    async def test(yard: Yard) -> None:
        odd = faults({"name": "no-time-zone", "schedule": {"once": True}})
        yard.host.add("CP-1", specification(), faults=odd)
        await asyncio.sleep(10.0)

        memory = yard.host.power_off("CP-1")
        yard.host.add("CP-1", specification(), memory, odd)
        await asyncio.sleep(10.0)

        told = [e.text for e in yard.heard.of(Framed) if '"timestamp"' in e.text]
        assert len(told) == 4
        assert sum('Z"' not in text for text in told) == 1

    play(test)


def test_the_network_gets_worse_and_better_under_an_open_link() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)
        booted = len(yard.desk.asked)
        yard.host.misbehave("CP-1", faults(loss=1.0))
        await asyncio.sleep(301.0)
        assert len(yard.desk.asked) == booted
        yard.host.misbehave("CP-1", NO_FAULTS)
        await asyncio.sleep(400.0)

        assert yard.desk.asked[booted:] and set(yard.desk.asked[booted:]) == {"Heartbeat"}
        assert len(yard.gate.handshakes) == 1

    play(test)


def test_a_road_is_taken_with_the_next_dial_too() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification(), faults=faults(cut_every_s=60.0, latency_ms=500.0))
        await asyncio.sleep(3_600.0)

        answers = [e.latency_s for e in yard.heard.of(Framed) if e.kind == "result"]
        assert len(yard.gate.handshakes) > 20
        assert min(one for one in answers if one is not None) >= 1.0

    play(test)


def test_a_csms_that_floods_one_charger_does_not_hold_up_the_others() -> None:
    """The flood of the field: GetConfiguration, as often as the line takes it."""

    async def test(yard: Yard) -> None:
        for key in ("CP-1", "CP-2"):
            yard.host.add(key, specification(identity=key))
        await asyncio.sleep(10.0)
        flooded, calm = (user.link for user in yard.gate.users)
        assert flooded is not None and calm is not None
        order: list[str] = []
        yard.heard.reported = (  # type: ignore[method-assign]
            lambda key, event: order.append(key) if isinstance(event, Framed) else None
        )

        for number in range(1_000):
            flooded.send(f'[2,"f{number}","GetConfiguration",{{}}]')
        calm.send('[2,"calm","GetConfiguration",{}]')
        await asyncio.sleep(1.0)

        assert order.count("CP-1") == 2_000  # each call and its answer
        assert order.index("CP-2") <= 2 * limits.FRAMES_AT_ONCE

    play(test)


@pytest.mark.parametrize("network", [{}, {"latency_ms": 50.0}], ids=["good", "slow"])
def test_a_flood_is_answered_in_order_whatever_the_network(network: dict[str, Any]) -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification(), faults=parsing.faults({"network": network}, "1.6"))
        await asyncio.sleep(10.0)
        link = yard.gate.user.link
        assert link is not None
        seen = len(yard.gate.user.frames)

        for number in range(500):
            link.send(f'[2,"f{number}","GetConfiguration",{{"key":["HeartbeatInterval"]}}]')
        await asyncio.sleep(10.0)

        answers = [json.loads(text) for text in yard.gate.user.frames[seen:]]
        assert [one[1] for one in answers if one[0] == 3] == [f"f{n}" for n in range(500)]

    play(test)


def test_the_network_gets_worse_while_a_flood_waits_and_nothing_is_lost() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)
        link = yard.gate.user.link
        assert link is not None

        for number in range(500):
            link.send(f'[2,"f{number}","GetConfiguration",{{"key":["HeartbeatInterval"]}}]')
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        yard.host.misbehave("CP-1", parsing.faults({"network": {"latency_ms": 20.0}}, "1.6"))
        await asyncio.sleep(10.0)

        answered = {json.loads(text)[1] for text in yard.gate.user.frames}
        assert {f"f{number}" for number in range(500)} <= answered

    play(test)


def test_a_half_open_link_is_left_until_the_next_one_and_no_longer() -> None:
    async def test(yard: Yard) -> None:
        quirk = {"name": "half-open", "parameters": {"after_s": 60.0, "silent_s": 60.0}}
        yard.host.add("CP-1", specification(), faults=faults(quirk))
        await asyncio.sleep(200.0)
        first, second = yard.gate.users
        assert first.ends == [] and second.link is not None
        await asyncio.sleep(130.0)

        assert first.ends and not second.ends
        yard.host.remove("CP-1")
        await asyncio.sleep(1.0)
        assert all(user.ends for user in yard.gate.users)

    play(test)
