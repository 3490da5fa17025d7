"""A recorded conversation is held again, and what the CSMS says otherwise is told."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from voltyard.catalogue.commands.commands import PlugIn, Swipe, Unplug
from voltyard.charger.description.events import ChargerEvent, Framed
from voltyard.charger.description.specification import ChargerSpec
from voltyard.csms.authorization.authorizer import AuthorizationRequest
from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.backend import Backend
from voltyard.csms.records import ChargerStored, Contents
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import to_rfc3339
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.links import DialFailed
from voltyard.replay.machine import Replay
from voltyard.replay.recording import Recording, read_log
from voltyard.replay.runner import replay
from voltyard.runtimes.host.host import Host
from voltyard.simulation.virtual_journal import VirtualJournal
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = 1_767_571_200.0
LATER = START + 86_400.0
URL = "ws://csms/ocpp"


class Taped:
    """A host's listener that writes the log the gateway exports."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def reported(self, key: str, event: ChargerEvent) -> None:
        if isinstance(event, Framed):
            line = {
                "timestamp": to_rfc3339(event.at),
                "direction": event.direction,
                "message": event.text,
            }
            self.lines.append(json.dumps(line))

    def remembered(self, key: str) -> None: ...

    def broke(self, key: str, error: Exception) -> None:
        raise error


Judge = Callable[[AuthorizationRequest], TagDecision]


def accept(question: AuthorizationRequest) -> TagDecision:
    return TagDecision("accepted")


async def _csms(loop: VirtualLoop, judge: Judge, earlier: int = 0) -> MemoryDialler:
    """A backend that knows CP-1, and has had so many transactions before."""
    network = MemoryNetwork()
    backend = Backend(VirtualJournal(), loop.time, judge=judge)
    row = ChargerStored(
        id="chg_1",
        organization_id=DEFAULT_ORGANIZATION_ID,
        charge_box_id="CP-1",
        registered_at=START,
    )
    backend.load(Contents(chargers=[row], highest_transaction_number=earlier))
    await MemoryDoor(network).open("csms", 80, backend.gate)
    return MemoryDialler(network)


def taped(version: Any) -> list[str]:
    """The log of a charger that boots, charges for ten minutes, and beats."""
    loop = VirtualLoop(START)

    async def main() -> list[str]:
        tape = Taped()
        host = Host(await _csms(loop, accept), loop.time, tape)
        host.add("CP-1", ChargerSpec(identity="CP-1", version=version, csms_url=URL))
        await asyncio.sleep(10.0)
        for command in (PlugIn(), Swipe(id_tag="TAG")):
            await host.ask("CP-1", command)
        await asyncio.sleep(600.0)
        await host.ask("CP-1", Unplug())
        await asyncio.sleep(10.0)
        host.close()
        return tape.lines

    return run(main(), loop)


def replayed(
    recording: Recording, judge: Judge = accept, earlier: int = 0, **options: Any
) -> tuple[Replay, float]:
    """What came of it, and how long it took."""
    loop = VirtualLoop(LATER)

    async def main() -> tuple[Replay, float]:
        dialler = await _csms(loop, judge, earlier)
        said = {"url": URL, "identity": "CP-1", **options}
        came = await replay(recording, dialler, loop.time, **said)
        return came, loop.time() - LATER

    return run(main(), loop)


@pytest.fixture(scope="module", params=["1.6", "2.0.1"])
def log(request: pytest.FixtureRequest) -> list[str]:
    return taped(request.param)


def test_against_the_same_csms_nothing_differs(log: list[str]) -> None:
    recording = read_log(log)

    came, took_s = replayed(recording)

    assert came.differences == []
    assert came.sent == came.answered == len(recording.calls) > 10
    assert took_s == pytest.approx(recording.calls[-1].at - recording.calls[0].at, abs=2.0)


def test_it_may_be_faster_than_it_was(log: list[str]) -> None:
    came, took_s = replayed(read_log(log), rate=60.0)

    assert came.differences == []
    assert 9.0 < took_s < 13.0


def test_transactions_have_the_numbers_that_are_given_now() -> None:
    recording = read_log(taped("1.6"))

    came, _ = replayed(recording, earlier=41)

    assert came.differences == []
    stops = [call for call in recording.calls if call.action == "StopTransaction"]
    assert stops[0].payload["transactionId"] == 1
    assert came._substituted(stops[0].payload)["transactionId"] == 42


def test_an_answer_that_differs_is_told(log: list[str]) -> None:
    came, _ = replayed(read_log(log), judge=lambda question: TagDecision("blocked"))

    assert {one.what for one in came.differences} == {"answer"}
    first = came.differences[0]
    assert "Accepted" in json.dumps(first.recorded)
    assert "Blocked" in json.dumps(first.given)
    assert first.number > 1


def test_a_csms_that_is_not_there_is_told() -> None:
    with pytest.raises(DialFailed):
        replayed(read_log(taped("1.6")), url="ws://nobody/ocpp")


# --- the machine alone -----------------------------------------------------------------------


def line(at: float, direction: str, message: str) -> str:
    return json.dumps(
        {"timestamp": to_rfc3339(START + at), "direction": direction, "message": message}
    )


BOOT = [
    line(0.0, "cp_to_csms", '[2,"a","BootNotification",{"chargePointVendor":"V"}]'),
    line(0.1, "csms_to_cp", '[3,"a",{"status":"Accepted","currentTime":"x","interval":300}]'),
]
ASKED = [
    line(5.0, "csms_to_cp", '[2,"c1","Reset",{"type":"Soft"}]'),
    line(5.1, "cp_to_csms", '[3,"c1",{"status":"Rejected"}]'),
    line(6.0, "csms_to_cp", '[2,"c2","Reset",{"type":"Hard"}]'),
    line(6.1, "cp_to_csms", '[4,"c2","InternalError","no",{}]'),
]
ACCEPTED = '[3,"new-1",{"status":"Accepted","currentTime":"y","interval":300}]'


def machine(lines: list[str], rate: float = 1.0) -> Replay:
    return Replay(read_log(lines), "new", rate)


def test_a_call_waits_for_the_answer_to_the_one_before() -> None:
    beat = line(10.0, "cp_to_csms", '[2,"b","Heartbeat",{}]')
    one = machine([*BOOT, beat])

    assert one.opened(LATER) == ['[2,"new-1","BootNotification",{"chargePointVendor":"V"}]']
    assert one.tick(LATER + 20.0) == []
    assert one.received(ACCEPTED, LATER + 21.0) == ['[2,"new-2","Heartbeat",{}]']
    assert one.received('[3,"other",{}]', LATER + 22.0) == []
    assert not one.finished
    one.received('[3,"new-2",{"currentTime":"z"}]', LATER + 23.0)
    assert one.finished
    assert one.differences == []


def test_silence_is_a_difference_and_not_the_end() -> None:
    beat = line(10.0, "cp_to_csms", '[2,"b","Heartbeat",{}]')
    one = machine([*BOOT, beat])
    one.opened(LATER)

    assert one.deadline() == LATER + 30.0
    assert one.tick(LATER + 30.0) == ['[2,"new-2","Heartbeat",{}]']
    assert [(d.what, d.action, d.number) for d in one.differences] == [
        ("silence", "BootNotification", 1)
    ]


def test_what_the_csms_asks_is_answered_as_it_was_in_order() -> None:
    one = machine([*BOOT, *ASKED])
    one.opened(LATER)
    one.received(ACCEPTED, LATER + 1.0)

    first = one.received('[2,"x","Reset",{"type":"Soft"}]', LATER + 2.0)
    second = one.received('[2,"y","Reset",{"type":"Soft"}]', LATER + 3.0)

    assert first == ['[3,"x",{"status":"Rejected"}]']
    assert second == ['[4,"y","InternalError","no",{}]']
    assert one.finished
    assert one.differences == []


def test_what_it_had_not_asked_is_not_supported() -> None:
    one = machine(BOOT)
    one.opened(LATER)

    (refusal,) = one.received('[2,"x","ClearCache",{}]', LATER + 1.0)

    assert json.loads(refusal)[:3] == [4, "x", "NotSupported"]
    assert [(d.what, d.action) for d in one.differences] == [("unexpected", "ClearCache")]


def test_what_it_does_not_ask_is_waited_for_and_then_told() -> None:
    one = machine([*BOOT, *ASKED])
    one.opened(LATER)
    one.received(ACCEPTED, LATER + 1.0)

    assert not one.finished
    assert one.deadline() == pytest.approx(LATER + 6.0 + 5.0)
    one.tick(LATER + 12.0)

    assert one.finished
    assert one.differences == []
    assert [(d.what, d.number) for d in one.not_asked] == [("missing", 1), ("missing", 2)]


def test_where_the_csms_sends_commands_by_itself_those_it_does_not_are_differences() -> None:
    one = Replay(read_log([*BOOT, *ASKED]), "new", expects_commands=True)
    one.opened(LATER)
    one.received(ACCEPTED, LATER + 1.0)

    one.tick(LATER + 12.0)

    assert [(d.what, d.action) for d in one.differences] == [("missing", "Reset")] * 2
    assert one.not_asked == []


def test_what_the_charger_has_caused_is_expected_of_any_csms() -> None:
    signed = line(1.0, "csms_to_cp", '[2,"s","CertificateSigned",{"certificateChain":"PEM"}]')
    one = machine([*BOOT, signed])
    one.opened(LATER)
    one.received(ACCEPTED, LATER + 1.0)

    one.tick(LATER + 12.0)

    assert [(d.what, d.action) for d in one.differences] == [("missing", "CertificateSigned")]


def test_a_link_that_ends_too_soon_is_a_difference() -> None:
    one = machine(BOOT)
    one.opened(LATER)

    one.closed("1006")

    assert one.finished
    assert [(d.what, d.given) for d in one.differences] == [("closed", "1006")]
    assert one.deadline() is None


def test_the_log_of_the_backend_is_read_too() -> None:
    message = {
        "direction": "incoming",
        "timestamp": "2026-02-10T14:00:00.000Z",
        "request": '[2,"19","Heartbeat",{}]',
        "response": '[3,"19",{"currentTime":"2026-02-10T14:00:00.000Z"}]',
        "ocppVersion": "2.0.1",
    }
    asked = {**message, "direction": "outgoing", "request": '[2,"7","ClearCache",{}]'}

    recording = read_log(map(json.dumps, (message, {**asked, "response": None})))

    assert [call.action for call in recording.calls] == ["Heartbeat"]
    assert recording.calls[0].answer is not None
    assert [call.action for call in recording.asked] == ["ClearCache"]
    assert recording.asked[0].answer is None
    assert recording.version == "2.0.1"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["{"], "line 1"),
        (['{"direction":"up","timestamp":"2026-01-01T00:00:00Z","message":"x"}'], "direction"),
        ([*BOOT, '{"direction":"incoming","timestamp":"yesterday","request":"x"}'], "line 3"),
        (['{"direction":"incoming","timestamp":"2026-01-01T00:00:00Z"}'], "neither"),
        ([], "nothing"),
        (ASKED, "nothing"),
    ],
)
def test_what_is_no_log_is_refused(lines: list[str], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_log(lines)
