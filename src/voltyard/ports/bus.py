"""The bus between processes: messages by subject, requests, and streams that are kept.

Subjects are words with dots between; a subscription may have `*` for one word and `>` for the rest.
What each operation means when something is amiss:

- *The bus is gone* (its server has ended, or the way to it is cut): publish, request, append and
  all that changes a subscription raise BusGone at once, and a request whose answer has not come
  NotAnswered. Nothing is kept here to be sent later, so nothing arrives late that its sender has
  given up. Subscriptions stand, and hear again what is said once the bus is back; it is dialled
  for as long as it takes.
- *A partition*: whoever is cut off finds the bus gone; to the others it is a subscriber less, and
  what they ask of it alone raises NoResponders. Streams are told apart from that by their
  positions: a follower goes on where it was.
- *A slow subscriber* holds up nobody else. Its messages are handled one by one, in the order of
  each sender; what comes beyond limits.BUS_PENDING_MESSAGES and BUS_PENDING_BYTES is dropped and
  counted. A request among them is not answered, and its sender knows.
- *A loss would matter*: append to a stream. What was appended is stored when append returns, and is
  handed to each follower until it has handled it, in order; again where it may not have done so.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds

Handler: TypeAlias = Callable[[str, bytes], Awaitable[bytes | None]]
"""Handles a message, by subject and data. What is returned is the answer, where one is asked for;
without one, and where it raises, whoever asks gets none."""


class BusGone(Unavailable):
    """The bus that is not reached at present. Nothing was done."""

    code = "bus_gone"
    hint = "it is dialled again and again; see to the bus server, and to VOLTYARD_BUS_URL"


class NoResponders(Unavailable):
    """A request whose subject has no subscriber: known at once, and nothing was done."""

    code = "no_responders"


class NotAnswered(Unavailable):
    """A request that was not answered in time, or while there was a bus; it may have been carried
    out."""

    code = "not_answered"


class Subscription(Protocol):
    """A subscription to a subject, or a follower of a stream."""

    @property
    def dropped(self) -> int:
        """Messages dropped because too many waited."""

    async def end(self) -> None:
        """Hear no more. What is being handled is handled to its end."""


class Bus(Protocol):
    """One process's end of the bus."""

    @property
    def problem(self) -> str:
        """The problem that it has now, in words; empty while it is well."""

    @property
    def most_bytes(self) -> int:
        """Bytes of one message at most; a longer one is Invalid."""

    async def publish(self, subject: str, data: bytes) -> None:
        """Send to every subscriber, and of each group to one: at most once."""

    async def subscribe(self, subject: str, handler: Handler, *, group: str = "") -> Subscription:
        """Hear a subject from now on; of those in one group each message has one hearer. Invalid
        where the bus does not allow it."""

    async def request(self, subject: str, data: bytes, timeout_s: Seconds) -> bytes:
        """Send, and return the first answer. NoResponders, NotAnswered."""

    async def keep(self, stream: str, subjects: tuple[str, ...]) -> None:
        """Have a stream that keeps all that is appended to those subjects, for
        limits.BUS_STREAM_AGE_S. Invalid where the bus keeps none, or another stream has one of
        the subjects."""

    async def append(self, subject: str, data: bytes, key: str) -> None:
        """Store in the stream of that subject. What has the key of something appended in the last
        limits.BUS_REPEATS_S is the same, sent again, and is stored once. Overfull where the stream
        has no room, NoResponders where there is none: nothing was stored then."""

    async def follow(self, stream: str, name: str, handler: Handler) -> Subscription:
        """Hear a stream, as the follower of that name: from where it stood, else from the first.
        A message whose handler raises comes again after limits.BUS_AGAIN_S. Of followers of one
        name, on any number of processes, one at a time has a message."""

    async def close(self) -> None:
        """End all subscriptions, and leave."""
