"""A charger on a bench: its link is a list of frames, its CSMS answers what it is told to.

bench = Bench("1.6")              # booted and accepted
bench.ask(PlugIn())
assert bench.said("StatusNotification")[-1]["status"] == "Preparing"
"""

import json
from collections.abc import Callable
from hashlib import md5, sha256
from typing import Any

import msgspec

from voltyard.catalogue.commands.commands import ChargerCommand, PlugIn, Swipe
from voltyard.charger.charger import Charger
from voltyard.charger.description.events import ChargerEvent, Framed
from voltyard.charger.description.specification import ChargerSpec, ConnectorSpec, EvseSpec
from voltyard.charger.effects import (
    AbortTransfer,
    CommandResult,
    Dial,
    Done,
    DropFile,
    Effect,
    Failed,
    FetchFile,
    HangUp,
    PublishFile,
    Remember,
    Report,
    SendFile,
    Transmit,
    WithdrawFile,
)
from voltyard.charger.inputs import (
    CommandReceived,
    FileDownloads,
    FilePublished,
    FirmwareImage,
    Input,
    LinkDown,
    LinkUp,
    Received,
    Tick,
    Transferred,
)
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel.time import from_rfc3339, to_rfc3339
from voltyard.ocpp.versions import Decoded, by_name
from voltyard.ocpp.violations import ValidationMode

START = from_rfc3339("2026-11-21T09:00:00Z")

TAG = "REMOTE"
TOKEN = {"idToken": TAG, "type": "Central"}

Answerer = Callable[[dict[str, Any]], Any]


class Refusal(Exception):
    """An answerer raises it to answer with a CALLERROR."""


class Silence(Exception):
    """An answerer raises it not to answer."""


class Bench:
    """One charger, its CSMS, and the clock."""

    reads = ValidationMode.STRICT
    """How the CSMS reads what the charger sends."""

    def __init__(
        self,
        version: str = "1.6",
        *,
        evses: int = 2,
        boot: bool = True,
        connector: ConnectorSpec | None = None,
        settings: dict[str, str] | None = None,
        spec: ChargerSpec | None = None,
        now: float = START,
    ) -> None:
        self.now = now
        self.spec = spec or ChargerSpec(
            identity="CP 1",
            version=version,  # type: ignore[arg-type]
            evses=(EvseSpec(connectors=(connector or ConnectorSpec(),)),) * evses,
            settings=settings or {},
        )
        self.version = by_name(self.spec.version)
        self.answers: dict[str, Answerer] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.replies: dict[str, Any] = {}
        self.errors: list[list[Any]] = []
        self.events: list[ChargerEvent] = []
        self.outcomes: dict[str, Done | Failed] = {}
        self.dials: list[Dial] = []
        self.hang_ups: list[HangUp] = []
        self.transfers: list[FetchFile | SendFile] = []
        """Under way."""
        self.kept: set[str] = set()
        """Ids of files that were fetched to be kept."""
        self.to_publish: list[PublishFile] = []
        """Asked for, and not yet answered."""
        self.served: dict[str, tuple[str, ...]] = {}
        """URLs by the ids of files."""
        self.fetches = 0
        self.sends = 0
        self.remembered = 0
        self.reachable = True
        self.linked = False
        self.transactions = 0
        self.tariff = {"status": "Accepted"}
        self._asks = 0
        self._queue: list[Input] = []
        self.charger = Charger(self.spec, now)
        if boot:
            self.tick()
            assert self.charger.registration.status == "Accepted"

    # --- time ----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let happen what is due now."""
        self._step(Tick())

    def wait(self, seconds: float) -> None:
        """Let time pass, deadline by deadline."""
        end = self.now + seconds
        for _ in range(100_000):
            due = self.charger.deadline()
            if due is None or due > end:
                break
            assert due >= self.now - 1e-6 or due <= self.now, "time runs forward"
            self.now = max(self.now, due)
            before = due
            self._step(Tick())
            after = self.charger.deadline()
            assert after is None or after > before or after > self.now, f"stuck at {after}"
        else:
            raise AssertionError("too many deadlines")
        self.now = end

    # --- what happens --------------------------------------------------------------------------

    def ask(self, command: ChargerCommand) -> Done | Failed | None:
        """Give a command; its outcome if it has one already."""
        self._asks += 1
        id = f"c{self._asks}"
        self._step(CommandReceived(command, id))
        return self.outcomes.get(id)

    def done(self, command: ChargerCommand) -> dict[str, Any]:
        """Give a command that must be carried out; its result."""
        outcome = self.ask(command)
        assert isinstance(outcome, Done), outcome
        return outcome.result

    def failed(self, command: ChargerCommand) -> Failed:
        """Give a command that must fail."""
        outcome = self.ask(command)
        assert isinstance(outcome, Failed), outcome
        return outcome

    def call(self, action: str, **payload: Any) -> Any:
        """A CALL of the CSMS; its answer's payload, a list for a CALLERROR, None for silence."""
        self._asks += 1
        id = f"q{self._asks}"
        self._step(Received(json.dumps([2, id, action, payload])))
        return self.replies.pop(id, None)

    def receive(self, text: str) -> None:
        """Any text frame."""
        self._step(Received(text))

    def transferred(self, content: bytes | None = b"", *, failure: Any = None) -> None:
        """The oldest transfer under way ends: with that content if it is a fetch, or fails."""
        transfer = self.transfers.pop(0)
        image = None
        if isinstance(transfer, FetchFile) and failure is None:
            whole = content or b""
            digest = md5(whole, usedforsecurity=False).digest()
            image = FirmwareImage(len(whole), sha256(whole).digest(), whole[:256], digest)
            if transfer.is_kept:
                self.kept.add(transfer.id)
        self._step(Transferred(id=transfer.id, failure=failure, image=image))

    def published(self, *locations: str, failure: Any = None) -> None:
        """The oldest file that is to be published is served there, or cannot be."""
        asked = self.to_publish.pop(0)
        if failure is None:
            assert asked.id in self.kept, "nothing of that id is kept"
            self.served[asked.id] = locations
        self._step(FilePublished(id=asked.id, locations=locations, failure=failure))

    def downloading(self, under_way: int) -> None:
        """So many stations fetch the one file that is served."""
        (id,) = self.served
        self._step(FileDownloads(id=id, under_way=under_way))

    def cut(self) -> None:
        """The link breaks; dials fail until `mend`."""
        self.reachable = False
        if self.linked:
            self.linked = False
            self._step(LinkDown("cut"))

    def mend(self) -> None:
        """Dials succeed again."""
        self.reachable = True

    # --- what was seen -------------------------------------------------------------------------

    def said(self, action: str) -> list[dict[str, Any]]:
        """The payloads of the charger's calls of an action."""
        return [payload for name, payload in self.calls if name == action]

    def actions(self) -> list[str]:
        """The actions of the charger's calls, in order."""
        return [name for name, _ in self.calls]

    def forget(self) -> None:
        """Look only at what comes from here on."""
        self.calls.clear()
        self.events.clear()
        self.errors.clear()

    def seen(self, kind: type[Any]) -> list[Any]:
        """The events of a type."""
        return [event for event in self.events if isinstance(event, kind)]

    def statuses(self, connector: int = 1) -> list[str]:
        """The statuses told of a connector (1.6) or of connector 1 of an EVSE (2.0.1)."""
        word = "connectorStatus" if self.spec.version != "1.6" else "status"
        key = "evseId" if self.spec.version != "1.6" else "connectorId"
        return [p[word] for p in self.said("StatusNotification") if p[key] == connector]

    @property
    def state(self) -> Any:
        """What the charger looks like now."""
        return self.charger.state(self.now)

    # --- the works -----------------------------------------------------------------------------

    def _step(self, incoming: Input) -> None:
        self._queue.append(incoming)
        if len(self._queue) > 1:
            return
        while self._queue:
            for effect in self.charger.step(self._queue[0], self.now):
                self._carry_out(effect)
            self._queue.pop(0)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Transmit(text=text):
                assert self.linked, f"sent on a dead link: {text}"
                self._frame(json.loads(text))
            case Report(event=event):
                self.events.append(event)
            case CommandResult(id=id, outcome=outcome):
                assert id not in self.outcomes, "answered twice"
                self.outcomes[id] = outcome
            case Dial():
                assert not self.linked
                self.dials.append(effect)
                self.linked = self.reachable
                self._queue.append(
                    LinkUp(effect.subprotocols[0]) if self.reachable else LinkDown("refused")
                )
            case HangUp():
                self.hang_ups.append(effect)
                self.linked = False
                self._queue.append(LinkDown("hung up"))
            case Remember():
                self.remembered += 1
            case FetchFile():
                self.fetches += 1
                self.transfers.append(effect)
            case SendFile():
                self.sends += 1
                self.transfers.append(effect)
            case AbortTransfer(id=id):
                assert any(one.id == id for one in self.transfers), (
                    "nothing of that id is under way"
                )
                self.transfers = [one for one in self.transfers if one.id != id]
            case PublishFile():
                self.to_publish.append(effect)
            case WithdrawFile(id=id) | DropFile(id=id):
                self.to_publish = [one for one in self.to_publish if one.id != id]
                self.served.pop(id, None)
                if isinstance(effect, DropFile):
                    self.kept.discard(id)

    def _frame(self, frame: list[Any]) -> None:
        match frame:
            case [2, str(id), str(action), dict(payload)]:
                decoded = self.version.decode_request(action, json.dumps(payload), self.reads)
                assert isinstance(decoded, Decoded), (action, payload, decoded)
                self.calls.append((action, payload))
                self._reply(id, action, payload)
            case [3, str(id), payload]:
                self.replies[id] = payload
            case [4, str(id), *error]:
                self.replies[id] = error
                self.errors.append([id, *error])

    def _reply(self, id: str, action: str, payload: dict[str, Any]) -> None:
        answerer = self.answers.get(action) or getattr(self, f"_{action}", None)
        try:
            answer = {} if answerer is None else answerer(payload)
        except Silence:
            return
        except Refusal as refusal:
            self._queue.append(
                Received(json.dumps([4, id, str(refusal) or "InternalError", "", {}]))
            )
            return
        self._queue.append(Received(json.dumps([3, id, answer])))

    def _BootNotification(self, payload: dict[str, Any]) -> Any:
        return {"status": "Accepted", "currentTime": to_rfc3339(self.now), "interval": 300}

    def _Heartbeat(self, payload: dict[str, Any]) -> Any:
        return {"currentTime": to_rfc3339(self.now)}

    def _Authorize(self, payload: dict[str, Any]) -> Any:
        return {"idTagInfo" if self.spec.version == "1.6" else "idTokenInfo": self.tariff}

    def _StartTransaction(self, payload: dict[str, Any]) -> Any:
        self.transactions += 1
        return {"transactionId": self.transactions, "idTagInfo": self.tariff}

    def _TransactionEvent(self, payload: dict[str, Any]) -> Any:
        return {"idTokenInfo": self.tariff} if "idToken" in payload else {}

    def _DataTransfer(self, payload: dict[str, Any]) -> Any:
        return {"status": "Accepted"}


def frames(bench: Bench) -> list[Framed]:
    """Every frame reported."""
    return [event for event in bench.events if isinstance(event, Framed)]


def answering(value: Any) -> Answerer:
    """An answerer that always says the same."""
    return lambda payload: value


def refusing(code: str = "InternalError") -> Answerer:
    """An answerer of CALLERRORs."""

    def answer(payload: dict[str, Any]) -> Any:
        raise Refusal(code)

    return answer


def silent(payload: dict[str, Any]) -> Any:
    """An answerer that does not answer."""
    raise Silence


def start(bench: Bench, place: int | None = 1, **more: Any) -> Any:
    """A remote start in the bench's version."""
    if bench.spec.version == "1.6":
        where = {} if place is None else {"connectorId": place}
        return bench.call("RemoteStartTransaction", idTag=TAG, **where, **more)
    where = {} if place is None else {"evseId": place}
    return bench.call("RequestStartTransaction", idToken=TOKEN, remoteStartId=5, **where, **more)


def charging(version: str, **settings: str) -> Bench:
    """A bench on which connector 1 charges for TAG."""
    bench = Bench(version, settings=settings)
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.forget()
    return bench


def secured(version: str, **more: Any) -> Bench:
    """A bench whose charger tells of security events, which plain 1.6 has not."""
    said = {"identity": "CP 1", "evses": (EvseSpec(),) * 2, "security_events": True, **more}
    return Bench(spec=ChargerSpec(version=version, **said))  # type: ignore[arg-type]


def again(bench: Bench, after_s: float = 60.0, spec: ChargerSpec | None = None) -> Bench:
    """The same charger in a new process: only what survives JSON is left."""
    kept = msgspec.json.encode(bench.charger.snapshot(bench.now))
    snapshot = msgspec.json.decode(kept, type=Snapshot)
    fresh = Bench(spec=spec or bench.spec, boot=False, now=bench.now + after_s)
    fresh.charger = Charger.restore(fresh.spec, snapshot, fresh.now)
    fresh.transactions = bench.transactions
    return fresh


def restarted(bench: Bench) -> Bench:
    """The same charger after its process ended."""
    plain = msgspec.json.encode(bench.charger.snapshot())
    fresh = Bench(spec=bench.spec, boot=False, now=bench.now + 100)
    fresh.charger = Charger.restore(
        bench.spec, msgspec.json.decode(plain, type=Snapshot), fresh.now
    )
    fresh._step(Tick())
    fresh.wait(10)
    return fresh
