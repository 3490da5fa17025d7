"""The backend on a journal in memory, and chargers made of text frames."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

from tests.fakes.journals import MemoryJournal
from voltyard.csms.backend import Backend
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.registry import ChargerChange, RegisteredCharger
from voltyard.ports.links import Admitted, Barred, Handshake, LinkUser, PeerCertificate

ORG = "org_default"
START = 1_790_000_000.0
ZULU = "2026-09-21T14:13:20Z"
"""START, as it is written on the wire."""

BOOT_16 = {"chargePointVendor": "Voltyard", "chargePointModel": "Post"}
BOOT_201 = {
    "reason": "PowerUp",
    "chargingStation": {"vendorName": "Voltyard", "model": "Post", "serialNumber": "S1"},
}


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Wire:
    """The backend's link: what was sent, and how it was closed."""

    def __init__(self, subprotocol: str | None) -> None:
        self.subprotocol = subprotocol
        self.sent: list[str] = []
        self.closed: tuple[int, str] | None = None
        self.is_paused = False
        self.probes: list[Callable[[], None]] = []

    def send(self, text: str) -> None:
        assert self.closed is None, "a frame after the close"
        self.sent.append(text)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed = self.closed or (code, reason)

    def pause(self) -> None:
        self.is_paused = True

    def resume(self) -> None:
        self.is_paused = False

    def probe(self, answered: Callable[[], None]) -> None:
        self.probes.append(answered)

    def abort(self) -> None:
        self.close(1006)


class Peer:
    """A charger's end of a link. `say` is a CALL and its answer."""

    _ids = count(1)

    def __init__(self, yard: "Yard", user: LinkUser, subprotocol: str | None) -> None:
        self.yard = yard
        self.wire = Wire(subprotocol)
        self._user = user
        user.opened(self.wire)

    def text(self, text: str) -> None:
        """Any frame."""
        self._user.received(text)

    def call(self, action: str, payload: Any, id: str | None = None) -> str:
        """A CALL; its id."""
        id = id or f"c{next(self._ids)}"
        self.text(json.dumps([2, id, action, payload]))
        return id

    def answers(self, id: str) -> list[Any]:
        """The answers that have come to the CALL of that id."""
        frames = [json.loads(text) for text in self.wire.sent]
        return [frame for frame in frames if frame[0] in (3, 4) and frame[1] == id]

    async def say(self, action: str, payload: Any) -> Any:
        """A CALL that is answered with a CALLRESULT: its payload."""
        kind, _, content = (await self.ask(action, payload))[:3]
        assert kind == 3, content
        return content

    async def ask(self, action: str, payload: Any) -> Any:
        """A CALL: the frame that answers it."""
        id = self.call(action, payload)
        await self.yard.settle()
        (answer,) = self.answers(id)
        return answer

    async def boot(self) -> None:
        """BootNotification of the link's version."""
        boot = BOOT_201 if self.wire.subprotocol == "ocpp2.0.1" else BOOT_16
        await self.say("BootNotification", boot)

    def asked(self) -> list[list[Any]]:
        """The CALLs that the backend has sent."""
        frames = [json.loads(text) for text in self.wire.sent]
        return [frame for frame in frames if frame[0] == 2]

    async def answer(self, payload: Any) -> None:
        """Answer the backend's last CALL."""
        self.text(json.dumps([3, self.asked()[-1][1], payload]))
        await self.yard.settle()

    async def refuse(self, code: str, description: str = "", details: Any = None) -> None:
        """Answer the backend's last CALL with a CALLERROR."""
        id = self.asked()[-1][1]
        self.text(json.dumps([4, id, code, description, details or {}]))
        await self.yard.settle()

    async def gone(self, code: int = 1006, reason: str = "") -> None:
        """The link is gone."""
        self._user.closed(code, reason)
        await self.yard.settle()


class Yard:
    """One backend, what it stores, and what it reports."""

    def __init__(
        self,
        journal: MemoryJournal | None = None,
        clock: Clock | None = None,
        seed: int = 7,
        **options: Any,
    ) -> None:
        self.clock = clock or Clock()
        self.journal = journal or MemoryJournal()
        self.events: list[Any] = []
        self.complaints: list[Exception] = []
        self.backend = Backend(
            self.journal,
            self.clock,
            random=Random(seed),
            report=self.events.append,
            complain=self.complaints.append,
            **options,
        )

    async def settle(self) -> None:
        """Let commits, verdicts and futures come to rest."""
        for _ in range(3):
            await asyncio.sleep(0)
            await self.journal.flush()

    async def register(
        self, box_id: str = "CP1", org: str = ORG, **fields: Any
    ) -> RegisteredCharger:
        """A charger."""
        return await self.backend.register(org, box_id, ChargerChange(**fields))

    def knock(
        self,
        path: str = "/ocpp/CP1",
        subprotocols: tuple[str, ...] = ("ocpp1.6",),
        user: str | None = None,
        password: str | bytes = "",
        certificate_name: str | None = None,
        *,
        certificate: PeerCertificate | None = None,
        is_secure: bool = False,
        remote: str = "192.0.2.1:40000",
        origin: str | None = None,
    ) -> Admitted | Barred:
        """A handshake."""
        header = None
        if user is not None:
            secret = password.encode() if isinstance(password, str) else password
            header = "Basic " + b64encode(user.encode() + b":" + secret).decode()
        if certificate_name is not None:
            certificate = PeerCertificate(certificate_name)
        shown = Handshake(
            path, subprotocols, header, remote, certificate, origin, "csms:9000", is_secure
        )
        verdict = self.backend.gate(shown)
        assert isinstance(verdict, Admitted | Barred)
        return verdict

    def connect(self, box_id: str = "CP1", subprotocol: str = "ocpp1.6") -> Peer:
        """A link of a registered charger."""
        admitted = self.knock(f"/ocpp/{box_id}", (subprotocol,))
        assert isinstance(admitted, Admitted), admitted
        return Peer(self, admitted.user, admitted.subprotocol)

    async def booted(
        self, box_id: str = "CP1", subprotocol: str = "ocpp1.6", **fields: Any
    ) -> Peer:
        """A registered charger, connected and accepted."""
        await self.register(box_id, **fields)
        peer = self.connect(box_id, subprotocol)
        await peer.boot()
        return peer

    async def command(
        self, command: BackendCommand, box_id: str = "CP1", timeout_s: float | None = None
    ) -> "asyncio.Task[BackendCommandResult]":
        """A command that has been sent, and not been answered."""
        task = asyncio.create_task(self.backend.command(ORG, box_id, command, timeout_s))
        await asyncio.sleep(0)
        return task

    def pass_time(self, seconds: float) -> None:
        """Let that much time go by."""
        self.clock.now += seconds
        self.backend.tick()

    def heard(self, name: str) -> list[Any]:
        """The events of that name."""
        return [event for event in self.events if event.name == name]

    def restarted(self, **options: Any) -> "Yard":
        """Another backend that starts on what this one has stored."""
        yard = Yard(self.journal, **options)
        yard.clock.now = self.clock.now
        yard.backend.load(self.journal.contents())
        return yard
