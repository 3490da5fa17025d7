"""Make a fixture: the data of a server in the middle of things, as this version leaves them.

    python tools/former_data.py tests/server/former/NAME.sqlite.gz

A server is started on an empty directory. Four simulated chargers of both versions charge at its
backend, with settings, profiles, lists and reservations in their memories, and one from elsewhere
is in the middle of a transaction, when it is killed. Its database is the fixture: later versions
open it and go on (tests/server/test_former_data.py). Once made, it stays as it is.
"""

import gzip
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from voltyard.testing.processes import ServerProcess

_PATIENCE_S = 60.0
VERSIONS = {"F16": "OCPP1.6", "F201": "OCPP2.0.1"}
_IN_TEN_YEARS_S = 10 * 365 * 86_400
_ACCEPTED = {"status": "Accepted"}


def main() -> None:
    target = Path(sys.argv[1])
    if target.exists():
        sys.exit(f"{target} is there already, and stays as it is")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        server = ServerProcess(data)
        server.start()
        try:
            with server.client() as client:
                _live(client, server.charger_url)
        finally:
            server.kill()
        copy = data / "fixture"
        with sqlite3.connect(data / "voltyard.db") as database:
            database.execute("VACUUM INTO ?", (str(copy),))
        with sqlite3.connect(copy) as database:
            database.execute("PRAGMA user_version = 0")  # it is whole, and in nobody's use
        with copy.open("rb") as plain, gzip.GzipFile(target, "wb", mtime=0) as packed:
            shutil.copyfileobj(plain, packed)
    print(f"{target}: {target.stat().st_size:,} bytes")


def _live(client: httpx.Client, url: str) -> None:
    """Have two chargers of each version: one that charges, one with all else in its memory."""
    expires_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + _IN_TEN_YEARS_S))
    _say(client, "/api/v1/id-tags", idTag="04A1B2C3", name="Who charges")
    _say(client, "/api/v1/chargers", chargeBoxId="REAL-1")
    for prefix, version in VERSIONS.items():
        for number in (1, 2):
            identity = f"{prefix}-{number}"
            _say(client, "/api/v1/chargers", chargeBoxId=identity)
            _say(
                client,
                "/ocpp/chargers",
                identity=identity,
                brand_slug="wallbox",
                model_slug="wallbox-pulsar-plus",
                connector_type="Type2",
                ocpp_version=version,
                ws_url=url,
            )
        for number in (1, 2):
            _until(partial(_is_online, client, f"{prefix}-{number}"))
        charging, resting = f"{prefix}-1", f"{prefix}-2"
        _say(
            client,
            f"/api/v1/chargers/{charging}/configuration/change",
            key="MeterValueSampleInterval"
            if prefix == "F16"
            else "SampledDataCtrlr.TxUpdatedInterval",
            value="1",
        )
        _command(client, "start-session", charging, {"id_tag": "04A1B2C3"})
        _until(partial(_is_charging, client, charging))
        _say(
            client,
            f"/api/v1/chargers/{resting}/reservations",
            connectorId=1,
            idTag="04A1B2C3",
            expiryDate=expires_at,
        )
        path = f"/api/v1/chargers/{charging}/charging-limit"
        _say(client, path, method="PUT", connectorId=1, limit="16A")
        path = f"/api/v1/chargers/{resting}/local-list"
        _say(client, path, method="PUT", entries=[{"idTag": "04A1B2C3", "idTagInfo": _ACCEPTED}])
    _begin_elsewhere(url)
    time.sleep(3.0)  # a few meter values, and time for memories to be written


def _begin_elsewhere(url: str) -> None:
    """Have a charger that is not of the yard begin a transaction at 100 Wh."""
    with connect(f"{url}/REAL-1", subprotocols=[Subprotocol("ocpp1.6")]) as link:
        for action, payload in (
            ("BootNotification", {"chargePointVendor": "Real", "chargePointModel": "One"}),
            (
                "StartTransaction",
                {
                    "connectorId": 1,
                    "idTag": "04A1B2C3",
                    "meterStart": 100,
                    "timestamp": _now(),
                },
            ),
        ):
            link.send(json.dumps([2, action, action, payload]))
            answer = json.loads(link.recv(timeout=_PATIENCE_S))
            if answer[0] != 3:
                sys.exit(f"{action}: {answer}")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _say(client: httpx.Client, path: str, method: str = "POST", **body: Any) -> Any:
    answer = client.request(method, path, json=body)
    if answer.is_error:
        sys.exit(f"{path} {body}: {answer.status_code} {answer.text}")
    return answer.json()


def _command(client: httpx.Client, name: str, identity: str, event: dict[str, Any]) -> None:
    _say(client, f"/ocpp/commands/{name}", target={"charger_id": identity}, event=event)


def _is_online(client: httpx.Client, identity: str) -> bool:
    return bool(client.get(f"/api/v1/chargers/{identity}").json()["isOnline"])


def _is_charging(client: httpx.Client, identity: str) -> bool:
    state = client.get(f"/ocpp/chargers/{identity}/state").json()
    transaction = state["connectors"][0]["transaction"]
    return transaction is not None and state["queue_length"] == 0


def _until(holds: Any) -> None:
    give_up_at = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > give_up_at:
            sys.exit("the chargers do not do as they are told")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
