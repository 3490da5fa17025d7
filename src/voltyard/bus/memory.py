"""Bus in memory: the processes of one event loop, each with an end that can be cut off."""

import asyncio
from asyncio import Future, Task
from collections import defaultdict, deque
from collections.abc import Iterable
from contextvars import copy_context
from dataclasses import dataclass, field

import structlog

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, Overfull
from voltyard.kernel.time import Seconds
from voltyard.ports.bus import BusGone, Handler, NoResponders, NotAnswered

log = structlog.get_logger(__name__)

_MOST_BYTES = 1024 * 1024


@dataclass(eq=False)
class _Stream:
    subjects: tuple[str, ...]
    kept: deque[tuple[int, Seconds, str, bytes]] = field(default_factory=deque)
    """Number, moment, subject and data."""
    size: int = 0
    last: int = 0
    keys: dict[str, Seconds] = field(default_factory=dict)
    """Moments of appending by key, the oldest first."""
    stood: dict[str, int] = field(default_factory=dict)
    """The last number that each follower has handled."""
    turns: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    def forget(self, now: Seconds) -> None:
        """Drop what has become too old: keys, and what was appended."""
        while self.keys:
            oldest = next(iter(self.keys))
            if now - self.keys[oldest] < limits.BUS_REPEATS_S:
                break
            del self.keys[oldest]
        while self.kept and now - self.kept[0][1] > limits.BUS_STREAM_AGE_S:
            self.size -= len(self.kept.popleft()[3])

    def after(self, number: int) -> tuple[int, Seconds, str, bytes] | None:
        """The first that is kept of those after that number; numbers have no gaps."""
        if number >= self.last or not self.kept:
            return None
        return self.kept[-min(self.last - number, len(self.kept))]


class MemoryBroker:
    """The middle of the bus. Must be made inside the running loop."""

    def __init__(self) -> None:
        self.is_up = True
        """False while the bus is gone for all; what streams keep outlives that."""
        self.subscriptions: list[_Subscription] = []
        self.streams: dict[str, _Stream] = {}
        self._turn = 0

    def hearers(self, subject: str) -> list["_Subscription"]:
        """Every subscription without a group, and of each group the next in turn."""
        groups: dict[str, list[_Subscription]] = defaultdict(list)
        alone: list[_Subscription] = []
        for one in self.subscriptions:
            if one.bus.is_there and _is_matched(one.subject, subject):
                (groups[one.group] if one.group else alone).append(one)
        self._turn += 1
        return alone + [members[self._turn % len(members)] for members in groups.values()]


class MemoryBus:
    """One process's end."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._is_cut = False
        self._asked: dict[Future[bytes], None] = {}
        self._following: list[_Following] = []

    @property
    def is_there(self) -> bool:
        """True where it is neither cut off nor the bus gone."""
        return self._broker.is_up and not self._is_cut

    @property
    def problem(self) -> str:
        return "" if self.is_there else "the bus in memory is cut off"

    @property
    def most_bytes(self) -> int:
        return _MOST_BYTES

    def cut(self) -> None:
        """Cut this end off."""
        self._is_cut = True
        for answer in list(self._asked):
            if not answer.done():
                answer.set_exception(NotAnswered("the bus was lost before the answer"))

    def mend(self) -> None:
        """Let this end back in."""
        self._is_cut = False

    async def publish(self, subject: str, data: bytes) -> None:
        self._check(data)
        for one in self._broker.hearers(subject):
            one.put(subject, data, None)

    async def subscribe(
        self, subject: str, handler: Handler, *, group: str = ""
    ) -> "_Subscription":
        self._check(b"")
        subscription = _Subscription(self._broker, self, subject, handler, group)
        self._broker.subscriptions.append(subscription)
        return subscription

    async def request(self, subject: str, data: bytes, timeout_s: Seconds) -> bytes:
        self._check(data)
        hearers = self._broker.hearers(subject)
        if not hearers:
            raise NoResponders(f"nothing hears {subject}")
        answer: Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[answer] = None
        for one in hearers:
            one.put(subject, data, answer)
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            raise NotAnswered(f"{subject} did not answer in {timeout_s:g} s") from None
        finally:
            self._asked.pop(answer, None)

    async def keep(self, stream: str, subjects: tuple[str, ...]) -> None:
        self._check(b"")
        for name, one in self._broker.streams.items():
            if name != stream and set(one.subjects) & set(subjects):
                raise Invalid(f"the stream {name} has those subjects")
        self._broker.streams.setdefault(stream, _Stream(subjects)).subjects = subjects

    async def append(self, subject: str, data: bytes, key: str) -> None:
        self._check(data)
        now = asyncio.get_running_loop().time()
        for stream in self._broker.streams.values():
            if any(_is_matched(one, subject) for one in stream.subjects):
                break
        else:
            raise NoResponders(f"no stream keeps {subject}")
        stream.forget(now)
        if key in stream.keys:
            return
        if stream.size + len(data) > limits.BUS_STREAM_BYTES:
            raise Overfull(f"the stream of {subject} is full")
        stream.last += 1
        stream.keys[key] = now
        stream.size += len(data)
        stream.kept.append((stream.last, now, subject, data))
        stream.grown.set()

    async def follow(self, stream: str, name: str, handler: Handler) -> "_Following":
        self._check(b"")
        if stream not in self._broker.streams:
            raise NoResponders(f"there is no stream {stream}")
        following = _Following(self, self._broker.streams[stream], name, handler)
        self._following.append(following)
        return following

    async def close(self) -> None:
        mine = [one for one in self._broker.subscriptions if one.bus is self]
        await asyncio.gather(*(one.end() for one in mine))
        await asyncio.gather(*(one.end() for one in self._following))
        self.cut()

    def _check(self, data: bytes) -> None:
        if not self.is_there:
            raise BusGone(self.problem)
        if len(data) > _MOST_BYTES:
            raise Invalid(f"a message of {len(data)} bytes is too long for the bus")


class _Subscription:
    def __init__(
        self, broker: MemoryBroker, bus: MemoryBus, subject: str, handler: Handler, group: str
    ) -> None:
        self.bus = bus
        self.subject = subject
        self.group = group
        self.dropped = 0
        self._broker = broker
        self._handler = handler
        self._context = copy_context()
        """The subscriber's, in which its messages are handled, whoever sent them."""
        self._waiting: deque[tuple[str, bytes, Future[bytes] | None]] = deque()
        self._bytes = 0
        self._working: Task[None] | None = None

    def put(self, subject: str, data: bytes, answer: "Future[bytes] | None") -> None:
        """Have it handled after all that waits, or drop it."""
        self._bytes += len(data)
        if (
            len(self._waiting) >= limits.BUS_PENDING_MESSAGES
            or self._bytes > limits.BUS_PENDING_BYTES
        ):
            self._bytes -= len(data)
            self.dropped += 1
            return
        self._waiting.append((subject, data, answer))
        if self._working is None or self._working.done():
            loop = asyncio.get_running_loop()
            self._working = loop.create_task(self._work(), context=self._context.copy())

    async def end(self) -> None:
        if self in self._broker.subscriptions:
            self._broker.subscriptions.remove(self)
        self._waiting.clear()
        if self._working is not None and self._working is not asyncio.current_task():
            await asyncio.wait([self._working])

    async def _work(self) -> None:
        while self._waiting:
            subject, data, answer = self._waiting.popleft()
            self._bytes -= len(data)
            try:
                said = await self._handler(subject, data)
            except Exception:
                log.exception("bus_handler_failed", subject=subject)
                continue
            if said is not None and answer is not None and not answer.done() and self.bus.is_there:
                answer.set_result(said)


class _Following:
    dropped = 0

    def __init__(self, bus: MemoryBus, stream: _Stream, name: str, handler: Handler) -> None:
        self._bus = bus
        self._stream = stream
        self._name = name
        self._handler = handler
        self._is_ended = False
        self._working = asyncio.get_running_loop().create_task(self._work())

    async def end(self) -> None:
        self._is_ended = True
        self._stream.grown.set()
        await asyncio.wait([self._working])

    async def _work(self) -> None:
        stream = self._stream
        while not self._is_ended:
            async with stream.turns[self._name]:
                failed = self._bus.is_there and await self._next()
            if failed or not self._bus.is_there:
                await asyncio.sleep(limits.BUS_AGAIN_S)
            elif stream.last == stream.stood.get(self._name, 0):
                stream.grown.clear()
                await stream.grown.wait()

    async def _next(self) -> bool:
        """Handle the next one; True where it has to come again."""
        stream = self._stream
        found = stream.after(stream.stood.get(self._name, 0))
        if found is None:
            stream.stood[self._name] = stream.last
            return False
        number, _, subject, data = found
        try:
            await self._handler(subject, data)
        except Exception:
            log.exception("bus_handler_failed", subject=subject)
            return True
        stream.stood[self._name] = number
        return False


def _is_matched(pattern: str, subject: str) -> bool:
    return _are_matched(pattern.split("."), subject.split("."))


def _are_matched(pattern: Iterable[str], words: list[str]) -> bool:
    number = 0
    for number, one in enumerate(pattern, 1):
        if one == ">":
            return len(words) >= number
        if len(words) < number or one not in ("*", words[number - 1]):
            return False
    return number == len(words)
