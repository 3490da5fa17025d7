"""Blocks L and N: firmware, plain and signed, and logs."""

import time
from hashlib import md5
from typing import Any

import httpx

from voltyard.testing.firmware_signing import FirmwareSigner
from voltyard.testing.http_receiver import Receiver

from .stage import Stage
from .story import Story

IMAGE = "version: 2.0.0\n"
PAST = "2026-01-01T00:00:00Z"
ORDER = ["Downloading", "Downloaded", "Installing", "InstallRebooting", "Installed", "Idle"]


def serving() -> Receiver:
    """A file server: firmware for those who fetch, and room for what is put there."""

    def answer(request: Any) -> int | str:
        if request.path.endswith(".bin"):
            return f"HTTP/1.1 200 OK\r\ncontent-length: {len(IMAGE)}\r\n\r\n{IMAGE}"
        return 204

    return Receiver(answer)


async def update(here: Stage) -> None:
    """L02, F06: each status in its order, then a boot with the new version."""
    async with serving() as files:
        order = {"location": f"{files.url}.bin", "retrieveDateTime": PAST}
        await here.accepts("UpdateFirmware", request_id=3, firmware=order)
        boot = await here.hears("BootNotification", reason="FirmwareUpdate")
        await here.hears("FirmwareStatusNotification", status="Installed", requestId=3)
    await here.accepts("TriggerMessage", requested_message="FirmwareStatusNotification")
    await here.hears("FirmwareStatusNotification", status="Idle")

    assert boot["chargingStation"]["firmwareVersion"] == "2.0.0"
    told = [one["status"] for one in here.csms.record.of("FirmwareStatusNotification")]
    assert told == ORDER
    await here.hears("SecurityEventNotification", type="FirmwareUpdated")


async def signed_update(here: Stage) -> None:
    """L01: a signature that is good, and one that is another image's."""
    signer = FirmwareSigner(time.time())
    await here.accepts(
        "InstallCertificate",
        certificate_type="ManufacturerRootCertificate",
        certificate=signer.root,
    )
    async with serving() as files:
        for request_id, image in ((4, b"another image"), (5, IMAGE.encode())):
            order = {
                "location": f"{files.url}.bin",
                "retrieveDateTime": PAST,
                "signingCertificate": signer.certificate,
                "signature": signer.sign(image),
            }
            await here.accepts("UpdateFirmware", request_id=request_id, firmware=order)
            last = "InvalidSignature" if request_id == 4 else "Installed"
            await here.hears("FirmwareStatusNotification", status=last, requestId=request_id)

    told = [
        (one["requestId"], one["status"])
        for one in here.csms.record.of("FirmwareStatusNotification")
    ]
    assert (5, "SignatureVerified") in told and (4, "SignatureVerified") not in told
    await here.hears("SecurityEventNotification", type="InvalidFirmwareSignature")


async def log(here: Stage) -> None:
    """N01, F06: a log is put where the CSMS wants it."""
    async with serving() as files:
        where = {"remoteLocation": f"{files.url}/"}
        answer = await here.accepts("GetLog", log=where, log_type="DiagnosticsLog", request_id=8)
        await here.hears("LogStatusNotification", status="Uploaded", requestId=8)
    await here.accepts("TriggerMessage", requested_message="LogStatusNotification")
    await here.hears("LogStatusNotification", status="Idle")

    [put] = files.requests
    assert put.path.endswith(answer["filename"])
    assert b"BootNotification" in put.body


async def publication(here: Stage) -> None:
    """L03, L04, F06: each status in its order, the file where it was said to be, then no more."""
    md5_of_image = md5(IMAGE.encode(), usedforsecurity=False).hexdigest()
    async with serving() as files:
        order = {"location": f"{files.url}.bin", "request_id": 6}
        await here.accepts("PublishFirmware", checksum="0" * 32, **order)
        await here.hears("PublishFirmwareStatusNotification", status="InvalidChecksum")
        await here.accepts("PublishFirmware", checksum=md5_of_image, **order)
        told = await here.hears("PublishFirmwareStatusNotification", status="Published")
    async with httpx.AsyncClient() as station:
        [url] = told["location"]
        fetched = await station.get(url)
        await here.accepts("TriggerMessage", requested_message="PublishFirmwareStatusNotification")
        await here.hears("PublishFirmwareStatusNotification", status="Idle")
        await here.until(lambda state: state["publication"]["files"][0]["downloads"] == 0)
        first = await here.told("UnpublishFirmware", checksum=md5_of_image)
        second = await here.told("UnpublishFirmware", checksum=md5_of_image)
        gone = await station.get(url)

    assert fetched.text == IMAGE
    assert (first["status"], second["status"]) == ("Unpublished", "NoFirmware")
    assert gone.status_code == 404


STORIES = (
    Story(
        "L: firmware is updated",
        update,
        ("UpdateFirmware", "TriggerMessage"),
        hears=("FirmwareStatusNotification", "BootNotification", "SecurityEventNotification"),
    ),
    Story(
        "L: firmware is signed",
        signed_update,
        ("UpdateFirmware", "InstallCertificate"),
        hears=("FirmwareStatusNotification", "SecurityEventNotification"),
    ),
    Story(
        "L: firmware is published",
        publication,
        ("PublishFirmware", "UnpublishFirmware", "TriggerMessage"),
        hears=("PublishFirmwareStatusNotification",),
        charger={"local_controller": True},
    ),
    Story("N: a log is uploaded", log, ("GetLog",), hears=("LogStatusNotification",)),
)
