"""A charger that moves between two processes ends as one that stays, whatever happens to it."""

import json
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from tests.csms.bench import ORG, START, Peer, Yard
from tests.csms.ownership.bench import Pair, connected, refused
from voltyard.csms.commands.charging import CancelReservation, ReserveNow
from voltyard.csms.commands.control import ClearCache, RemoteStartTransaction, Reset
from voltyard.csms.commands.maintenance import UpdateFirmware
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import to_rfc3339

Deed: TypeAlias = tuple[Any, ...]

CONNECTORS = st.integers(1, 2)
TAGS = st.sampled_from(["TAG", "OTHER"])
DEEDS = st.one_of(
    st.tuples(st.just("start"), CONNECTORS, TAGS),
    st.tuples(st.just("start and go"), CONNECTORS, TAGS),
    st.tuples(st.just("meter"), CONNECTORS, st.integers(0, 500)),
    st.tuples(st.just("stop"), CONNECTORS),
    st.tuples(st.just("repeat")),
    st.tuples(st.just("fault"), CONNECTORS),
    st.tuples(st.just("boot")),
    st.tuples(st.just("firmware"), st.sampled_from(["Downloading", "Installed", "DownloadFailed"])),
    st.tuples(st.just("remote start"), CONNECTORS, TAGS),
    st.tuples(st.just("reserve"), st.integers(1, 2), TAGS, st.sampled_from([30, 900])),
    st.tuples(st.just("cancel"), st.integers(1, 2)),
    st.tuples(st.just("update")),
    st.tuples(st.just("reset")),
    st.tuples(st.just("unanswered")),
    st.tuples(st.just("wait"), st.sampled_from([1, 60, 400, 4_000])),
    st.tuples(st.just("break"), st.sampled_from(["replaced", "moved", "lost", "failed"])),
)


class Charger:
    """A charger of OCPP 1.6 that carries out deeds, at whatever process it is connected to."""

    def __init__(self, pair: Pair, *, moves: bool) -> None:
        self._pair = pair
        self._moves = moves
        self._at = pair.server
        self._peer: Peer
        self._numbers: dict[int, int] = {}
        """Of the transactions that it knows to run, by connector."""
        self._register_wh = 0
        self._last: tuple[str, dict[str, Any]] | None = None

    async def live(self, deeds: Sequence[Deed]) -> None:
        self._peer = await self._at.booted()
        for deed in deeds:
            await getattr(self, "_" + deed[0].replace(" ", "_"))(*deed[1:])
            await self._at.settle()

    def _now(self) -> str:
        return to_rfc3339(self._at.clock.now)

    async def _say(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        self._last = (action, payload)
        answer: dict[str, Any] = await self._peer.say(action, payload)
        return answer

    async def _start(self, connector_id: int, id_tag: str) -> None:
        answer = await self._say("StartTransaction", self._begin(connector_id, id_tag))
        self._numbers[connector_id] = answer["transactionId"]

    def _begin(self, connector_id: int, id_tag: str) -> dict[str, Any]:
        return {
            "connectorId": connector_id,
            "idTag": id_tag,
            "meterStart": self._register_wh,
            "timestamp": self._now(),
        }

    async def _start_and_go(self, connector_id: int, id_tag: str) -> None:
        """Its link goes before the answer comes, so it asks again by the next."""
        start = self._begin(connector_id, id_tag)
        self._peer.call("StartTransaction", start)
        await self._break("moved", settled=False)
        answer = await self._say("StartTransaction", start)
        self._numbers[connector_id] = answer["transactionId"]

    async def _meter(self, connector_id: int, gained_wh: int) -> None:
        self._register_wh += gained_wh
        values = [{"timestamp": self._now(), "sampledValue": [{"value": str(self._register_wh)}]}]
        payload: dict[str, Any] = {"connectorId": connector_id, "meterValue": values}
        if connector_id in self._numbers:
            payload["transactionId"] = self._numbers[connector_id]
        await self._say("MeterValues", payload)

    async def _stop(self, connector_id: int) -> None:
        number = self._numbers.pop(connector_id, None)
        if number is not None:
            await self._say(
                "StopTransaction",
                {
                    "transactionId": number,
                    "meterStop": self._register_wh,
                    "timestamp": self._now(),
                },
            )

    async def _repeat(self) -> None:
        if self._last is not None and self._last[0] != "MeterValues":
            await self._say(*self._last)

    async def _fault(self, connector_id: int) -> None:
        status = {"connectorId": connector_id, "errorCode": "GroundFailure", "status": "Faulted"}
        await self._say("StatusNotification", status)

    async def _boot(self) -> None:
        await self._peer.boot()

    async def _firmware(self, status: str) -> None:
        await self._say("FirmwareStatusNotification", {"status": status})

    # --- commands ---------------------------------------------------------------------------------

    async def _answered(self, command: BackendCommand, answer: dict[str, Any]) -> None:
        task = await self._at.command(command)
        await self._peer.answer(answer)
        await task

    async def _remote_start(self, connector_id: int, id_tag: str) -> None:
        command = RemoteStartTransaction(connector_id=connector_id, id_tag=id_tag)
        await self._answered(command, {"status": "Accepted"})

    async def _reserve(self, reservation_id: int, id_tag: str, for_s: int) -> None:
        command = ReserveNow(
            connector_id=1,
            id_tag=id_tag,
            reservation_id=reservation_id,
            expires_at=self._at.clock.now + for_s,
        )
        await self._answered(command, {"status": "Accepted"})

    async def _cancel(self, reservation_id: int) -> None:
        command = CancelReservation(reservation_id=reservation_id)
        await self._answered(command, {"status": "Accepted"})

    async def _update(self) -> None:
        await self._answered(UpdateFirmware(location="ftp://x/y", retrieve_at=START), {})

    async def _reset(self) -> None:
        await self._answered(Reset(type="Soft"), {"status": "Accepted"})

    async def _unanswered(self) -> None:
        """Its link goes before it has answered."""
        task = await self._at.command(ClearCache())
        await self._break("lost")
        await task_ended(task)

    # --- time and links ---------------------------------------------------------------------------

    async def _wait(self, seconds: int) -> None:
        self._at.clock.now += seconds
        for yard in (self._pair.server, self._pair.node):
            yard.backend.tick()
        await self._at.settle()
        if self._peer.wire.closed is not None:  # it was silent for too long
            await self._peer.gone()
            self._peer = await connected(self._at)

    async def _break(self, how: str, *, settled: bool = True) -> None:
        if settled:
            await self._at.settle()
        if not self._moves:
            await self._peer.gone()
            self._peer = await connected(self._at)
            return
        older = self._peer
        if how == "lost":
            await older.gone()
        if how == "failed":
            await self._fail_to_move()
        else:
            await self._move("192.0.2.9:1" if how == "replaced" else None)
        if how != "lost":
            await older.gone()
        self._peer = await connected(self._at)

    async def _fail_to_move(self) -> None:
        try:
            await self._at.backend.release(ORG, "CP1", refused, to=self._heir()[1])
        except Unavailable:
            return
        raise AssertionError("it was handed over")

    async def _move(self, replaced_by: str | None) -> None:
        heir, name = self._heir()
        backend = self._at.backend
        id = backend.charger(ORG, "CP1").row.id
        hand_over = self._pair.hand_over(name)
        await backend.release(ORG, "CP1", hand_over, to=name, replaced_by=replaced_by)
        heir.backend.take(self._pair.journal.contents_of([id]))
        self._at = heir

    def _heir(self) -> tuple[Yard, str]:
        if self._at is self._pair.server:
            return self._pair.node, "n1"
        return self._pair.server, ""


async def task_ended(task: Any) -> None:
    """Return once it has, however."""
    try:
        await task
    except Exception:
        return


def rows(pair: Pair) -> dict[str, list[str]]:
    """All that is stored of transactions, commands and reservations, without random ids."""
    journal = pair.journal
    tables = {
        "transactions": journal.transactions,
        "commands": journal.commands,
        "reservations": journal.reservations,
    }
    return {
        name: sorted(
            _OTHER_COMMAND.sub(
                "cmd_",
                json.dumps(
                    {key: value for key, value in asdict(row).items() if key not in _RANDOM},
                    sort_keys=True,
                    default=repr,
                ),
            )
            for row in table.values()
        )
        for name, table in tables.items()
    }


_OTHER_COMMAND = re.compile(r"\bcmd_\w+")
"""Named in the outcome of one that it superseded."""

_RANDOM = ("id", "charger_id", "request_id", "answer")


async def ended(deeds: Sequence[Deed], *, moves: bool) -> dict[str, list[str]]:
    pair = Pair()
    charger = Charger(pair, moves=moves)
    await charger.live(deeds)
    await charger._wait(10_000)
    found = rows(pair)
    await pair.close()
    return found


@given(deeds=st.lists(DEEDS, max_size=25))
async def test_it_ends_the_same_wherever_it_was(deeds: list[Deed]) -> None:
    assert await ended(deeds, moves=True) == await ended(deeds, moves=False)


async def test_the_comparison_is_of_something() -> None:
    deeds: list[Deed] = [
        ("remote start", 1, "TAG"),
        ("start", 1, "TAG"),
        ("reserve", 1, "OTHER", 900),
        ("update",),
        ("break", "replaced"),
        ("meter", 1, 400),
        ("firmware", "Installed"),
        ("stop", 1),
    ]

    found = await ended(deeds, moves=True)

    (transaction,) = map(json.loads, found["transactions"])
    assert (transaction["status"], transaction["delivered_wh"]) == ("completed", 400.0)
    assert [json.loads(row)["status"] for row in found["reservations"]] == ["expired"]
    outcomes = {json.loads(row)["outcome"] for row in found["commands"]}
    assert outcomes == {None, "Installed"}
