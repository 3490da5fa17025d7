"""CONTRIBUTING's checklists suffice: what they say is done in a copy of the code, and works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "tests" / "charger" / "bench.py"

pytestmark = pytest.mark.slow


class Copy:
    """A copy of the code in which a newcomer works."""

    def __init__(self, place: Path) -> None:
        self.place = place
        for folder in ("src", "docs"):
            shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("*.pyc"))
        shutil.copytree(ROOT / "tools", place / "tools")
        shutil.copy(ROOT / "openapi.json", place)
        shutil.copy(BENCH, place / "bench.py")

    def change(self, path: str, *changes: tuple[str, str]) -> None:
        """Put a text before another, which is there once."""
        file = self.place / "src" / "voltyard" / path
        text = file.read_text()
        for before, added in changes:
            assert text.count(before) == 1, f"{path}: {before!r}"
            text = text.replace(before, added + before)
        file.write_text(text)

    def remove(self, path: str, text: str) -> None:
        """Take a text out, which is there once."""
        file = self.place / "src" / "voltyard" / path
        before = file.read_text()
        assert before.count(text) == 1, f"{path}: {text!r}"
        file.write_text(before.replace(text, ""))

    def run(self, *arguments: str) -> str:
        """The output of a program in the copy."""
        paths = [str(self.place / "src"), str(self.place), *filter(None, sys.path)]
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.place,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def tool(self, name: str) -> None:
        self.run(f"tools/{name}.py")
        self.run(f"tools/{name}.py", "--check")


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_no_list_has_more_than_three_steps_and_none_is_missing() -> None:
    chapters = re.split(r"^## ", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.MULTILINE)
    steps = {
        title: len(re.findall(r"^\d\. ", text, re.MULTILINE))
        for title, _, text in (one.partition("\n") for one in chapters)
    }

    for what in (
        "message",
        "command to the simulated charger",
        "command of the backend",
        "endpoint",
        "setting",
    ):
        [found] = [steps[one] for one in steps if re.fullmatch(rf"To add an? {what}", one)]
        assert 1 <= found <= 3, what


TILT = '''class Tilt(ConnectorCommand, frozen=True, kw_only=True, tag="tilt"):
    """The charger leans over, as after a collision; from 30 degrees on that is a fault."""

    rest: ClassVar = Rest(
        path="tilt",
        summary="Tilt the charger",
        description="From 30 degrees on its sensor reports a fault.",
        example={"degrees": 45},
        result={"degrees": 45.0},
    )

    degrees: Annotated[float, BodyField(gt=0, le=90, description="From upright.")]


'''
TILT_IN_THE_CHARGER = '''    def tilt(self, command: commands.Tilt, id: str) -> CommandOutcome:
        """The charger leans over."""
        evse, connector = place_of(self.context, self.evses, command)
        if command.degrees >= 30.0:
            broken = ActiveFault(FAULTS["OtherError"], "TILT", None, None)
            self.sessions.fault(evse, connector, broken)
        return Done(connector_result(self.context, evse, connector) | {"degrees": command.degrees})

'''
TILT_IT = """
import asyncio, sys
from pathlib import Path
import httpx
from voltyard.config.config import Config
from voltyard.server.server import Server

KEY = "a-key-for-tests-of-tilting"
CHARGER = {"brand_slug": "wallbox", "model_slug": "wallbox-pulsar-plus", "connector_type": "Type2"}


async def main():
    config = Config(data=Path("data"), port=0, ocpp_port=0, token=KEY)
    async with Server(config) as server, httpx.AsyncClient(
        base_url=server.api_url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60
    ) as client:
        for version in ("OCPP1.6", "OCPP2.0.1"):
            body = {**CHARGER, "identity": version, "ws_url": server.charger_url}
            made = await client.post("/ocpp/chargers", json={**body, "ocpp_version": version})
            charger_id = made.json()["charger_id"]
            target = {"target": {"charger_id": charger_id}, "queue_if_stopped": True}
            wrong = await client.post(
                "/ocpp/commands/tilt", json={**target, "event": {"degrees": 91}}
            )
            assert wrong.status_code in (400, 422), wrong.text
            posted = await client.post(
                "/ocpp/commands/tilt", json={**target, "event": {"degrees": 45}}
            )
            assert posted.status_code == 202, posted.text
            command = posted.json()["results"][0]["command"]
            assert command["payload"] == {"evse_id": 1, "connector_id": 1, "degrees": 45}
            while True:
                row = (await client.get(f"/ocpp/commands/{command['id']}")).json()
                if row["finished_at"]:
                    break
                await asyncio.sleep(0.05)
            assert row["status"] == "completed", row
            assert row["result"]["status"] == "Faulted" and row["result"]["degrees"] == 45.0, row


asyncio.run(asyncio.wait_for(main(), 60))
"""


def test_a_command_is_added_in_two_places(copy: Copy) -> None:
    copy.change("catalogue/commands/faults.py", ("class ProxyMessage(", TILT))
    copy.change(
        "catalogue/commands/commands.py",
        ("    | ClearFault\n", "    | Tilt\n"),
        ("ChargerCommand: TypeAlias", "from voltyard.catalogue.commands.faults import Tilt\n\n"),
    )
    copy.change(
        "charger/commands/handlers.py",
        ("    def inject(self, command: commands.InjectFault", TILT_IN_THE_CHARGER),
        ("    commands.ClearFault: ", "    commands.Tilt: (FaultCommands, FaultCommands.tilt),\n"),
    )

    copy.tool("openapi")
    copy.tool("commands_table")

    described = (copy.place / "openapi.json").read_text()
    assert '"/ocpp/commands/tilt"' in described and '"TiltEvent"' in described
    assert "**`degrees`**" in (copy.place / "docs" / "gateway.md").read_text()
    copy.run("-c", TILT_IT)


READ_METER = '''class ReadMeter(BackendCommand, frozen=True, kw_only=True, tag="meter/read"):
    """Have the charger send its meter values.

    They are in the message log.

    Body: Which connector.
    """

    operation: ClassVar = CommandOperation(
        name="read_meter",
        body="ReadMeterBody",
        example={"connectorId": 1},
        answer=status_answer("ReadMeterAnswer", "connector_id"),
        subject="Meter reading",
    )

    connector_id: ConnectorId


'''
READ_METER_16 = """    control.ReadMeter: lambda c, number: m.TriggerMessageRequest(
        requested_message="MeterValues", connector_id=c.connector_id
    ),
"""
READ_METER_201 = """    control.ReadMeter: lambda c, number: m.TriggerMessageRequest(
        requested_message="MeterValues", evse=m.EVSE(id=c.connector_id)
    ),
"""
READ_IT = """
import asyncio
from pathlib import Path
import httpx
from voltyard.config.config import Config
from voltyard.server.server import Server

KEY = "a-key-for-tests-of-meters"
CHARGER = {"brand_slug": "wallbox", "model_slug": "wallbox-pulsar-plus", "connector_type": "Type2"}


async def main():
    config = Config(data=Path("data"), port=0, ocpp_port=0, token=KEY)
    async with Server(config) as server, httpx.AsyncClient(
        base_url=server.api_url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60
    ) as client:
        for version in ("OCPP1.6", "OCPP2.0.1"):
            await client.post("/api/v1/chargers", json={"chargeBoxId": version})
            at = f"/api/v1/chargers/{version}"
            absent = await client.post(f"{at}/meter/read", json={"connectorId": 1})
            assert absent.status_code == 503, absent.text
            wrong = await client.post(f"{at}/meter/read", json={"connectorId": -1})
            assert wrong.status_code == 400 and "connectorId" in wrong.text, wrong.text
            body = {**CHARGER, "identity": version, "ws_url": server.charger_url}
            await client.post("/ocpp/chargers", json={**body, "ocpp_version": version})
            while not (await client.get(at)).json()["isOnline"]:
                await asyncio.sleep(0.05)
            read = await client.post(f"{at}/meter/read", json={"connectorId": 1})
            assert read.json() == {
                "message": "Meter reading accepted by charger",
                "chargeBoxId": version,
                "connectorId": 1,
                "status": "accepted",
            }, read.text
            [row] = (await client.get(f"{at}/commands?command=meter/read")).json()["commands"]
            assert row["request"] == {"command": "meter/read", "connectorId": 1}, row
            assert row["awaits"] == "message", row


asyncio.run(asyncio.wait_for(main(), 60))
"""


def test_a_command_of_the_backend_is_added_in_two_places(copy: Copy) -> None:
    copy.change("csms/commands/control.py", ("class RawCall(", READ_METER))
    copy.change("csms/commands/commands.py", ("    control.RawCall,\n", "    control.ReadMeter,\n"))
    copy.change("csms/v16/commands.py", ("    control.ClearCache: ", READ_METER_16))
    copy.change("csms/v201/commands.py", ("    control.ClearCache: ", READ_METER_201))

    copy.tool("openapi")
    copy.tool("commands_table")

    described = (copy.place / "openapi.json").read_text()
    assert '"/api/v1/chargers/{chargeBoxId}/meter/read"' in described
    assert "`POST meter/read`" in (copy.place / "docs" / "backend.md").read_text()
    copy.run("-c", READ_IT)


KNOWN_ROW = (
    "    m.GetTransactionStatusRequest: (Transactions201, Transactions201.transaction_status),\n"
)
"""The charger answers every message there is; so one is made unknown to it first."""

QUEUES = '''@dataclass(slots=True)
class Queues201:
    """Messages that wait, of which there are none."""

    def status(self, request: m.GetTransactionStatusRequest) -> Iterator[Payload]:
        """E14."""
        yield m.GetTransactionStatusResponse(messages_in_queue=False)


'''
QUEUES_ROW = "    m.GetTransactionStatusRequest: (Queues201, Queues201.status),\n"
ANSWERED = """
from bench import Bench

bench = Bench("2.0.1")
print(bench.call("GetTransactionStatus"))
"""


def test_a_message_is_added_in_one_place(copy: Copy) -> None:
    copy.remove("charger/v201/requests.py", KNOWN_ROW)
    before = copy.run("-c", ANSWERED)
    copy.change(
        "charger/v201/requests.py",
        ("HANDLERS: dict[", QUEUES),
        ("    m.DataTransferRequest: ", QUEUES_ROW),
    )

    assert before.startswith("['NotSupported'")
    assert copy.run("-c", ANSWERED) == "{'messagesInQueue': False}\n"


ENDPOINT = '''@router.get("/catalog/hues", summary="Hues", responses=error_responses())
async def list_hues(yard: YardDep, principal: Reader) -> dict[str, list[str]]:
    """Colours of housings."""
    return {"data": ["grey"]}


'''


def test_an_endpoint_is_added_in_one_place(copy: Copy) -> None:
    copy.change("api/gateway/catalogue.py", ('@router.get("/catalog/brands", summary', ENDPOINT))

    copy.tool("openapi")

    assert '"/ocpp/catalog/hues"' in (copy.place / "openapi.json").read_text()


def test_a_setting_is_added_in_one_place_and_used_in_another(copy: Copy) -> None:
    copy.change(
        "config/config.py",
        ("    shed_logs: bool", '    tilt_deg: float = _setting(30.0, "Leaning this far.")\n'),
    )

    copy.tool("settings_table")

    told = (copy.place / "docs" / "settings.md").read_text()
    assert "#### `VOLTYARD_TILT_DEG`\n\nLeaning this far. Default: `30`.\n" in told
    read = "from voltyard.config.environment import from_environment as f; "
    assert copy.run("-c", f"{read}print(f({{'VOLTYARD_TILT_DEG': '45'}}).tilt_deg)") == "45.0\n"
