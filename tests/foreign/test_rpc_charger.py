"""A charger of the npm package `ocpp-rpc`, in its strict mode, against our backend.

It validates both ways against OCA's schemas by itself, so what passes here is right on the wire in
the eyes of somebody else.
"""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.desk import Desk, open_desk
from tests.foreign.peers.npm import NPM, node

pytestmark = pytest.mark.service

BOX = "NPM-1"
PASSWORD = "sixteen-letters-x"
TAG = "04A1B2C3"
NOW = "2026-02-10T14:00:00Z"
ACCEPTED = {"status": "Accepted"}


class RpcCharger:
    """What charger.js does, line by line."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def line(self) -> Any:
        assert self._process.stdout is not None
        async with asyncio.timeout(120):
            return json.loads(await self._process.stdout.readline())

    async def wish(self, **wish: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        return await self.line()

    async def call(self, action: str, **payload: Any) -> Any:
        """A CALL of its own: the answer's payload."""
        answer = await self.wish(call=action, payload=payload)
        assert "result" in answer, answer
        return answer["result"]

    async def answer(self, script: Mapping[str, Any]) -> None:
        """From now on it answers so."""
        assert await self.wish(script=script) == {"scripted": len(script)}

    async def asked(self, action: str) -> list[Any]:
        found: list[Any] = (await self.wish(asked=action))["asked"]
        return found


@asynccontextmanager
async def dialled(url: str, password: str = "") -> AsyncIterator[tuple[RpcCharger, Any]]:
    """A charger that has dialled, and how it fared."""
    program = str(NPM / "charger.js")
    process = await asyncio.create_subprocess_exec(
        node(), program, url, BOX, password, stdin=PIPE, stdout=PIPE
    )
    try:
        charger = RpcCharger(process)
        yield charger, await charger.line()
    finally:
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(120):
            await process.wait()


@pytest.fixture
async def desk(sqlite_directory: Path) -> AsyncIterator[Desk]:
    async with open_desk(sqlite_directory) as opened:
        await opened.register(BOX, password=PASSWORD)
        yield opened


@pytest.fixture
async def charger(desk: Desk) -> AsyncIterator[RpcCharger]:
    """One that has booted."""
    async with dialled(desk.charger_url, PASSWORD) as (charger, said):
        assert said == {"connected": "ocpp1.6"}
        answer = await charger.call(
            "BootNotification", chargePointVendor="Npm", chargePointModel="Model N"
        )
        assert answer["status"] == "Accepted"
        yield charger


async def test_a_wrong_password_is_refused(desk: Desk) -> None:
    async with dialled(desk.charger_url, "another-password-x") as (_, said):
        assert said == {"refused": 401}


async def test_it_charges(desk: Desk, charger: RpcCharger) -> None:
    status = {"connectorId": 1, "errorCode": "NoError"}
    await charger.call("StatusNotification", **status, status="Preparing")
    authorized = await charger.call("Authorize", idTag=TAG)
    started = await charger.call(
        "StartTransaction", connectorId=1, idTag=TAG, meterStart=1000, timestamp=NOW
    )
    await charger.call("StatusNotification", **status, status="Charging")
    number = started["transactionId"]
    value = {"timestamp": NOW, "sampledValue": [{"value": "1250", "unit": "Wh"}]}
    await charger.call("MeterValues", connectorId=1, transactionId=number, meterValue=[value])
    stopped = await charger.call(
        "StopTransaction", transactionId=number, idTag=TAG, meterStop=1500, timestamp=NOW
    )

    done = await desk.until(f"/transactions/{number}", status="completed")
    assert [one["idTagInfo"]["status"] for one in (authorized, started, stopped)] == [
        "Accepted"
    ] * 3
    assert done["energyDelivered"] == 0.5
    messages = (await desk.get(f"/chargers/{BOX}/messages"))["messages"]
    assert all(one["violations"] == [] for one in messages)


PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1}],
    },
}
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a" * 64,
    "issuerKeyHash": "b" * 64,
    "serialNumber": "1234",
}
URL = "https://files.test/f"

RESERVATION = {"connectorId": 1, "idTag": TAG, "expiryDate": "2099-01-01T00:00:00Z"}
ENTRIES = [{"idTag": TAG, "idTagInfo": {"status": "Accepted", "expiryDate": NOW}}]

# path (POST where nothing is said), body, action, what it answers, what REST says of that
COMMANDS: list[tuple[str, Any, str, Any, str]] = [
    ("reset", {"type": "Soft"}, "Reset", ACCEPTED, "accepted"),
    ("unlock", {"connectorId": 1}, "UnlockConnector", {"status": "Unlocked"}, "unlocked"),
    ("cache/clear", {}, "ClearCache", ACCEPTED, "accepted"),
    ("trigger", {"requestedMessage": "Heartbeat"}, "TriggerMessage", ACCEPTED, "accepted"),
    (
        "availability",
        {"connectorId": 1, "type": "Inoperative"},
        "ChangeAvailability",
        {"status": "Scheduled"},
        "scheduled",
    ),
    ("configuration/get", {"key": ["A"]}, "GetConfiguration", {"unknownKey": ["A"]}, ""),
    (
        "configuration/change",
        {"key": "A", "value": "1"},
        "ChangeConfiguration",
        {"status": "RebootRequired"},
        "RebootRequired",
    ),
    ("firmware/update", {"location": URL, "retrieveDate": NOW}, "UpdateFirmware", {}, "accepted"),
    ("diagnostics", {"location": URL}, "GetDiagnostics", {"fileName": "d.zip"}, "accepted"),
    ("data-transfer", {"vendorId": "V"}, "DataTransfer", ACCEPTED, "Accepted"),
    (
        "call",
        {
            "action": "SetChargingProfile",
            "payload": {"connectorId": 1, "csChargingProfiles": PROFILE},
        },
        "SetChargingProfile",
        ACCEPTED,
        "",
    ),
    ("POST reservations", RESERVATION, "ReserveNow", {"status": "Occupied"}, "occupied"),
    ("DELETE reservations/7", None, "CancelReservation", {"status": "Rejected"}, "rejected"),
    (
        "PUT local-list",
        {"listVersion": 8, "entries": ENTRIES},
        "SendLocalList",
        ACCEPTED,
        "accepted",
    ),
    ("GET local-list/version", None, "GetLocalListVersion", {"listVersion": 7}, ""),
    (
        "POST charging-profiles",
        {"connectorId": 1, "chargingProfile": PROFILE},
        "SetChargingProfile",
        {"status": "NotSupported"},
        "notSupported",
    ),
    ("DELETE charging-profiles?id=1", None, "ClearChargingProfile", ACCEPTED, "accepted"),
    (
        "POST charging-profiles/composite",
        {"connectorId": 1, "duration": 60},
        "GetCompositeSchedule",
        {"status": "Rejected"},
        "rejected",
    ),
    (
        "PUT charging-limit",
        {"connectorId": 1, "limit": "16.1A"},
        "SetChargingProfile",
        ACCEPTED,
        "accepted",
    ),
    ("DELETE charging-limit?connectorId=1", None, "ClearChargingProfile", ACCEPTED, "accepted"),
    ("POST password", {}, "ChangeConfiguration", ACCEPTED, "Accepted"),
    (
        "remote-start",
        {"connectorId": 1, "idTag": TAG},
        "RemoteStartTransaction",
        ACCEPTED,
        "accepted",
    ),
]


@pytest.mark.parametrize(
    ("path", "body", "action", "answer", "told"), COMMANDS, ids=[one[0] for one in COMMANDS]
)
async def test_it_obeys(
    desk: Desk, charger: RpcCharger, path: str, body: Any, action: str, answer: Any, told: str
) -> None:
    await charger.answer({action: answer})

    method, _, rest = path.rpartition(" ")
    status = 202 if path == "remote-start" else 200
    said = await desk.ask(method or "POST", f"/chargers/{BOX}/{rest}", body, status)

    assert len(await charger.asked(action)) == 1
    assert not told or said["status"] == told


async def test_what_it_does_not_know_is_a_charger_error(desk: Desk, charger: RpcCharger) -> None:
    said = await desk.post(f"/chargers/{BOX}/cache/clear", status=502)

    assert said["error"]["code"] == "CHARGER_ERROR"
