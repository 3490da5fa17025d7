"""Firmware to, and logs from, the yard's chargers at our own backend: over real sockets, through
both REST APIs, until the backend's jobs are over."""

import asyncio
import time
from collections.abc import Callable, Iterator
from hashlib import md5
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from tests.ftp import FtpServer
from voltyard.kernel.time import Seconds, to_rfc3339
from voltyard.testing.firmware_signing import FirmwareSigner
from voltyard.testing.processes import ServerProcess

T = TypeVar("T")

PATIENCE_S: Seconds = 120.0
_POLL_S: Seconds = 0.05
IMAGE = b"Yard firmware version: 7.1.0\n" + bytes(range(256)) * 4096

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

PROVIDERS = {"inline": (), "process": ("--provider", "process", "--workers", "1")}
VERSIONS = ("1.6", "2.0.1")
at_both_versions = pytest.mark.parametrize("version", VERSIONS)


class House:
    """One server, asked through both of its APIs."""

    def __init__(self, server: ServerProcess, client: httpx.Client, name: str) -> None:
        self.server = server
        self.client = client
        self.name = name

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def charger(self, identity: str, version: str, **more: Any) -> str:
        """A charger that is registered, made and accepted; its chargeBoxId."""
        identity = f"{identity}-{version}"
        self.post("/api/v1/chargers", {"chargeBoxId": identity})
        self.post(
            "/ocpp/chargers",
            {
                "identity": identity,
                "brand_slug": "wallbox",
                "model_slug": "wallbox-pulsar-plus",
                "connector_type": "Type2",
                "ws_url": self.server.charger_url,
                "ocpp_version": f"OCPP{version}",
                **more,
            },
        )
        self.until(lambda: self.is_accepted(identity))
        return identity

    def is_accepted(self, identity: str) -> bool:
        answer = self.client.get(f"/ocpp/chargers/{identity}/state")
        if answer.status_code != 200 or answer.json()["boot_status"] != "Accepted":
            return False
        online: bool = self.get(f"/api/v1/chargers/{identity}")["isOnline"]
        return online

    def state(self, identity: str) -> Any:
        return self.get(f"/ocpp/chargers/{identity}/state")

    def order(self, identity: str, command: str, **body: Any) -> Any:
        return self.post(f"/api/v1/chargers/{identity}/{command}", body)

    def outcome(self, identity: str) -> Any:
        """The charger's newest command, once what it promised has come, or not."""

        def over() -> Any:
            newest = self.get(f"/api/v1/chargers/{identity}/commands")["commands"][0]
            return newest if newest["outcome"] and not newest["isAwaited"] else None

        return self.until(over)

    def put(self, name: str, content: bytes) -> str:
        """Firmware kept here; its URL."""
        answer = self.client.post(
            "/api/v1/files",
            params={"name": name},
            content=content,
            headers={"Content-Type": "application/octet-stream"},
        )
        url: str = answer.raise_for_status().json()["url"]
        return url

    def until(self, holds: Callable[[], T]) -> T:
        give_up_at = time.monotonic() + PATIENCE_S
        while not (found := holds()):
            assert time.monotonic() < give_up_at, "it did not come true"
            time.sleep(_POLL_S)
        return found


@pytest.fixture(scope="module", params=PROVIDERS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    data = tmp_path_factory.mktemp("house")
    made = ServerProcess(data, "a-key-for-tests", *PROVIDERS[request.param])
    made.environment["VOLTYARD_FILES"] = "on"
    with made as server, server.client() as client:
        yield House(server, client, request.param)


def now() -> str:
    return to_rfc3339(time.time())


@at_both_versions
def test_firmware_of_the_backend_is_installed(house: House, version: str) -> None:
    identity = house.charger("UPDATED", version)
    url = house.put("yard-7.1.0.bin", IMAGE)

    house.order(identity, "firmware/update", location=url, retrieveDate=now(), retries=1)

    found = house.outcome(identity)
    assert (found["outcome"], found["succeeded"]) == ("Installed", True)
    assert house.state(identity)["firmware"]["version"] == "7.1.0"
    assert house.get(f"/api/v1/chargers/{identity}")["firmwareVersion"] == "7.1.0"


@at_both_versions
def test_signed_firmware_is_installed_and_a_forged_one_is_not(house: House, version: str) -> None:
    identity = house.charger("SIGNED", version)
    signer = FirmwareSigner(time.time())
    installed = house.order(
        identity,
        "certificates",
        certificateType="ManufacturerRootCertificate",
        certificate=signer.root,
    )
    assert installed["status"] in ("accepted", "Accepted")
    url = house.put("signed.bin", IMAGE)
    firmware = {
        "location": url,
        "retrieveDate": now(),
        "signingCertificate": signer.certificate,
        "retries": 1,
    }

    forged = signer.sign(b"something else")
    house.order(identity, "firmware/signed-update", signature=forged, **firmware)
    assert house.outcome(identity)["outcome"] == "InvalidSignature"
    stranger = FirmwareSigner(time.time())
    refused = house.order(
        identity,
        "firmware/signed-update",
        **firmware | {"signingCertificate": stranger.certificate, "signature": forged},
    )
    assert refused["status"] == "invalidCertificate"
    house.order(identity, "firmware/signed-update", signature=signer.sign(IMAGE), **firmware)

    assert house.outcome(identity)["outcome"] == "Installed"
    assert house.state(identity)["firmware"]["version"] == "7.1.0"


@at_both_versions
def test_diagnostics_and_logs_reach_the_backend(house: House, version: str) -> None:
    identity = house.charger("LOGGED", version)

    announced = house.order(identity, "diagnostics")
    found = house.outcome(identity)
    assert (found["outcome"], found["succeeded"]) == ("Uploaded", True)
    (file,) = house.until(
        lambda: house.get("/api/v1/files", chargeBoxId=identity, kind="upload")["files"]
    )
    assert file["name"] == announced["fileName"]
    content = house.client.get(f"/api/v1/files/{file['id']}/content").raise_for_status().text
    assert "sent call BootNotification" in content
    assert "received result BootNotification" in content
    assert identity not in content.splitlines()[0] or "BootNotification" in content

    house.order(identity, "log", logType="SecurityLog")
    assert house.outcome(identity)["outcome"] == "Uploaded"
    newest = house.get("/api/v1/files", chargeBoxId=identity, kind="upload")["files"][0]
    assert newest["name"].startswith("security-")
    security = house.client.get(f"/api/v1/files/{newest['id']}/content").text
    assert "StartupOfTheDevice" in security
    assert "BootNotification" not in security


@at_both_versions
def test_what_is_not_there_fails_and_says_so(house: House, version: str) -> None:
    identity = house.charger("FAILING", version)
    nowhere = house.server.url + "/files/down/none/none.bin"

    house.order(identity, "firmware/update", location=nowhere, retrieveDate=now(), retries=1)
    found = house.outcome(identity)
    assert (found["outcome"], found["succeeded"]) == ("DownloadFailed", False)
    house.order(identity, "diagnostics", location=house.server.url + "/files/up/none", retries=1)
    found = house.outcome(identity)

    failed = "UploadFailed" if version == "1.6" else "UploadFailure"
    assert (found["outcome"], found["succeeded"]) == (failed, False)


@at_both_versions
def test_ftp_serves_both_ways(house: House, version: str, tmp_path: Path) -> None:
    identity = house.charger("FTP", version)
    (tmp_path / "yard_v8.0.2.bin").write_bytes(IMAGE[64:])
    (tmp_path / "logs").mkdir()
    with FtpServer(tmp_path) as server:
        announced = house.order(identity, "diagnostics", location=server.url + "/logs")
        assert house.outcome(identity)["outcome"] == "Uploaded"
        sent = (tmp_path / "logs" / announced["fileName"]).read_text()
        assert "BootNotification" in sent
        house.order(
            identity,
            "firmware/update",
            location=server.url + "/yard_v8.0.2.bin",
            retrieveDate=now(),
        )
        assert house.outcome(identity)["outcome"] == "Installed"

    assert house.state(identity)["firmware"]["version"] == "8.0.2"


# --- a local controller ------------------------------------------------------------------------

LARGE = IMAGE + bytes(32 * 1024 * 1024)
"""More than the buffers between a server and a client that does not read."""


def md5_of(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()


def published(house: House, identity: str) -> Any:
    return house.state(identity)["publication"]


def test_a_station_is_updated_from_a_controller(house: House) -> None:
    controller = house.charger("CONTROLLER", "2.0.1", local_controller=True)
    station = house.charger("BEHIND", "2.0.1")
    location = house.put("yard-7.1.0.bin", IMAGE)
    order = {"location": location, "checksum": md5_of(IMAGE).upper(), "retries": 0}

    house.order(controller, "firmware/publish", **order)
    assert house.outcome(controller)["outcome"] == "Published"
    [file] = published(house, controller)["files"]
    assert (file["checksum"], file["downloads"]) == (md5_of(IMAGE), 0)
    [url] = file["locations"]
    update = {"location": url, "retrieveDate": now(), "retries": 0}
    house.order(station, "firmware/update", **update)
    assert house.outcome(station)["outcome"] == "Installed"
    assert house.state(station)["firmware"]["version"] == "7.1.0"
    answer = house.order(controller, "firmware/unpublish", checksum=md5_of(IMAGE))
    assert answer["status"] == "unpublished"
    house.order(station, "firmware/update", **update)

    assert house.outcome(station)["outcome"] == "DownloadFailed"
    assert published(house, controller)["files"] == []


def test_firmware_stays_while_it_is_fetched(house: House) -> None:
    controller = house.charger("BUSY", "2.0.1", local_controller=True)
    location = house.put("large.bin", LARGE)
    house.order(controller, "firmware/publish", location=location, checksum=md5_of(LARGE))
    assert house.outcome(controller)["outcome"] == "Published"
    [url] = published(house, controller)["files"][0]["locations"]

    with httpx.Client() as client, client.stream("GET", url) as fetching:
        house.until(lambda: published(house, controller)["files"][0]["downloads"] == 1)
        refused = house.order(controller, "firmware/unpublish", checksum=md5_of(LARGE))
        whole = sum(len(chunk) for chunk in fetching.iter_bytes())
    house.until(lambda: published(house, controller)["files"][0]["downloads"] == 0)
    taken = house.order(controller, "firmware/unpublish", checksum=md5_of(LARGE))

    assert (refused["status"], whole) == ("downloadOngoing", len(LARGE))
    assert taken["status"] == "unpublished"


def test_another_image_than_was_meant_is_not_published(house: House) -> None:
    controller = house.charger("MISTAKEN", "2.0.1", local_controller=True)
    location = house.put("yard-7.1.0.bin", IMAGE)

    house.order(controller, "firmware/publish", location=location, checksum="0" * 32)

    assert house.outcome(controller)["outcome"] == "InvalidChecksum"
    assert published(house, controller)["files"] == []


def test_after_a_kill_firmware_is_published_again_where_it_is_now(tmp_path: Path) -> None:
    made = ServerProcess(tmp_path, "a-key-for-tests")
    made.environment["VOLTYARD_FILES"] = "on"
    with made as server, server.client() as client:
        house = House(server, client, "inline")
        controller = house.charger("KILLED", "2.0.1", local_controller=True)
        location = house.put("yard-7.1.0.bin", IMAGE)
        house.order(controller, "firmware/publish", location=location, checksum=md5_of(IMAGE))
        assert house.outcome(controller)["outcome"] == "Published"
        [before] = published(house, controller)["files"][0]["locations"]
        server.kill()
        server.start()
        with server.client() as client:
            house = House(server, client, "inline")
            house.until(lambda: house.is_accepted(controller))
            state = house.until(lambda: (published(house, controller) or {}).get("files"))
            [after] = state[0]["locations"]
            content = httpx.get(after).raise_for_status().content

    assert after != before
    assert content == IMAGE


async def test_a_server_that_breaks_off_is_tried_again(house: House) -> None:
    tried: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tried.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(IMAGE))
        writer.write(IMAGE[:1000] if len(tried) == 1 else IMAGE)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    identity = await asyncio.to_thread(house.charger, "TRIED", "1.6")
    await asyncio.to_thread(
        lambda: house.order(
            identity,
            "firmware/update",
            location=f"http://127.0.0.1:{port}/fw.bin",
            retrieveDate=now(),
            retries=2,
            retryInterval=0,
        )
    )

    found = await asyncio.to_thread(house.outcome, identity)

    server.close()
    assert (found["outcome"], len(tried)) == ("Installed", 2)
