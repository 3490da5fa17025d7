"""Cases of OCPP 1.6 for a charge point: firmware, diagnostics and logs."""

from typing import Any, Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger.v16.central_system import CentralSystem
from voltyard.conformance.wire.endings import NotApplicable
from voltyard.conformance.wire.message import ANY, PRESENT

CASES = Cases("charger", "1.6", "FirmwareManagement")

_FIRMWARE: Final = ("OCPP 1.6 section 5.19", "OCPP 1.6 section 4.5")
_DIAGNOSTICS: Final = ("OCPP 1.6 section 5.9", "OCPP 1.6 section 4.4")
_SIGNED: Final = ("1.6 security white paper L01",)
_PLAIN: Final = "FirmwareStatusNotification"
_SECURE: Final = "SignedFirmwareStatusNotification"
_SECURED: Final = {"security_events": True}
_OPTIONAL: Final = frozenset(
    {"DownloadScheduled", "DownloadPaused", "InstallScheduled", "InstallRebooting"}
)
"""Statuses that a signed update may have on its way, or not."""


async def _hears_in_turn(
    central: CentralSystem, action: str, *statuses: str, **fields: Any
) -> None:
    """Wait for those statuses, one after the other, with none but optional ones between."""
    for status in statuses:
        await central.hears(action, status=status, **fields)
    _expect_course(central, action, *statuses)


def _expect_course(central: CentralSystem, action: str, *statuses: str) -> None:
    """The case fails unless that was the course of it. A status that is told again is no other."""
    course: list[str] = []
    for told in central.inbox.all(action):
        if told["status"] not in _OPTIONAL and course[-1:] != [told["status"]]:
            course.append(told["status"])
            if course != list(statuses[: len(course)]):
                raise told.broken(f"{action}: {', '.join(statuses)}", ", ".join(course))


async def _update(central: CentralSystem, location: str, **fields: Any) -> None:
    await central.asks("UpdateFirmware", location=location, retrieveDate=central.now(), **fields)


async def _is_installed(central: CentralSystem, action: str, version: str) -> None:
    """The charge point boots with the new version, and tells that it is installed; in any order."""
    boots = len(central.inbox.all("BootNotification"))
    await central.heard_until("BootNotification", max(boots, 2))
    central.inbox.all("BootNotification")[-1].expect(firmwareVersion=version or ANY)
    central.record.step("The charger tells that the firmware is installed")
    await central.inbox.awaits(
        f"{action} with status='Installed'",
        lambda: any(one.get("status") == "Installed" for one in central.inbox.all(action)),
    )


@CASES.case("TC_044_1_CS", "Firmware update", requirements=_FIRMWARE, files=True, firmware=True)
async def firmware_update(central: CentralSystem) -> None:
    """Firmware is fetched and installed, with a status at each stage, and the charge point boots
    with it."""
    await central.booted()
    firmware = central.firmware()
    await _update(central, central.folder.offer("firmware.bin", firmware.image))
    await _hears_in_turn(central, _PLAIN, "Downloading", "Downloaded", "Installing")
    await _is_installed(central, _PLAIN, firmware.version)
    _expect_course(central, _PLAIN, "Downloading", "Downloaded", "Installing", "Installed")


@CASES.case("TC_044_2_CS", "Firmware update, download failed", requirements=_FIRMWARE, files=True)
async def download_failed(central: CentralSystem) -> None:
    """Firmware that is not there cannot be fetched: the charge point says so, and goes on as it
    was."""
    await central.booted()
    await _update(central, f"{central.folder.url}absent.bin", retries=1, retryInterval=1)
    await _hears_in_turn(central, _PLAIN, "Downloading", "DownloadFailed")
    central.heard_times("BootNotification", 1)


@CASES.case(
    "TC_044_3_CS",
    "Firmware update, installation failed",
    requirements=_FIRMWARE,
    files=True,
    firmware=True,
)
async def installation_failed(central: CentralSystem) -> None:
    """Firmware that is broken is fetched and not installed. A simulated charge point installs any
    file, so its memory is broken instead."""
    await central.booted()
    firmware = central.firmware()
    parts = [firmware.image]
    if firmware.is_for_simulated:
        await central.act("inject_fault", fault_type="FlashFailure")
    else:
        parts.append(b"not of the maker")
    await _update(central, central.folder.offer("firmware.bin", *parts))
    await central.hears(_PLAIN, status="Downloading")
    await central.hears(_PLAIN, status="Downloaded")
    await central.hears(_PLAIN, status="InstallationFailed")
    course = [told["status"] for told in central.inbox.all(_PLAIN)]
    if "Installed" in course:
        raise central.inbox.all(_PLAIN)[-1].broken("no Installed", ", ".join(course))


@CASES.case("TC_045_1_CS", "Diagnostics", requirements=_DIAGNOSTICS, files=True)
async def diagnostics(central: CentralSystem) -> None:
    """Diagnostics are uploaded under the name that was told, with a status at each stage."""
    await central.booted()
    answer = await central.asks("GetDiagnostics", location=central.folder.url)
    answer.expect(fileName=PRESENT)
    await _hears_in_turn(central, "DiagnosticsStatusNotification", "Uploading", "Uploaded")
    central.uploaded(answer["fileName"])


@CASES.case("TC_045_2_CS", "Diagnostics, upload failed", requirements=_DIAGNOSTICS, files=True)
async def upload_failed(central: CentralSystem) -> None:
    """An upload that is not taken has failed, and the charge point says so."""
    await central.booted()
    url = central.folder.absent_url
    await central.asks("GetDiagnostics", location=url, retries=1, retryInterval=1)
    await _hears_in_turn(central, "DiagnosticsStatusNotification", "Uploading", "UploadFailed")


# --- secure ---------------------------------------------------------------------------------------


@CASES.case(
    "TC_079_CS",
    "Security log",
    group="Security",
    requirements=["1.6 security white paper N01"],
    files=True,
    spec=_SECURED,
)
async def security_log(central: CentralSystem) -> None:
    """The security log is uploaded under the name that was told; each status has the request's
    id."""
    await central.booted()
    log = {"remoteLocation": central.folder.url}
    answer = await central.asks("GetLog", log=log, logType="SecurityLog", requestId=5)
    answer.expect(status="Accepted", filename=PRESENT)
    await _hears_in_turn(central, "LogStatusNotification", "Uploading", "Uploaded", requestId=5)
    central.uploaded(answer["filename"])


async def _signed_update(central: CentralSystem, *, is_tampered_with: bool = False) -> str:
    """Ask for a signed update, perhaps of a file that is not the one that was signed; the version
    in it."""
    await central.booted()
    firmware = central.firmware()
    if not firmware.signature:
        raise NotApplicable("the firmware that the subject declares is not signed")
    if firmware.root:
        installed = await central.asks(
            "InstallCertificate",
            certificateType="ManufacturerRootCertificate",
            certificate=firmware.root,
        )
        installed.expect(status="Accepted")
    rest = [b"and something that was not signed"] if is_tampered_with else []
    offered = {
        "location": central.folder.offer("firmware.bin", firmware.image, *rest),
        "retrieveDateTime": central.now(),
        "signingCertificate": firmware.certificate,
        "signature": firmware.signature,
    }
    answer = await central.asks("SignedUpdateFirmware", requestId=9, firmware=offered)
    answer.expect(status="Accepted")
    return firmware.version


@CASES.case(
    "TC_080_CS",
    "Secure firmware update",
    group="Security",
    requirements=_SIGNED,
    files=True,
    firmware=True,
    spec=_SECURED,
)
async def secure_firmware_update(central: CentralSystem) -> None:
    """Signed firmware is fetched, its signature verified, and installed; a security event tells of
    it."""
    version = await _signed_update(central)
    course = ("Downloading", "Downloaded", "SignatureVerified", "Installing")
    await _hears_in_turn(central, _SECURE, *course, requestId=9)
    await _is_installed(central, _SECURE, version)
    _expect_course(central, _SECURE, *course, "Installed")
    central.inbox.all(_SECURE)[-1].expect(requestId=9)
    await central.inbox.awaits(
        "SecurityEventNotification with type='FirmwareUpdated'",
        lambda: any(
            one.get("type") == "FirmwareUpdated"
            for one in central.inbox.all("SecurityEventNotification")
        ),
    )


@CASES.case(
    "TC_081_CS",
    "Secure firmware update, invalid signature",
    group="Security",
    requirements=_SIGNED,
    files=True,
    firmware=True,
    spec=_SECURED,
)
async def invalid_signature(central: CentralSystem) -> None:
    """A file that is not the one that was signed is not installed; a security event tells of it."""
    await _signed_update(central, is_tampered_with=True)
    await _hears_in_turn(
        central, _SECURE, "Downloading", "Downloaded", "InvalidSignature", requestId=9
    )
    await central.hears("SecurityEventNotification", type="InvalidFirmwareSignature")
    central.heard_times("BootNotification", 1)
