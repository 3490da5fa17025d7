"""Requests of which another process of the system has the charger: admitted, counted and noted
here, and carried out there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Scope

from tests.api.bench import START, TOKEN
from voltyard.api.access.audit_trail import AuditTrail
from voltyard.api.app import create_app
from voltyard.api.auth import Operator, Reader
from voltyard.api.elsewhere.node_apps import admitted, node_app
from voltyard.api.elsewhere.relay_gate import Elsewhere, RelayGate
from voltyard.api.request_body import RequestBody
from voltyard.api.routers import api_router
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.kernel import limits
from voltyard.kernel.errors import HeldElsewhere
from voltyard.organizations.audit import AuditQuery
from voltyard.organizations.first_key import ensure_first_key
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.organizations.rates import Rates
from voltyard.ports.spans import SpanEvent
from voltyard.relay.errors import AnswerLost
from voltyard.relay.request_relay import RequestRelay
from voltyard.relay.request_server import RequestServer
from voltyard.storage.audit_log import StoredAuditLog
from voltyard.storage.database.database import Database
from voltyard.storage.organizations import StoredKeys

KEY = {"X-API-Key": TOKEN}


class Deed(RequestBody):
    text: str


@dataclass
class Process:
    """One process of the system: its chargers, its app, and what it was asked."""

    name: str
    rates: Rates
    chargers: dict[str, str]
    """The process that has a charger, by its name; shared."""
    asked: list[str] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)
    """Spans that have ended."""
    places: dict[str, str] = field(default_factory=dict)
    """Subjects by path, of requests that belong elsewhere from the outset."""

    def take(self, request: Request, charger: str) -> None:
        self.asked.append(charger)
        if (node := self.chargers[charger]) != self.name:
            raise HeldElsewhere(node)

    def request(self, headers: Any, begun_at: float) -> "Process":
        return self

    @property
    def trace_id(self) -> str:
        return "0" * 32

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{'1' * 16}-01"

    def begin(self, begun_at: float) -> "Process":
        return self

    def end(
        self,
        name: str,
        ended_at: float,
        attributes: Any,
        *,
        kind: str = "internal",
        events: tuple[SpanEvent, ...] = (),
        failure: str = "",
    ) -> None:
        self.spans.append(f"{name} {failure}".strip())

    def router(self) -> Any:
        router = api_router()

        @router.post("/api/v1/chargers/{charger}/deeds", status_code=201)
        async def act(
            charger: str, deed: Deed, principal: Operator, request: Request
        ) -> dict[str, str]:
            self.take(request, charger)
            return {"by": self.name, "id": deed.text, "client": request.client.host}  # type: ignore[union-attr]

        @router.get("/api/v1/chargers/{charger}")
        async def get(charger: str, principal: Reader, request: Request) -> dict[str, str]:
            self.take(request, charger)
            return {"by": self.name}

        @router.post("/files/{charger}")
        async def upload(charger: str, request: Request) -> dict[str, Any]:
            size = 0
            async for piece in request.stream():
                size += len(piece)
            self.take(request, charger)
            return {"by": self.name, "bytes": size}

        @router.get("/api/v1/stream")
        async def stream(principal: Reader) -> StreamingResponse:
            async def pieces() -> AsyncIterator[bytes]:
                yield b"a beginning"
                raise RuntimeError("it broke")

            return StreamingResponse(pieces())

        return router


@dataclass
class Lab:
    """Two processes, `a` and `b`, and a client of the first."""

    a: Process
    b: Process
    client: httpx.AsyncClient
    relay: RequestRelay
    server: RequestServer
    log: StoredAuditLog
    broker: MemoryBroker

    async def act(self, charger: str, **given: Any) -> httpx.Response:
        path = f"/api/v1/chargers/{charger}/deeds"
        return await self.client.post(path, **{"json": {"text": "dance"}, "headers": KEY, **given})

    def counted(self) -> tuple[int, int]:
        """Requests that each process has counted."""
        found = []
        for one in (self.a, self.b):
            headers, _ = one.rates.count(DEFAULT_ORGANIZATION_ID)
            found.append(99 - int(dict(headers)[b"ratelimit-remaining"]))
        return found[0], found[1]

    async def entries(self) -> list[tuple[str, int, str]]:
        query = AuditQuery(organization_id=DEFAULT_ORGANIZATION_ID)
        entries = await self.log.following(query, None, 100)
        return [(one.request_id, one.status, one.address) for _, one in entries]


def clock() -> float:
    return START


@pytest.fixture
async def lab(tmp_path: Path, sqlite_directory: Path) -> AsyncIterator[Lab]:
    database = await Database.open(sqlite_directory)
    await ensure_first_key(StoredKeys(database), tmp_path, TOKEN, START)
    keys = await Keys.load(StoredKeys(database), clock)
    broker = MemoryBroker()
    chargers = {"here": "a", "there": "b", "lost": "c", "fetched": "fetched", "heir": "dead"}
    log = StoredAuditLog(database)

    def process(name: str, relay: RequestRelay) -> tuple[Process, Any]:
        made = Process(name, Rates(lambda organization: 100, clock), chargers)
        trail = AuditTrail(log, clock)
        if name == "b":
            return made, node_app(made.router(), {}, made)

        async def hand_over(subject: str, scope: Scope, receive: Any, send: Any) -> None:
            await relay.relay(subject, admitted(scope), receive, send)

        async def resolve(scope: Scope, held: HeldElsewhere) -> str | None:
            if held.node == "fetched":
                chargers["fetched"] = name
                return None
            return f"rest.{held.node}"

        async def is_over(subject: str) -> bool:
            if subject != "rest.dead":
                return False
            chargers["heir"] = name
            return True

        def place_of(scope: Scope) -> str | None:
            return made.places.get(scope["path"])

        places = Elsewhere(hand_over, place_of, resolve, is_over)
        given: dict[str, Any] = {"trail": trail, "spans": made, "elsewhere": places}
        return made, create_app(keys, [made.router()], rates=made.rates, **given)

    relays = [RequestRelay(MemoryBus(broker), f"answers.{name}") for name in "ab"]
    a, app = process("a", relays[0])
    b, other_app = process("b", relays[1])
    server = RequestServer(other_app, MemoryBus(broker), "rest.b")
    await server.open()
    for relay in relays:
        await relay.open()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("203.0.113.7", 9))
    async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
        yield Lab(a, b, client, relays[0], server, log, broker)
    for relay in relays:
        await relay.close()
    await server.close()
    await database.close()


async def test_what_this_process_has_it_answers_itself(lab: Lab) -> None:
    answer = await lab.act("here")

    assert answer.json() == {"by": "a", "id": "dance", "client": "203.0.113.7"}
    assert lab.counted() == (1, 0)
    assert (lab.a.asked, lab.b.asked) == (["here"], [])


async def test_what_another_has_is_answered_there_and_counted_and_noted_once(lab: Lab) -> None:
    answer = await lab.act("there")

    assert answer.status_code == 201
    assert answer.json() == {"by": "b", "id": "dance", "client": "203.0.113.7"}
    assert (lab.a.asked, lab.b.asked) == (["there"], ["there"])
    assert lab.counted() == (1, 0)
    assert answer.headers.get_list("ratelimit-remaining") == ["99"]
    (request_id,) = answer.headers.get_list("x-request-id")
    assert await lab.entries() == [(request_id, 201, "203.0.113.7")]
    assert lab.b.spans == ["POST /api/v1/chargers/{charger}/deeds"]
    assert len(lab.a.spans) == 1


async def test_what_is_brought_here_meanwhile_is_asked_again(lab: Lab) -> None:
    answer = await lab.act("fetched")

    assert answer.json() == {"by": "a", "id": "dance", "client": "203.0.113.7"}
    assert lab.a.asked == ["fetched", "fetched"]
    assert lab.counted() == (1, 0)
    assert lab.a.spans == ["POST /api/v1/chargers/{charger}/deeds"]


async def test_what_belongs_elsewhere_from_the_outset_is_not_begun_here(lab: Lab) -> None:
    lab.a.places["/api/v1/chargers/there"] = "rest.b"

    answer = await lab.client.get("/api/v1/chargers/there", headers=KEY)
    refused = await lab.client.get("/api/v1/chargers/there", headers={"X-API-Key": "wrong"})

    assert answer.json() == {"by": "b"}
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    assert (lab.a.asked, lab.b.asked) == ([], ["there"])
    assert lab.counted() == (1, 0)


async def test_errors_there_are_answered_as_here(lab: Lab) -> None:
    answer = await lab.act("there", json={"text": 1})
    lab.a.places["/api/v1/chargers/there/deeds"] = "rest.b"
    handed = await lab.act("there", json={"text": 1})

    assert answer.status_code == handed.status_code == 400
    assert answer.json()["error"]["details"] == handed.json()["error"]["details"]
    assert lab.b.asked == []


async def test_one_that_was_handed_over_is_not_handed_on(lab: Lab) -> None:
    lab.a.places["/api/v1/chargers/here"] = "rest.b"

    answer = await lab.client.get("/api/v1/chargers/here", headers=KEY)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "ask again in a moment" in error["message"]
    assert (lab.a.asked, lab.b.asked) == ([], ["here"])
    assert lab.counted() == (1, 0)


async def test_a_process_that_is_gone_is_answered_503(lab: Lab) -> None:
    answer = await lab.act("lost")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "nothing was done" in error["message"]
    assert error["request_id"] == answer.headers["x-request-id"]
    assert await lab.entries() == []


@pytest.mark.parametrize("is_known", [True, False], ids=["by its path", "by the app"])
async def test_what_a_process_had_that_has_ended_is_answered_by_its_heir(
    lab: Lab, is_known: bool
) -> None:
    if is_known:
        lab.a.places["/api/v1/chargers/heir/deeds"] = "rest.dead"

    answer = await lab.act("heir", json={"text": "x" * 100_000})

    assert answer.json() == {"by": "a", "id": "x" * 100_000, "client": "203.0.113.7"}
    assert lab.counted() == (1, 0)


async def test_a_bus_that_is_gone_is_answered_503(lab: Lab) -> None:
    lab.broker.is_up = False

    answer = await lab.act("there")

    assert answer.status_code == 503
    assert "nothing was done" in answer.json()["error"]["message"]
    lab.broker.is_up = True


async def test_a_body_that_was_read_here_is_read_again_there(lab: Lab) -> None:
    whole = await lab.client.post("/files/there", content=bytes(limits.REST_BODY_BYTES))

    assert whole.json() == {"by": "b", "bytes": limits.REST_BODY_BYTES}


async def test_one_that_is_too_long_to_be_kept_is_answered_503(lab: Lab) -> None:
    answer = await lab.client.post("/files/there", content=bytes(limits.REST_BODY_BYTES + 1))

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["x-request-id"] == answer.json()["error"]["request_id"]
    assert lab.b.asked == []


async def test_a_long_body_that_belongs_elsewhere_from_the_outset_goes_there(lab: Lab) -> None:
    lab.a.places["/files/there"] = "rest.b"

    answer = await lab.client.post("/files/there", content=bytes(5_000_000))

    assert answer.json() == {"by": "b", "bytes": 5_000_000}


async def test_an_answer_that_breaks_there_breaks_here(lab: Lab) -> None:
    lab.a.places["/api/v1/stream"] = "rest.b"
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/stream",
        "raw_path": b"/api/v1/stream",
        "query_string": b"",
        "headers": [(b"x-api-key", TOKEN.encode())],
        "scheme": "http",
        "http_version": "1.1",
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    app = lab.client._transport.app  # type: ignore[attr-defined]
    with pytest.raises(AnswerLost):
        await app(scope, receive, send)

    assert [one["status"] for one in sent if "status" in one] == [200]
    assert not any(one.get("more_body") is False for one in sent)


async def test_what_is_handed_over_is_as_it_came() -> None:
    handed: list[Scope] = []

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        scope["path"], scope["root_path"] = "/changed", "/changed"
        scope["state"]["more"] = True
        raise HeldElsewhere("b")

    async def relay(subject: str, scope: Scope, receive: Any, send: Any) -> None:
        handed.append(scope)

    scope: Scope = {"type": "http", "path": "/as/it/came", "state": {"of": "the server"}}
    gate = RelayGate(app, Elsewhere(relay, lambda scope: None, _named, _never))
    await gate(scope, None, None)  # type: ignore[arg-type]

    assert handed == [{"type": "http", "path": "/as/it/came", "state": {"of": "the server"}}]


async def test_what_is_held_elsewhere_once_an_answer_has_begun_is_cut_off() -> None:
    async def app(scope: Scope, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise HeldElsewhere("b")

    async def send(message: Any) -> None:
        sent.append(message["status"])

    async def relay(subject: str, scope: Scope, receive: Any, send: Any) -> None:
        raise AssertionError("it must not be relayed")

    sent: list[int] = []
    gate = RelayGate(app, Elsewhere(relay, lambda scope: None, _named, _never))
    with pytest.raises(HeldElsewhere):
        await gate({"type": "http", "path": "/"}, None, send)  # type: ignore[arg-type]

    assert sent == [200]


async def _named(scope: Scope, held: HeldElsewhere) -> str | None:
    return held.node


async def _never(subject: str) -> bool:
    return False
