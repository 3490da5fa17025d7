"""A 1.6 charge point that plays the other side of OCTT's cases for a central system."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.api.bench import BOOT, BOX, Lab, ScriptedCharger

TAG = "04A1B2C3"
CONNECTOR = 1


class Station:
    """It says what a case has it say, and checks that it is answered as a case demands."""

    def __init__(self, lab: Lab, charger: ScriptedCharger) -> None:
        self.lab = lab
        self.charger = charger
        self.meter_wh = 1000

    @property
    def script(self) -> dict[str, Any]:
        """What it answers, by action."""
        return self.charger.script

    def asked(self, action: str) -> list[Any]:
        """The payloads of that action which the central system has sent."""
        return [payload for name, payload in self.charger.asked if name == action]

    async def until_asked(self, action: str) -> Any:
        """The first payload of that action, once it is there."""
        await self.charger.until(lambda: self.asked(action))
        return self.asked(action)[0]

    async def call(self, action: str, **payload: Any) -> Any:
        return await self.lab.call(self.charger, action, payload)

    # --- what it says ---------------------------------------------------------------------------

    async def boot(self) -> Any:
        return await self.call("BootNotification", **BOOT["1.6"])

    async def status(self, status: str, connector: int = CONNECTOR, **fields: Any) -> None:
        answer = await self.call(
            "StatusNotification",
            connectorId=connector,
            errorCode=fields.pop("errorCode", "NoError"),
            status=status,
            **fields,
        )
        assert answer == {}

    async def authorize(self, tag: str = TAG) -> str:
        answer = await self.call("Authorize", idTag=tag)
        status: str = answer["idTagInfo"]["status"]
        return status

    async def start(self, tag: str = TAG, at: str | None = None, **fields: Any) -> Any:
        """StartTransaction's answer."""
        return await self.call(
            "StartTransaction",
            connectorId=fields.pop("connectorId", CONNECTOR),
            idTag=tag,
            meterStart=self.meter_wh,
            timestamp=at or self.now(),
            **fields,
        )

    async def stop(self, number: int, reason: str, at: str | None = None, **fields: Any) -> Any:
        """StopTransaction's answer, 500 Wh later."""
        self.meter_wh += 500
        return await self.call(
            "StopTransaction",
            transactionId=number,
            meterStop=self.meter_wh,
            timestamp=at or self.now(),
            reason=reason,
            **fields,
        )

    async def charge(self, tag: str = TAG, **fields: Any) -> int:
        """A session up to Charging, begun by an accepted start; its transaction's number."""
        await self.status("Preparing")
        answer = await self.start(tag, **fields)
        assert answer["idTagInfo"]["status"] == "Accepted"
        await self.status("Charging")
        number: int = answer["transactionId"]
        return number

    async def finish(self, number: int, reason: str, **fields: Any) -> None:
        """From Charging to Available."""
        await self.stop(number, reason, **fields)
        await self.status("Finishing")
        await self.status("Available")

    async def reconnect(self, *, after_boot: bool) -> "Station":
        """The same charge point on a new connection, its meter kept."""
        assert self.charger.link is not None
        self.charger.link.abort()
        await self.charger.until(lambda: self.charger.is_closed)
        again = ScriptedCharger(self.script)
        await self.lab.dial(again)
        station = Station(self.lab, again)
        station.meter_wh = self.meter_wh
        if after_boot:
            assert (await station.boot())["status"] == "Accepted"
        return station

    def now(self) -> str:
        return iso(self.lab.now)

    # --- what the operator asks -----------------------------------------------------------------

    async def ask(self, command: str, body: Any = None) -> Any:
        """A command's answer over REST, which is a success."""
        return ok(await self.lab.post(f"/chargers/{BOX}/{command}", body))

    async def shown(self) -> Any:
        """The charger as REST shows it."""
        return ok(await self.lab.get(f"/chargers/{BOX}"))

    async def connector(self, connector: int = CONNECTOR) -> Any:
        """One of its connectors, as REST shows it."""
        [found] = [
            one for one in (await self.shown())["connectors"] if one["connectorId"] == connector
        ]
        return found

    async def transaction(self, number: int) -> Any:
        return ok(await self.lab.get(f"/transactions/{number}"))

    async def transactions(self, **query: Any) -> list[Any]:
        found: list[Any] = ok(await self.lab.get("/transactions", **query))["transactions"]
        return found

    async def last_command(self) -> Any:
        """The newest command on record."""
        return ok(await self.lab.get(f"/chargers/{BOX}/commands"))["commands"][0]

    async def tag(self, tag: str = TAG, **fields: Any) -> None:
        """Make an id tag known."""
        ok(await self.lab.post("/id-tags", {"idTag": tag, **fields}))


def ok(response: httpx.Response) -> Any:
    assert response.is_success, (response.status_code, response.text)
    return response.json()


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@asynccontextmanager
async def booted(lab: Lab, **script: Any) -> AsyncIterator[Station]:
    """A station that is connected, accepted, and has told of its connectors."""
    station = Station(lab, await lab.connect("1.6", script))
    for connector in (0, CONNECTOR):
        await station.status("Available", connector)
    yield station
