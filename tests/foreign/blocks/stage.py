"""The stage of a story: a charger of the gateway, driven over REST, at a CSMS of the `ocpp`
package."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from ocpp.v201 import call

from tests.fakes.memory_engine import MemoryEngine
from tests.foreign.peers.csms201 import WholeCsms
from voltyard.config.config import Config
from voltyard.server.server import Server

IDENTITY = "YARD-201"
KEY = "a-key-for-the-stage"
TAG = "04A1B2C3"
TOKEN = {"idToken": TAG, "type": "ISO14443"}
PATIENCE_S = 60.0
OVER = ("completed", "failed", "expired")


@dataclass
class Stage:
    """The charger has two EVSEs with a socket each, and has booted."""

    csms: WholeCsms
    rest: httpx.AsyncClient

    async def does(self, verb: str, **event: Any) -> dict[str, Any]:
        """A verb of the gateway, carried out; its result."""
        answer = await self._ask(verb, event)
        if "batch_id" not in answer and "event_type" not in answer:  # it was carried out at once
            return answer
        command = await self._over(answer)
        assert command["status"] == "completed", command
        return dict(command["result"] or {})

    async def refuses(self, verb: str, **event: Any) -> None:
        """A verb of the gateway that fails."""
        command = await self._over(await self._ask(verb, event))
        assert command["status"] == "failed", command

    async def _ask(self, verb: str, event: Mapping[str, Any]) -> dict[str, Any]:
        body = {"target": {"charger_id": IDENTITY}, "event": event}
        asked = await self.rest.post(f"/ocpp/commands/{verb}", json=body)
        assert asked.is_success, asked.text
        return dict(asked.json())

    async def _over(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The record of the command that was queued, alone or in a batch, once it is over."""
        id = answer["results"][0]["command"]["id"] if "batch_id" in answer else answer["id"]
        async with asyncio.timeout(PATIENCE_S):
            while True:
                command = dict((await self.rest.get(f"/ocpp/commands/{id}")).json())
                if command["status"] in OVER:
                    return command
                await asyncio.sleep(0.01)

    async def state(self) -> dict[str, Any]:
        """The charger's state."""
        answer = await self.rest.get(f"/ocpp/chargers/{IDENTITY}/state")
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The charger's state, once it is so."""
        state: dict[str, Any] = {}
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    state = await self.state()
                    if holds(state):
                        return state
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"never came about: {state}") from None

    async def told(self, action: str, **payload: Any) -> dict[str, Any]:
        """Have the CSMS ask the charger; the answer, its fields in snake case as the package has
        them."""
        request = getattr(call, action)(**payload)
        answer = await self.csms.call(IDENTITY, request)
        return {name: value for name, value in asdict(answer).items() if value is not None}

    async def accepts(self, action: str, **payload: Any) -> dict[str, Any]:
        """The same, where the charger answers Accepted."""
        answer = await self.told(action, **payload)
        assert answer["status"] == "Accepted", (action, answer)
        return answer

    async def hears(self, action: str, /, *, count: int = 1, **fields: Any) -> dict[str, Any]:
        """The payload of the `count`-th call of that action with those fields."""
        return await self.csms.record.until_call(
            action, lambda call: fields.items() <= call.items(), count
        )

    async def hears_where(
        self, action: str, where: Callable[[dict[str, Any]], Any]
    ) -> dict[str, Any]:
        """The payload of the first call of that action of which it is true."""
        return await self.csms.record.until_call(action, where)

    async def pages(self, action: str, request_id: int) -> list[dict[str, Any]]:
        """All parts of a report, in the order they came, the last of which says so."""

        def is_last(call: dict[str, Any]) -> bool:
            return call.get("requestId") == request_id and not call.get("tbc")

        await self.csms.record.until_call(action, is_last)
        pages = [page for page in self.csms.record.of(action) if page["requestId"] == request_id]
        assert [bool(page.get("tbc")) for page in pages] == [True] * (len(pages) - 1) + [False]
        return pages

    async def charging(self, **event: Any) -> str:
        """A session at EVSE 1 whose vehicle charges; the id of its transaction."""
        await self.does("start-session", id_tag=TAG, **event)
        begun = await self.hears("TransactionEvent", eventType="Started")
        await self.until(lambda state: state["connectors"][0]["power_w"] > 0)
        return str(begun["transactionInfo"]["transactionId"])

    async def ended(self) -> dict[str, Any]:
        """The last message of a transaction."""
        return await self.hears("TransactionEvent", eventType="Ended")


@asynccontextmanager
async def stage(data: Path, charger: Mapping[str, Any]) -> AsyncIterator[Stage]:
    """A server and a CSMS of their own, with one charger that reads every frame strictly."""
    config = Config(data=data, port=0, ocpp_port=0, token=KEY)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        WholeCsms() as csms,
        Server(config, engine=MemoryEngine()) as server,
        httpx.AsyncClient(base_url=server.api_url, headers=headers, timeout=2 * PATIENCE_S) as rest,
    ):
        body = {
            "identity": IDENTITY,
            "ws_url": csms.url,
            "ocpp_version": "OCPP2.0.1",
            "number_of_connectors": 2,
            "validation": "strict",
            **charger,
        }
        made = await rest.post("/ocpp/chargers", json=body)
        assert made.status_code == 202, made.text
        await csms.record.until_call("StatusNotification", count=2)
        yield Stage(csms, rest)
