"""Spans on their way to the receiver, which may be away."""

import asyncio
import threading
from collections.abc import Sequence

import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from voltyard.kernel import limits
from voltyard.spans.span_queue import SpanQueue


class Receiver(SpanExporter):
    """Takes what comes, or refuses it."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.names: list[str] = []
        self.is_away = is_away
        self.was_asked = threading.Event()
        self.has_all = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self.is_away:
            self.was_asked.set()
            return SpanExportResult.FAILURE
        self.names += [one.name for one in spans]
        if len(self.names) >= limits.SPANS_WAITING:
            self.has_all.set()
        return SpanExportResult.SUCCESS


async def test_what_waits_is_sent_as_the_queue_closes() -> None:
    receiver = Receiver()
    queue = SpanQueue(receiver, "http://there", linger_s=60)

    for number in range(2 * limits.SPANS_AT_ONCE):
        queue.put(ReadableSpan(str(number)))
    await queue.close()

    assert receiver.names == [str(number) for number in range(2 * limits.SPANS_AT_ONCE)]


async def test_a_receiver_that_was_away_gets_what_waited_up_to_the_bound() -> None:
    receiver = Receiver(is_away=True)
    with structlog.testing.capture_logs() as lines:
        queue = SpanQueue(receiver, "http://there", linger_s=0.01, retry_s=0.01)
        queue.put(ReadableSpan("0"))
        assert await asyncio.to_thread(receiver.was_asked.wait, 60)
        for number in range(1, limits.SPANS_WAITING + 5):
            queue.put(ReadableSpan(str(number)))

        receiver.is_away = False
        assert await asyncio.to_thread(receiver.has_all.wait, 60)
        await queue.close()

    assert receiver.names == [str(number) for number in range(limits.SPANS_WAITING)]
    told = [(one["event"], one.get("dropped")) for one in lines]
    assert told == [("spans_not_sent", None), ("spans_sent_again", 5)]


async def test_closing_does_not_wait_for_a_receiver_that_is_away() -> None:
    receiver = Receiver(is_away=True)
    queue = SpanQueue(receiver, "http://there", linger_s=0.01, retry_s=600)
    queue.put(ReadableSpan("0"))
    assert await asyncio.to_thread(receiver.was_asked.wait, 60)

    async with asyncio.timeout(60):
        await queue.close()

    assert receiver.names == []
