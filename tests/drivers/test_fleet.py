"""A fleet charges at whatever CSMS there is, and counts."""

import asyncio
from typing import Any

from tests.drivers.bench import any_of
from voltyard.charger.description.events import (
    Booted,
    ConnectionChanged,
    Framed,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.charger.description.specification import ChargerSpec
from voltyard.csms.backend import Backend
from voltyard.csms.records import ChargerStored, Contents
from voltyard.drivers.fleet import FleetTally, drive_fleet
from voltyard.drivers.tags import TagDealer
from voltyard.kernel import limits
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.runtimes.host.host import Host
from voltyard.simulation.virtual_journal import VirtualJournal
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = 1_767_571_200.0
COUNT = 6


def fleet(
    seconds: float, tags: TagDealer | None, registered: int = COUNT, rate: float = 1.0
) -> tuple[FleetTally, int]:
    """What a fleet counted after so long at our own backend, and the links left at the end."""
    loop = VirtualLoop(START)
    specs = [
        ChargerSpec(
            identity=f"YARD-{number}",
            version="1.6" if number % 2 else "2.0.1",
            csms_url="ws://csms/ocpp",
        )
        for number in range(COUNT)
    ]

    async def main() -> tuple[FleetTally, int]:
        network = MemoryNetwork()
        door, backend = MemoryDoor(network), Backend(VirtualJournal(), loop.time)
        backend.load(Contents(chargers=[_row(spec.identity) for spec in specs[:registered]]))
        await door.open("csms", 80, backend.gate)

        async def watch(host: Host, tally: FleetTally) -> None:
            await asyncio.sleep(seconds)

        tally = await drive_fleet(specs, MemoryDialler(network), loop.time, tags, watch, rate=rate)
        await asyncio.sleep(1.0)
        online = len(backend.chargers(DEFAULT_ORGANIZATION_ID, online=True))
        assert len(asyncio.all_tasks()) == 1, "a task was left behind"
        return tally, online

    return run(main(), loop)


def _row(identity: str) -> ChargerStored:
    return ChargerStored(
        id=f"chg_{identity}",
        organization_id=DEFAULT_ORGANIZATION_ID,
        charge_box_id=identity,
        registered_at=START,
    )


def test_a_fleet_boots_charges_and_leaves_no_link() -> None:
    tally, online = fleet(600.0, lambda _: any_of(10))

    assert tally.connected == COUNT
    assert len(tally.accepted) == COUNT
    assert tally.completed > COUNT
    assert tally.energy_wh > 1_000.0
    assert tally.broken == []
    assert online == 0


def test_at_sixty_a_minute_is_an_hour() -> None:
    slow, _ = fleet(3_600.0, lambda _: any_of(10))
    fast, online = fleet(60.0, lambda _: any_of(10), rate=60.0)

    assert len(fast.accepted) == COUNT
    assert fast.broken == []
    assert 0.7 * slow.completed < fast.completed < 1.4 * slow.completed
    assert 0.7 * slow.energy_wh < fast.energy_wh < 1.4 * slow.energy_wh
    assert online == 0


def test_an_idle_fleet_connects_and_nothing_more() -> None:
    tally, _ = fleet(600.0, None)

    assert len(tally.accepted) == COUNT
    assert tally.running == tally.completed == 0


def test_a_charger_the_csms_does_not_know_is_not_accepted() -> None:
    tally, _ = fleet(60.0, None, registered=COUNT - 1)

    assert tally.connected == len(tally.accepted) == COUNT - 1


def test_a_tally_follows_the_events() -> None:
    tally = FleetTally()
    at: dict[str, Any] = {"at": START}
    place: dict[str, Any] = {**at, "evse_id": 1, "connector_id": 1, "transaction": "t"}

    tally.reported("a", ConnectionChanged(**at, connected=True))
    tally.reported("a", Booted(**at, status="Accepted", interval_s=300.0))
    tally.reported("a", TransactionStarted(**place, id_tag=None, meter_start_wh=0.0))
    assert (tally.connected, tally.accepted, tally.running) == (1, {"a"}, 1)

    tally.reported(
        "a",
        TransactionEnded(
            **place, transaction_id=None, reason="Local", meter_start_wh=0.0, meter_stop_wh=7.0
        ),
    )
    tally.reported("a", Booted(**at, status="Rejected", interval_s=300.0))
    tally.reported("a", ConnectionChanged(**at, connected=False))
    tally.broke("a", ValueError("a bug"))
    assert (tally.connected, tally.accepted, tally.running) == (0, set(), 0)
    assert (tally.completed, tally.energy_wh) == (1, 7.0)
    assert tally.broken == ["a: ValueError: a bug"]


def framed(kind: Any, action: str, text: str) -> Framed:
    return Framed(
        at=0.0, direction="csms_to_cp", kind=kind, action=action, message_id="1", text=text
    )


def test_refusals_are_counted_with_their_reasons() -> None:
    tally = FleetTally()

    for frame in (
        framed("result", "Authorize", '[3,"1",{"idTagInfo":{"status":"Blocked"}}]'),
        framed("result", "Authorize", '[3,"1",{"idTagInfo":{"status":"Accepted"}}]'),
        framed("result", "StartTransaction", '[3,"1",{"idTagInfo":{"status":"Invalid"}}]'),
        framed("result", "TransactionEvent", '[3,"1",{"idTokenInfo":{"status":"Expired"}}]'),
        framed("result", "TransactionEvent", '[3,"1",{}]'),
        framed("result", "Authorize", "no JSON"),
        framed("result", "Authorize", "[3]"),
        framed("error", "MeterValues", '[4,"1","FormationViolation","",{}]'),
        framed("error", "MeterValues", "[4]"),
    ):
        tally.reported("a", frame)

    assert tally.refused_tags == {"Blocked": 1}
    assert tally.refused_starts == {"Invalid": 1, "Expired": 1}
    assert tally.call_errors == {
        "MeterValues FormationViolation": 1,
        "MeterValues without a code": 1,
    }


def test_a_session_that_the_csms_ends_is_not_completed() -> None:
    tally = FleetTally()

    for reason in ("Local", "DeAuthorized", "EVDisconnected", "Remote"):
        tally.reported("a", any_of(TransactionStarted))
        ended = TransactionEnded(
            at=0.0,
            evse_id=1,
            connector_id=1,
            transaction="1",
            transaction_id="1",
            reason=reason,
            meter_start_wh=0.0,
            meter_stop_wh=0.0,
        )
        tally.reported("a", ended)

    assert tally.completed == 2
    assert tally.cut_short == {"DeAuthorized": 1, "Remote": 1}


def test_strangers_words_do_not_fill_the_memory() -> None:
    tally = FleetTally()

    for number in range(limits.FLEET_REASONS + 20):
        tally.reported("a", framed("error", "Heartbeat", f'[4,"1","{number}{"x" * 999}","",{{}}]'))

    assert len(tally.call_errors) == limits.FLEET_REASONS + 1
    assert tally.call_errors["other"] == 20
    assert max(map(len, tally.call_errors)) < 100
