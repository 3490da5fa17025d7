"""Draw the flows of ARCHITECTURE.md from the code: what calls what, between rooms.

python tools/flow_diagrams.py          # write them
python tools/flow_diagrams.py --check  # fail where they are stale

Each flow is played over links in memory, and each call from one room into another is drawn where it
is made first. Rooms that everybody calls all the time (kernel, config) are left out.
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent))  # for `tests`

from generated_blocks import ROOT, main
from tests.fakes.journals import MemoryJournal
from tests.fakes.links import RecordingUser
from tests.fakes.memory_engine import MemoryEngine
from voltyard.catalogue.catalogue import Catalogue
from voltyard.csms.backend import Backend
from voltyard.csms.registry import ChargerChange
from voltyard.drivers.site_drivers import SiteDrivers
from voltyard.kernel import limits
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.links import Dialling
from voltyard.runtimes.inline import InlineProvider
from voltyard.storage.database.database import Database
from voltyard.storage.yard.yard_records import yard_journal, yard_repositories
from voltyard.yard.deployments.charger_service import NewCharger
from voltyard.yard.runtime_reports import RuntimeReports
from voltyard.yard.yard import Yard

SOURCE = ROOT / "src" / "voltyard"
FAKES = ROOT / "tests" / "fakes"
ORGANIZATION: Final = DEFAULT_ORGANIZATION_ID
LOOP: Final = "event loop"
LEFT_OUT: Final = {
    "deadline",
    "pause",
    "resume",
    "masked",
    "without_secrets",
    "set",
    "until_frames",
}
"""Small questions and timers, which are asked at every step."""

STAND_INS: Final = {FAKES / "journals.py": "storage", FAKES / "links.py": "the charger's end"}
"""The rooms that fakes are drawn as."""

Step = tuple[str, str, str]
"""The caller's room, the room called, and the function."""


class Tracer:
    """Notes the calls between rooms while something runs.

    Rooms in `divided` are noted folder by folder, those in `silent` not at all, and those in
    `leaves` only as they are called.
    """

    def __init__(
        self,
        divided: frozenset[str],
        silent: frozenset[str],
        leaves: frozenset[str] = frozenset(),
    ) -> None:
        self.steps: list[Step] = []
        self._divided = divided
        self._silent = silent | {"kernel", "config"}
        self._leaves = leaves

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note what is called in between, by this thread."""
        sys.setprofile(self._called)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        place = self._place(code) if event == "call" else None
        if place is None or code.co_name in LEFT_OUT or code.co_name in ("<genexpr>", "<listcomp>"):
            return
        caller = self._caller(frame)
        if caller == place or caller in self._leaves or (caller == LOOP and place in self._leaves):
            return
        if not _is_property(frame):
            step = (caller, place, _label(frame))
            if step not in self.steps:
                self.steps.append(step)

    def _place(self, code: CodeType) -> str | None:
        """The room of a piece of code, or the folder of one that is divided."""
        path = Path(code.co_filename)
        if path in STAND_INS:
            return STAND_INS[path]
        if not path.is_relative_to(SOURCE):
            return None
        room, *rest = path.relative_to(SOURCE).parts
        if room in self._silent:
            return None
        return f"{room}/{rest[0]}" if rest[1:] and room in self._divided else room

    def _caller(self, frame: FrameType) -> str:
        above = frame.f_back
        while above is not None:
            place = self._place(above.f_code)
            if place is not None:
                return place
            above = above.f_back
        return LOOP


def _is_property(frame: FrameType) -> bool:
    owner = type(frame.f_locals.get("self"))
    return isinstance(getattr(owner, frame.f_code.co_name, None), property)


def _label(frame: FrameType) -> str:
    """The function's name; with the OCPP action of the frame, or the input, it is handed."""
    name = frame.f_code.co_name
    if name == "<lambda>":
        return "callback"
    known = frame.f_locals
    label = frame.f_code.co_qualname.rpartition("<locals>.")[2]
    if name in ("send", "received") and isinstance(known.get("text"), str):
        kind, _, content = json.loads(known["text"])[:3]
        return f"{label} [{content if kind == 2 else 'its answer'}]"
    if name == "step":
        return f"{label} [{type(known['incoming']).__name__}]"
    return label


async def frame_through_backend(tracer: Tracer) -> None:
    """A MeterValues request of an OCPP 1.6 charger, through the backend to its answer."""
    journal = MemoryJournal()
    backend = Backend(journal, lambda: 1_790_000_000.0, random=random.Random(7))
    await backend.register(DEFAULT_ORGANIZATION_ID, "CP1", ChargerChange())
    network = MemoryNetwork()
    door = MemoryDoor(network)
    await door.open("csms", 80, backend.gate)
    user = RecordingUser()
    await MemoryDialler(network).dial(Dialling("ws://csms:80/ocpp/CP1", ("ocpp1.6",)), user)
    link = await user.until_open()

    async def say(number: int, action: str, payload: dict[str, Any]) -> None:
        link.send(json.dumps([2, str(number), action, payload]))
        await user.until_frames(number)

    await say(1, "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
    at = "2026-09-21T14:13:20Z"
    started = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": at}
    await say(2, "StartTransaction", started)
    transaction_id = json.loads(user.frames[-1])[2]["transactionId"]
    reading = {"timestamp": at, "sampledValue": [{"value": "1500"}]}
    values = {"connectorId": 1, "transactionId": transaction_id, "meterValue": [reading]}
    with tracer.noting():
        await say(3, "MeterValues", values)
    await door.close()
    await backend.close()


async def _until_idle(provider: InlineProvider, deployment_id: str) -> None:
    """Return once the charger has booted and told its states."""
    async with asyncio.timeout(60):
        state: dict[str, Any] = {}
        while state.get("boot_status") != "Accepted":
            await asyncio.sleep(0.05)
            state = await provider.state(deployment_id) or {}
    await asyncio.sleep(0.3)


async def command_through_yard(tracer: Tracer) -> None:
    """A start-session command for an OCPP 1.6 charger of the yard, to its StartTransaction."""
    network = MemoryNetwork()
    backend = Backend(MemoryJournal(), time.time)
    await backend.register(DEFAULT_ORGANIZATION_ID, "CP1", ChargerChange())
    door = MemoryDoor(network)
    await door.open("csms", 80, backend.gate)
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(Path(folder))
        journal = yard_journal(database)
        reports = RuntimeReports(journal, time.time)
        provider = InlineProvider(MemoryDialler(network), time.time, reports)
        catalogue = Catalogue.load()
        drivers = SiteDrivers(provider, catalogue, time.time)
        engine, kept = MemoryEngine(), yard_repositories(database)
        # No round of the yard's own is to fall into the command's way, however slow the machine.
        limits.POWER_STEP_S = 3_600.0
        yard = Yard(kept, journal, provider, engine, reports, catalogue, time.time, drivers)
        await yard.load()
        await yard.start()
        new = NewCharger(
            identity="CP1",
            brand_slug="wallbox",
            model_slug="wallbox-pulsar-plus",
            connector_type="Type2",
            ws_url="ws://csms:80/ocpp",
            ocpp_version="OCPP1.6",
        )
        charger = await yard.chargers.create(ORGANIZATION, new)
        await _until_idle(provider, charger.id)
        session = {"connector_id": 1, "id_tag": "TAG"}
        with tracer.noting():
            await yard.commands.ask(ORGANIZATION, "start_session", session, charger.id)
        await yard.close()
        await door.close()
        await backend.close()
        await database.close()


Flow = Callable[[Tracer], Awaitable[None]]
FLOWS: Final[dict[str, tuple[Flow, Callable[[], Tracer]]]] = {
    "frame-through-backend": (
        frame_through_backend,
        lambda: Tracer(frozenset({"csms"}), frozenset({"ocpp"})),
    ),
    "command-through-yard": (
        command_through_yard,
        lambda: Tracer(
            frozenset({"yard"}),
            frozenset({"ocpp", "physics", "loop", "catalogue", "events"}),
            frozenset({"storage", "csms"}),
        ),
    ),
}


def diagram(steps: list[Step]) -> str:
    """The calls as a Mermaid sequence diagram, rooms in the order in which they come in."""
    rooms = list(dict.fromkeys(room for step in steps for room in step[:2]))
    lines = ["```mermaid", "sequenceDiagram"]
    for number, room in enumerate(rooms):
        lines.append(f"    participant R{number} as {room}")
    for caller, called, label in steps:
        lines.append(f"    R{rooms.index(caller)}->>R{rooms.index(called)}: {label}")
    return "\n".join([*lines, "```"])


def blocks() -> dict[str, str]:
    """The diagram of each flow, which is played for it."""
    drawn = {}
    for name, (play, tracer_of) in FLOWS.items():
        tracer = tracer_of()
        asyncio.run(_played(play, tracer))
        drawn[name] = diagram(tracer.steps)
    return drawn


async def _played(play: Flow, tracer: Tracer) -> None:
    await play(tracer)


if __name__ == "__main__":
    sys.exit(main(__doc__, ROOT / "ARCHITECTURE.md", blocks))
