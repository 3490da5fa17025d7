"""The drivers of a day at a site, with real chargers at a real backend, in virtual time."""

import asyncio
from typing import Any

import pytest

from voltyard.catalogue.catalogue import Catalogue
from voltyard.csms.authorization.authorizer import AuthorizationRequest
from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.backend import Backend
from voltyard.csms.records import ChargerStored, Contents
from voltyard.drivers.site_drivers import SiteDrivers
from voltyard.drivers.tags import UNKNOWN_PREFIX
from voltyard.kernel.errors import Invalid
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.runtimes import RuntimeSpec
from voltyard.runtimes.inline import InlineProvider
from voltyard.simulation.virtual_journal import VirtualJournal
from voltyard.simulation.virtual_loop import VirtualLoop, run
from voltyard.yard.days import Day, DayPlan, SiteConnector

MONDAY = 1_767_571_200.0
COUNT = 10


class Counting:
    """A listener that counts transactions."""

    def __init__(self) -> None:
        self.tags: list[str] = []
        self.energies: list[float] = []

    def happened(self, deployment_id: str, event: Any) -> None:
        if event["type"] == "transaction_started":
            self.tags.append(event["id_tag"])
        elif event["type"] == "transaction_ended":
            self.energies.append(event["meter_stop_wh"] - event["meter_start_wh"])

    def framed(self, deployment_id: str, frame: Any) -> None: ...
    def remembered(self, deployment_id: str, snapshot: bytes) -> None: ...
    def broke(self, deployment_id: str, reason: str) -> None:
        raise AssertionError(reason)


def judge(question: AuthorizationRequest) -> TagDecision:
    return TagDecision("unknown" if question.id_tag.startswith(UNKNOWN_PREFIX) else "accepted")


def played(plan: DayPlan, resumed: int = 0, count: int = COUNT) -> tuple[Counting, int]:
    """What came of a plan's hours, and how many drivers were refused."""
    loop = VirtualLoop(MONDAY)
    refused: list[None] = []
    heard = Counting()

    async def main() -> None:
        network = MemoryNetwork()
        backend = Backend(VirtualJournal(), loop.time, judge=judge)
        names = [f"CP-{number}" for number in range(count)]
        rows = [
            ChargerStored(
                id=f"chg_{name}",
                organization_id=DEFAULT_ORGANIZATION_ID,
                charge_box_id=name,
                registered_at=MONDAY,
            )
            for name in names
        ]
        backend.load(Contents(chargers=rows))
        await MemoryDoor(network).open("csms", 80, backend.gate)
        provider = InlineProvider(MemoryDialler(network), loop.time, heard)
        day = Day(
            id="day_1",
            organization_id="org_1",
            location_id="loc",
            plan=plan,
            began_at=MONDAY,
            local_at=MONDAY,
            zone=None,
            places=tuple(
                SiteConnector(deployment_id=f"dep-{name}", identity=name, evse_id=1)
                for name in names
            ),
            resumed=resumed,
        )
        for number, place in enumerate(day.places):
            charger = {
                "identity": place.identity,
                "version": "1.6" if number % 2 else "2.0.1",
                "csms_url": "ws://csms/ocpp",
            }
            pace = day.pace.plain() if plan.rate != 1.0 else {}
            runtime = RuntimeSpec(place.deployment_id, "org_1", charger, pace=pace)
            await provider.start(runtime)
        drivers = SiteDrivers(provider, Catalogue.load(), loop.time)
        drivers.check(plan)
        await asyncio.sleep(5.0)
        drivers.begin(day, lambda: refused.append(None))
        await asyncio.sleep(plan.hours * 3_600.0 / plan.rate)
        drivers.end(day.id)
        drivers.end(day.id)
        started = len(heard.tags)
        await asyncio.sleep(600.0)
        assert len(heard.tags) == started, "somebody came after the end"
        await provider.close()

    run(main(), loop)
    return heard, len(refused)


def test_a_day_at_sixty_takes_24_minutes_and_is_a_day() -> None:
    plan = DayPlan(rate=60.0, tags=("A", "B"), vehicles=("honda-e", "polestar-2"))

    fast, refused = played(plan)
    slow, _ = played(DayPlan(tags=("A", "B"), vehicles=("honda-e", "polestar-2")))

    assert 5 <= len(fast.energies) <= 2.5 * COUNT
    assert set(fast.tags) == {"A", "B"}
    assert len(fast.tags) == pytest.approx(len(slow.tags), abs=4)
    assert sum(fast.energies) == pytest.approx(sum(slow.energies), rel=0.3)
    assert sum(fast.energies) > 20_000.0
    assert refused == 0, "somebody was refused who is known"


def test_drivers_nobody_knows_are_counted_as_refused() -> None:
    heard, refused = played(DayPlan(rate=60.0, unknown=1.0))

    assert heard.tags == []
    assert refused >= 5


def test_after_a_restart_others_come() -> None:
    plan = DayPlan(rate=60.0, tags=("A", "B", "C"))
    first, _ = played(plan, count=4)
    again, _ = played(plan, count=4)
    resumed, _ = played(plan, resumed=1, count=4)

    assert first.tags
    assert (first.tags, first.energies) == (again.tags, again.energies)
    assert first.energies != resumed.energies


@pytest.mark.parametrize(
    "plan",
    [
        DayPlan(vehicles=("horse",)),
        DayPlan(tags=()),
        DayPlan(tags=("x" * 21,)),
        DayPlan(unknown=0.8, blocked=0.8),
    ],
)
def test_drivers_who_cannot_be_are_refused(plan: DayPlan) -> None:
    loop = VirtualLoop(MONDAY)

    async def main() -> None:
        provider = InlineProvider(MemoryDialler(MemoryNetwork()), loop.time, Counting())
        with pytest.raises(Invalid):
            SiteDrivers(provider, Catalogue.load(), loop.time).check(plan)
        await provider.close()

    run(main(), loop)
