"""Reports of runtimes, on their way to the log, to storage and to listeners."""

from collections import Counter
from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import Any, TypeAlias

import structlog
from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.masked_text import masked_text
from voltyard.kernel.time import Instant
from voltyard.ocpp.secrets import masked
from voltyard.ports.clock import Clock
from voltyard.ports.journal import Journal
from voltyard.ports.runtimes import LoggedFrame
from voltyard.yard.records import FrameLogged, MemoryKept, YardRecord

log = structlog.get_logger(__name__)

Listener: TypeAlias = Callable[[str, Mapping[str, Any]], None]
"""Told a deployment's id and an event of its charger, in the order they happened. Never waits."""


class ConnectionStatus(Struct, frozen=True):
    """Connection of a charger to its CSMS."""

    connected: bool
    since: Instant
    reason: str = ""


class RuntimeReports:
    """The ports.runtimes.WorkersListener of the yard."""

    def __init__(self, journal: Journal[YardRecord], clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._connections: dict[str, ConnectionStatus] = {}
        self._refusals: dict[str, tuple[str, ...]] = {}
        self.frames: Counter[tuple[str, str, str]] = Counter()
        """Frames so far, by direction, kind and verdict."""
        self.dials = {"connected": 0, "failed": 0, "lost": 0}
        """Dials so far that succeeded and failed, and links that were lost."""
        self._listeners: list[Listener] = []
        self._on_broken: Callable[[str, str], None] | None = None
        self._followed: Container[str] = ()
        self._on_framed: Callable[[str, LoggedFrame], None] | None = None
        self._keeping: dict[str, int] = {}
        """Deployments of whose memory something is being written, and how often."""
        self._newer: dict[str, MemoryKept] = {}
        """Writes that wait for that."""

    def connection(self, deployment_id: str) -> ConnectionStatus | None:
        """None until its first dial since it was started has succeeded or failed."""
        return self._connections.get(deployment_id)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have every event told; call what is returned to end it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def on_framed(self, heard: Callable[[str, LoggedFrame], None], of: Container[str]) -> None:
        """Have it told the frames of the deployments that are in `of` then."""
        self._on_framed, self._followed = heard, of

    def on_broken(self, heard: Callable[[str, str], None]) -> None:
        """Have it told which runtimes ended by themselves, and why."""
        self._on_broken = heard

    def forget(self, deployment_id: str) -> None:
        """The deployment does not run any more."""
        self._connections.pop(deployment_id, None)
        self._refusals.pop(deployment_id, None)

    def framed(self, deployment_id: str, frame: LoggedFrame) -> None:
        """Log a frame of a charger's link."""
        self.frames[frame.direction, frame.kind, frame.verdict.partition(":")[0]] += 1
        logged = FrameLogged(
            deployment_id=deployment_id,
            at=round(frame.at, 3),  # as it will be shown, so that a range can include it
            direction=frame.direction,
            kind=frame.kind,
            action=frame.action,
            message_id=frame.message_id,
            text=masked(frame.text)[: limits.LOGGED_FRAME_CHARS],
            latency_s=frame.latency_s,
            verdict=frame.verdict,
        )
        self._journal.write([logged])
        if deployment_id in self._followed and self._on_framed is not None:
            self._on_framed(deployment_id, frame)

    def happened(self, deployment_id: str, event: Mapping[str, Any]) -> None:
        if event.get("type") == "connection":
            self._connected(deployment_id, event)
        elif event.get("type") == "answer_refused":
            self._answer_refused(deployment_id, event)
        for listener in tuple(self._listeners):
            listener(deployment_id, event)

    def _connected(self, deployment_id: str, event: Mapping[str, Any]) -> None:
        """A charger that is still not connected has been so since before; its reason is new."""
        connected, since = event["connected"], event["at"]
        before = self._connections.get(deployment_id)
        if before is not None and not connected and not before.connected:
            since = before.since
        was_connected = before is not None and before.connected
        if connected or not was_connected:
            self.dials["connected" if connected else "failed"] += 1
        else:
            self.dials["lost"] += 1
        self._connections[deployment_id] = ConnectionStatus(
            connected=connected, since=since, reason=masked_text(event.get("reason", ""))
        )

    def _answer_refused(self, deployment_id: str, event: Mapping[str, Any]) -> None:
        """In the log once: it comes again with every boot or heartbeat."""
        refusal = (event["action"], event["field"], event["rule"])
        if self._refusals.get(deployment_id) == refusal:
            return
        self._refusals[deployment_id] = refusal
        log.warning(
            "answer_refused",
            deployment=deployment_id,
            action=event["action"],
            field=event["field"],
            rule=event["rule"],
            message=event["message"],
        )

    def remembered(self, deployment_id: str, snapshot: bytes) -> None:
        kept = MemoryKept(deployment_id=deployment_id, snapshot=snapshot, kept_at=self._clock())
        if deployment_id in self._keeping and self._journal.pressure:
            # Under pressure the newest waits for the one before: each is the whole.
            self._newer[deployment_id] = kept
            return
        self._keep(kept)

    def _keep(self, kept: MemoryKept) -> None:
        id = kept.deployment_id
        self._keeping[id] = self._keeping.get(id, 0) + 1
        # Written at once: a killed server loses the least.
        self._journal.write([kept], partial(self._kept, id))

    def _kept(self, id: str) -> None:
        left = self._keeping[id] - 1
        if left:
            self._keeping[id] = left
            return
        del self._keeping[id]
        newer = self._newer.pop(id, None)
        if newer is not None:
            self._keep(newer)

    def interrupted(self, deployment_id: str, reason: str) -> None:
        connection = self._connections.get(deployment_id)
        if connection is not None and connection.connected:
            lost = {"type": "connection", "at": self._clock(), "connected": False, "reason": reason}
            self.happened(deployment_id, lost)

    def broke(self, deployment_id: str, reason: str) -> None:
        log.error("runtime_broke", deployment=deployment_id, reason=reason)
        self.forget(deployment_id)
        if self._on_broken is not None:
            self._on_broken(deployment_id, reason)
