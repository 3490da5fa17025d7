"""Ordered stream of items, each once, over links that come and go between two processes.

What is put waits in a backlog; it gets a number when it goes out, and is kept until the peer has
acknowledged that number. A new link between the same two goes on where the last one ended. Between
others there is nothing to go on with: `reset` takes the numbers away and keeps what is still news.
"""

import asyncio
from asyncio import Handle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import Final

import structlog
from msgspec import Struct

from voltyard.kernel import limits
from voltyard.ports.links import Link
from voltyard.runtimes.control.messages import PROTOCOL_ERROR, TOO_BIG, Ack, Items, Piece, encode

log = structlog.get_logger(__name__)

_PIECE_CHARACTERS: Final = 40 * 1024
"""Of UTF-8 up to four bytes each, and quotes and backslashes are escaped: below FRAME_BYTES."""


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


class _Sent(Struct):
    number: int
    text: str
    items: tuple[Item, ...]


class Stream:
    """One end of the stream. `take` is called with each item of the peer's, in order."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._link: Link | None = None
        self._backlog: dict[str | int, Item] = {}
        self._backlog_bytes = 0
        self._ordinal = 0
        self._sent: deque[_Sent] = deque()
        self._sent_bytes = 0
        self._last_sent = 0
        self._pieces: list[str] = []
        self._pieces_characters = 0
        self._turn: Handle | None = None
        self._owes_ack = False
        self._emptied = asyncio.Event()
        self._emptied.set()
        self.received = 0
        """The peer's last number."""
        self.dropped = 0
        """Items given up for want of room."""

    def put(self, kind: ItemPriority, message: Struct, key: str | None = None) -> None:
        """Send it as soon as there is a link, after all that was put before."""
        data = encode(message)
        if len(data) > limits.CONTROL_ITEM_BYTES:
            self.dropped += 1
            log.error("control_item_too_long", bytes=len(data), kind=kind.name.lower())
            return
        self._queue(Item(kind, data, key))
        if self._backlog_bytes > limits.CONTROL_BACKLOG_BYTES:
            self._shed()
        self._schedule()

    def withdraw(self, key: str) -> bool:
        """Take back what was put under that key; False where it has gone out."""
        item = self._backlog.pop(key, None)
        if item is not None:
            self._backlog_bytes -= len(item.data)
        return item is not None

    def attach(self, link: Link, peer_received: int) -> None:
        """Go on over a new link, from what the peer says it has had."""
        self._link = link
        self._acknowledged(peer_received)
        for sent in self._sent:
            link.send(sent.text)
        self._schedule()

    def flush(self) -> None:
        """Send now what waits for the end of the turn, for the link is about to be closed: a peer
        whose last items are not acknowledged would wait for another link."""
        if self._turn is not None:
            self._turn.cancel()
        self._flush()

    def detach(self) -> None:
        """The link is gone."""
        self._link = None

    def reset(self, keep: Callable[[Item], bool], first: Iterable[Struct] = ()) -> None:
        """Begin anew with another peer: what is kept goes after `first`, numbered from 1."""
        self._link = None
        waiting = [*self._unacknowledged(), *self._backlog.values()]
        self._backlog, self._backlog_bytes = {}, 0
        self._sent.clear()
        self._sent_bytes = self._last_sent = self.received = 0
        self._pieces, self._pieces_characters, self._owes_ack = [], 0, False
        for message in first:
            self._queue(Item(ItemPriority.ANSWER, encode(message)))
        for item in waiting:
            if keep(item):
                self._queue(item)
        self._note_emptiness()

    def envelope(self, envelope: Items | Piece | Ack) -> None:
        """A frame of the peer's came."""
        if isinstance(envelope, Ack):
            self._acknowledged(envelope.n)
            self._schedule()
            return
        self._owes_ack = True
        self._schedule()
        if envelope.n <= self.received:
            return  # sent again by a peer who had not heard that it was taken
        if envelope.n != self.received + 1:
            self._violated(PROTOCOL_ERROR, "a number is missing")
            return
        self.received = envelope.n
        if isinstance(envelope, Items):
            for item in envelope.items:
                self._hand_over(bytes(item))
        else:
            self._piece(envelope)

    async def emptied(self) -> None:
        """Return once the peer has acknowledged everything."""
        await self._emptied.wait()

    # --- out -----------------------------------------------------------------------------------

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

    def _schedule(self) -> None:
        """Send at the end of this turn of the loop: what comes together goes together."""
        if self._turn is None and self._link is not None:
            self._turn = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._turn = None
        link = self._link
        if link is None:
            return
        if self._owes_ack:
            self._owes_ack = False
            link.send(encode(Ack(n=self.received)).decode())
        while self._backlog and self._sent_bytes < limits.CONTROL_WINDOW_BYTES:
            for sent in self._next():
                self._sent.append(sent)
                self._sent_bytes += len(sent.text)
                link.send(sent.text)

    def _next(self) -> Iterator[_Sent]:
        """The next frame, or the pieces of the next item."""
        batch: list[Item] = []
        size = 0
        for key, item in list(_first(self._backlog)):
            if batch and size + len(item.data) > limits.CONTROL_BATCH_BYTES:
                break
            batch.append(item)
            size += len(item.data)
            del self._backlog[key]
        self._backlog_bytes -= size
        if size <= limits.CONTROL_BATCH_BYTES:
            self._last_sent += 1
            body = b",".join(item.data for item in batch).decode()
            text = f'{{"type":"items","n":{self._last_sent},"items":[{body}]}}'
            yield _Sent(self._last_sent, text, tuple(batch))
            return
        [item] = batch
        whole = item.data.decode()
        for start in range(0, len(whole), _PIECE_CHARACTERS):
            self._last_sent += 1
            end = start + _PIECE_CHARACTERS
            piece = Piece(n=self._last_sent, last=end >= len(whole), text=whole[start:end])
            yield _Sent(self._last_sent, encode(piece).decode(), (item,))

    def _acknowledged(self, number: int) -> None:
        while self._sent and self._sent[0].number <= number:
            self._sent_bytes -= len(self._sent.popleft().text)
        self._note_emptiness()

    def _note_emptiness(self) -> None:
        if not self._sent and not self._backlog:
            self._emptied.set()

    def _unacknowledged(self) -> list[Item]:
        """An item in pieces once, however many of them are on their way."""
        return list({id(item): item for sent in self._sent for item in sent.items}.values())

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

    # --- in ------------------------------------------------------------------------------------

    def _piece(self, piece: Piece) -> None:
        self._pieces.append(piece.text)
        self._pieces_characters += len(piece.text)
        if self._pieces_characters > limits.CONTROL_ITEM_BYTES:
            self._violated(TOO_BIG, "an item is too long")
        elif piece.last:
            whole = "".join(self._pieces)
            self._pieces, self._pieces_characters = [], 0
            self._hand_over(whole.encode())

    def _hand_over(self, item: bytes) -> None:
        try:
            self._take(item)
        except Exception:  # a bug; what came with it is not to be lost
            log.exception("control_item_failed")

    def _violated(self, code: int, reason: str) -> None:
        log.error("control_link_violated", reason=reason)
        if self._link is not None:
            self._link.close(code, reason)


def _first(backlog: dict[str | int, Item]) -> Iterator[tuple[str | int, Item]]:
    """The first items of a backlog: as many as fill a frame, and one that may not."""
    size = 0
    for key, item in backlog.items():
        yield key, item
        size += len(item.data)
        if size > limits.CONTROL_BATCH_BYTES:
            return
