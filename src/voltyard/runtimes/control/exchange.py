"""Ordered exchange of items between two processes over the bus, each item once.

What is put waits in a backlog. One frame at a time is a request to the peer, whose answer says that
it was taken; an empty one asks now and then whether the peer is still there. A line is the time
between a greeting and the first request that is not answered. On the next line between the same two
the frame that was under way is sent again, with its number. Between others there is nothing to go
on with: `reset` takes the numbers away and keeps what is still news.
"""

import asyncio
from asyncio import Task
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Final

import msgspec
import structlog
from msgspec import Raw, Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError
from voltyard.ports.bus import Bus, BusGone, NoResponders
from voltyard.runtimes.control.messages import ItemFrame, LineRefusal, decode_letter, encode

log = structlog.get_logger(__name__)

_HEAD_BYTES: Final = 1024
_decode_items = msgspec.json.Decoder(list[Raw]).decode


class ItemPriority(IntEnum):
    """Priority of an item: the lowest is given up first where there is no room."""

    FRAME = 0
    EVENT = 1
    KEPT = 2
    """Never given up; of those with one key only the newest is kept."""
    ANSWER = 3
    """Never given up, and nothing to another peer than the one who asked."""


class Item(Struct, frozen=True):
    """One message on its way."""

    kind: ItemPriority
    data: bytes
    key: str | None = None


class ItemExchange:
    """One end. `take` is called with each item of the peer's, in order; `lost` when a line has
    ended by itself, with the peer's refusal where there is one."""

    def __init__(
        self, bus: Bus, take: Callable[[bytes], None], lost: Callable[[LineRefusal | None], None]
    ) -> None:
        self._bus = bus
        self._take = take
        self._lost = lost
        self._backlog: dict[str | int, Item] = {}
        self._backlog_bytes = 0
        self._ordinal = 0
        self._batch: dict[str | int, Item] = {}
        """Items that are on their way, and the bytes of them that are not yet there."""
        self._rest = b""
        self._under_way = 0
        """Bytes of these in the frame under way."""
        self._is_whole = True
        """No piece of these is there."""
        self._last_sent = 0
        self._pieces: list[bytes] = []
        self._sending: Task[None] | None = None
        self._has_more = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()
        self.received = 0
        """The peer's last number."""
        self.dropped = 0
        """Items given up for want of room."""

    def put(self, kind: ItemPriority, message: Struct, key: str | None = None) -> None:
        """Send it as soon as there is a line, after all that was put before."""
        data = encode(message)
        if len(data) > limits.CONTROL_ITEM_BYTES:
            self.dropped += 1
            log.error("control_item_too_long", bytes=len(data), kind=kind.name.lower())
            return
        self._queue(Item(kind, data, key))
        if self._backlog_bytes > limits.CONTROL_BACKLOG_BYTES:
            self._shed()

    def withdraw(self, key: str) -> bool:
        """Take back what was put under that key; False where it has gone out."""
        item = self._backlog.pop(key, None)
        if item is not None:
            self._backlog_bytes -= len(item.data)
        return item is not None

    def attach(self, subject: str, worker: str, line: str, peer_received: int) -> None:
        """Go on over a new line, from what the peer says it has had."""
        self.detach()
        self._taken(peer_received)
        self._sending = asyncio.create_task(self._send(subject, worker, line))

    def detach(self) -> None:
        """End the line."""
        if self._sending is not None and self._sending is not asyncio.current_task():
            self._sending.cancel()
        self._sending = None

    def reset(self, keep: Callable[[Item], bool], first: Iterable[Struct] = ()) -> None:
        """Begin anew with another peer: what is kept goes after `first`, numbered from 1."""
        self.detach()
        waiting = [*self._batch.values(), *self._backlog.values()]
        self._backlog, self._backlog_bytes = {}, 0
        self._batch, self._rest, self._pieces = {}, b"", []
        self._under_way = self._last_sent = self.received = 0
        for message in first:
            self._queue(Item(ItemPriority.ANSWER, encode(message)))
        for item in waiting:
            if keep(item):
                self._queue(item)
        self._note_emptiness()

    def frame(self, frame: ItemFrame, body: bytes) -> bool:
        """Take a frame of the peer's; False where one before it is missing."""
        if frame.n <= self.received:
            return True  # sent again by a peer who had not heard that it was taken
        if frame.n != self.received + 1:
            log.error("control_frame_missing", received=self.received, came=frame.n)
            return False
        self.received = frame.n
        self._pieces.append(body)
        if frame.last:
            whole, self._pieces = b"".join(self._pieces), []
            for item in _decode_items(whole):
                self._hand_over(bytes(item))
        return True

    @property
    def is_empty(self) -> bool:
        """True where the peer has taken everything."""
        return self._emptied.is_set()

    async def emptied(self) -> None:
        """Return once the peer has taken everything."""
        await self._emptied.wait()

    def _queue(self, item: Item) -> None:
        key: str | int
        if item.key is None:
            self._ordinal += 1
            key = self._ordinal
        else:
            key = item.key
            self.withdraw(key)  # the newest goes where the newest is
        self._backlog[key] = item
        self._backlog_bytes += len(item.data)
        self._emptied.clear()
        self._has_more.set()

    async def _send(self, subject: str, worker: str, line: str) -> None:
        refusal: LineRefusal | None = None
        try:
            while refusal is None:
                await self._something_to_send()
                number = self._last_sent + (1 if self._rest else 0)
                most = min(limits.CONTROL_BATCH_BYTES, self._bus.most_bytes - _HEAD_BYTES)
                body = self._rest[: self._under_way or most]
                self._under_way = len(body)
                last = len(body) == len(self._rest)
                head = encode(ItemFrame(worker=worker, line=line, n=number, last=last))
                data = b"%b\n%b" % (head, body)
                answer = await self._bus.request(subject, data, limits.CONTROL_ANSWER_S)
                letter = decode_letter(answer)
                if isinstance(letter, LineRefusal):
                    refusal = letter
                else:
                    self._taken(number)
        except (VoltyardError, msgspec.MsgspecError) as error:
            log.info("control_line_lost", worker=worker, reason=str(error))
            if isinstance(error, NoResponders | BusGone):
                self._take_back()
        self._sending = None
        self._lost(refusal)

    async def _something_to_send(self) -> None:
        """Return once there is something, or the peer is to be asked whether it is there."""
        if not self._rest and not self._backlog:
            self._has_more.clear()
            try:
                async with asyncio.timeout(limits.CONTROL_BEAT_S):
                    await self._has_more.wait()
            except TimeoutError:
                return
        if not self._rest:
            self._fill()

    def _fill(self) -> None:
        """Take the next items out of the backlog: as many as one frame has, or one that has not."""
        batch: dict[str | int, Item] = {}
        size = 0
        for key, item in self._backlog.items():
            size += len(item.data) + 1
            if batch and size > limits.CONTROL_BATCH_BYTES - 2:
                break
            batch[key] = item
        for key, item in batch.items():
            del self._backlog[key]
            self._backlog_bytes -= len(item.data)
        self._batch, self._is_whole = batch, True
        self._rest = b"[%b]" % b",".join(item.data for item in batch.values())

    def _take_back(self) -> None:
        """Nothing of what was under way has gone out: it may be withdrawn again."""
        if self._is_whole:
            older = {key: item for key, item in self._batch.items() if key not in self._backlog}
            self._backlog = {**older, **self._backlog}
            self._backlog_bytes += sum(len(item.data) for item in older.values())
            self._batch, self._rest, self._under_way = {}, b"", 0

    def _taken(self, number: int) -> None:
        """The peer has had everything up to that number."""
        if number > self._last_sent and self._rest:
            self._last_sent += 1
            self._rest = self._rest[self._under_way :]
            self._under_way, self._is_whole = 0, False
            if not self._rest:
                self._batch = {}
        self._note_emptiness()

    def _note_emptiness(self) -> None:
        if not self._rest and not self._backlog:
            self._emptied.set()

    def _shed(self) -> None:
        """Make room by a tenth more than is needed, so that it is not done at every step."""
        goal = limits.CONTROL_BACKLOG_BYTES * 9 // 10
        before = self.dropped
        for kind in (ItemPriority.FRAME, ItemPriority.EVENT):
            for key in [key for key, item in self._backlog.items() if item.kind is kind]:
                if self._backlog_bytes <= goal:
                    break
                self._backlog_bytes -= len(self._backlog.pop(key).data)
                self.dropped += 1
        if self.dropped > before:
            log.warning("reports_dropped", count=self.dropped - before, in_all=self.dropped)

    def _hand_over(self, item: bytes) -> None:
        try:
            self._take(item)
        except Exception:  # a bug; what came with it is not to be lost
            log.exception("control_item_failed")
