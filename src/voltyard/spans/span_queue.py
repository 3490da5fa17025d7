"""Queue of spans that have ended, and the thread that sends them."""

import asyncio
import threading
import time
from collections import deque
from itertools import islice

import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from voltyard.kernel import limits
from voltyard.kernel.time import Seconds

log = structlog.get_logger(__name__)


class SpanQueue:
    """Sends spans in batches, beside the event loop. While they cannot be sent they wait, up to
    limits.SPANS_WAITING; a further one is dropped. The log has a line when that begins, and one
    when it is over."""

    def __init__(
        self,
        exporter: SpanExporter,
        shown_url: str,
        *,
        linger_s: Seconds = limits.SPANS_LINGER_S,
        retry_s: Seconds = limits.SPANS_RETRY_S,
    ) -> None:
        """`shown_url` names the receiver in the log."""
        self._exporter = exporter
        self._shown_url = shown_url
        self._linger_s = linger_s
        self._retry_s = retry_s
        self._waiting: deque[ReadableSpan] = deque()
        self._lock = threading.Lock()
        self._some = threading.Event()
        """Set while there are some, and once there will be no more."""
        self._ending = threading.Event()
        self._failed_at: float | None = None
        self._dropped = 0
        self._thread = threading.Thread(target=self._send_all, name="spans", daemon=True)
        self._thread.start()

    def put(self, span: ReadableSpan) -> None:
        """Take a span. Never waits for the receiver."""
        with self._lock:
            if len(self._waiting) >= limits.SPANS_WAITING:
                self._dropped += 1
                return
            self._waiting.append(span)
        if not self._some.is_set():
            self._some.set()

    async def close(self) -> None:
        """Send what waits, where the receiver takes it within limits.SPANS_CLOSE_S."""
        self._ending.set()
        self._some.set()
        await asyncio.to_thread(self._thread.join, limits.SPANS_CLOSE_S)
        await asyncio.to_thread(self._exporter.shutdown)

    def _send_all(self) -> None:
        while not (self._ending.is_set() and not self._waiting):
            self._some.wait()
            pause_s = self._linger_s if self._failed_at is None else self._retry_s
            self._ending.wait(pause_s)  # more of them may come meanwhile, and go along
            if self._ending.is_set() and self._failed_at is not None:
                return  # it would fail once more, and the server waits
            self._send()

    def _send(self) -> None:
        """Send all that wait, up to the first batch that is not taken."""
        while True:
            with self._lock:
                batch = list(islice(self._waiting, limits.SPANS_AT_ONCE))
                if not batch:
                    if not self._ending.is_set():
                        self._some.clear()
                    return
            is_taken = self._export(batch)
            if is_taken or self._is_given_up():
                with self._lock:
                    for _ in batch:
                        self._waiting.popleft()
                    self._dropped += 0 if is_taken else len(batch)
            if not is_taken:
                return

    def _export(self, batch: list[ReadableSpan]) -> bool:
        try:
            is_taken = self._exporter.export(batch) is SpanExportResult.SUCCESS
        except Exception:
            log.exception("spans_not_encoded")
            is_taken = False
        if is_taken and self._failed_at is not None:
            log.info("spans_sent_again", url=self._shown_url, dropped=self._dropped)
            self._failed_at, self._dropped = None, 0
        elif not is_taken and self._failed_at is None:
            self._failed_at = time.monotonic()
            log.warning(
                "spans_not_sent",
                url=self._shown_url,
                kept=limits.SPANS_WAITING,
                hint="does a receiver of OTLP over HTTP listen there? It is tried again",
            )
        return is_taken

    def _is_given_up(self) -> bool:
        """True where the first batch holds back the others for too long: it may be the batch."""
        failed_s = time.monotonic() - (self._failed_at or 0.0)
        return failed_s > limits.SPANS_TRY_S
