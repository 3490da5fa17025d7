"""OCTT's cases for a 1.6 charge point: firmware and logs, plain and secure."""

from typing import Any

from ocpp.v16 import call

from tests.foreign.octt_stage import START, Stage, case
from voltyard.catalogue.commands import commands as do
from voltyard.kernel.time import to_rfc3339
from voltyard.testing.firmware_signing import FirmwareSigner

IMAGE = b"Yard firmware version: 2.0.0\nand the rest of it"
IMAGE_URL = "http://files.test/yard-2.0.0.bin"
LOGS_URL = "ftp://files.test/logs/"


def moment(stage: Stage) -> str:
    return to_rfc3339(stage.central.clock())


async def updates(stage: Stage, **fields: Any) -> None:
    await stage.asks(call.UpdateFirmware(location=IMAGE_URL, retrieve_date=moment(stage), **fields))


async def hears_in_turn(stage: Stage, action: str, *statuses: str, **fields: Any) -> None:
    for status in statuses:
        await stage.hears(action, status=status, **fields)


@case(sockets=True)
async def test_TC_044_1_CS_firmware_is_downloaded_and_installed(stage: Stage) -> None:
    await stage.booted()
    stage.files[IMAGE_URL] = IMAGE
    await updates(stage)
    told = "FirmwareStatusNotification"
    await hears_in_turn(stage, told, "Downloading", "Downloaded", "Installing")
    await stage.hears("BootNotification", firmwareVersion="2.0.0")
    await stage.central.until(
        lambda: [one for one in stage.all(told) if one["status"] == "Installed"]
    )
    assert [one["status"] for one in stage.all(told)] == [
        *("Downloading", "Downloaded", "Installing", "Installed")
    ]


@case(sockets=True)
async def test_TC_044_2_CS_the_download_fails(stage: Stage) -> None:
    await stage.booted()
    await updates(stage, retries=1, retry_interval=1)
    await hears_in_turn(stage, "FirmwareStatusNotification", "Downloading", "DownloadFailed")
    assert len(stage.all("BootNotification")) == 1


@case(sockets=True)
async def test_TC_044_3_CS_the_installation_fails(stage: Stage) -> None:
    await stage.booted()
    stage.files[IMAGE_URL] = IMAGE
    await stage.do(do.InjectFault(fault_type="FlashFailure"))
    await updates(stage)
    told = "FirmwareStatusNotification"
    await hears_in_turn(stage, told, "Downloading", "Downloaded", "Installing")
    await stage.hears(told, status="InstallationFailed")


@case(sockets=True)
async def test_TC_045_1_CS_diagnostics(stage: Stage) -> None:
    await stage.booted()
    answer = await stage.asks(call.GetDiagnostics(location=LOGS_URL))
    assert answer.file_name
    await hears_in_turn(stage, "DiagnosticsStatusNotification", "Uploading", "Uploaded")
    assert stage.files[LOGS_URL + answer.file_name]


@case(sockets=True)
async def test_TC_045_2_CS_the_upload_of_diagnostics_fails(stage: Stage) -> None:
    await stage.booted()
    await stage.asks(call.GetDiagnostics(location="nowhere://files.test/"))
    await hears_in_turn(stage, "DiagnosticsStatusNotification", "UploadFailed")


# --- secure --------------------------------------------------------------------------------------

SECURED = {"security_events": True}


@case(sockets=True, **SECURED)
async def test_TC_079_CS_the_security_log(stage: Stage) -> None:
    await stage.booted()
    answer = await stage.asks(
        call.GetLog(log={"remoteLocation": LOGS_URL}, log_type="SecurityLog", request_id=5)
    )
    assert answer.status == "Accepted"
    told = "LogStatusNotification"
    await hears_in_turn(stage, told, "Uploading", "Uploaded", requestId=5)
    assert b"StartupOfTheDevice" in stage.files[LOGS_URL + answer.filename]


async def signs(stage: Stage, signature: str | None = None) -> FirmwareSigner:
    """A signed update is asked for, of a maker whose root is installed."""
    await stage.booted()
    signer = FirmwareSigner(START if stage.in_memory else stage.central.clock())
    installed = await stage.asks(
        call.InstallCertificate("ManufacturerRootCertificate", signer.root)
    )
    assert installed.status == "Accepted"
    stage.files[IMAGE_URL] = IMAGE
    firmware = {
        "location": IMAGE_URL,
        "retrieveDateTime": moment(stage),
        "signingCertificate": signer.certificate,
        "signature": signature or signer.sign(IMAGE),
    }
    answer = await stage.asks(call.SignedUpdateFirmware(request_id=9, firmware=firmware))
    assert answer.status == "Accepted"
    return signer


@case(sockets=True, **SECURED)
async def test_TC_080_CS_secure_firmware_update(stage: Stage) -> None:
    await signs(stage)
    told = "SignedFirmwareStatusNotification"
    await hears_in_turn(
        stage, told, "Downloading", "Downloaded", "SignatureVerified", "Installing", requestId=9
    )
    await stage.hears("BootNotification", firmwareVersion="2.0.0")
    await stage.central.until(
        lambda: [one for one in stage.all(told) if one["status"] == "Installed"]
    )
    await stage.central.until(
        lambda: [
            one
            for one in stage.all("SecurityEventNotification")
            if one["type"] == "FirmwareUpdated"
        ]
    )


@case(sockets=True, **SECURED)
async def test_TC_081_CS_secure_firmware_update_with_an_invalid_signature(stage: Stage) -> None:
    await signs(stage, signature=FirmwareSigner(START).sign(IMAGE))
    told = "SignedFirmwareStatusNotification"
    await hears_in_turn(stage, told, "Downloading", "Downloaded", "InvalidSignature", requestId=9)
    await stage.hears("SecurityEventNotification", type="InvalidFirmwareSignature")
    assert len(stage.all("BootNotification")) == 1
