"""Cases of OCPP 2.0.1 for a charging station: secure firmware updates (L01)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.firmware import CaseFirmware
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.subject import SEVERAL_EVSES
from voltyard.conformance.wire.endings import NotApplicable
from voltyard.conformance.wire.firmware_signing import FirmwareSigner
from voltyard.conformance.wire.message import ANY, ReceivedMessage, one_of

CASES = Cases("charger", "2.0.1", "FirmwareManagement")

_STATUS: Final = "FirmwareStatusNotification"
_ON_THE_WAY: Final = frozenset(
    {"DownloadScheduled", "DownloadPaused", "InstallScheduled", "InstallRebooting"}
)
"""Statuses that an update may have between the others, or not."""
_NEW_SESSIONS: Final = "ChargingStation.AllowNewSessionsPendingFirmwareUpdate"
_INSTALLS_IDLE: Final = "firmware is downloaded in a transaction, and installed after it"
"""Need of a case."""
_LONGEST_S: Final = 120.0
"""Time until something that is scheduled is due, where the tester's patience is long."""


def _later_s(csms: ManagementSystem) -> float:
    """The time until something that is scheduled is due: the tester has to wait for it."""
    return min(_LONGEST_S, csms.patience_s / 2)


async def _firmware(csms: ManagementSystem) -> CaseFirmware:
    """Boot; signed firmware, whose root the station trusts."""
    await csms.booted()
    firmware = csms.firmware()
    if not firmware.signature:
        raise NotApplicable("the firmware that the subject declares is not signed")
    if firmware.root:
        installed = await csms.asks(
            "InstallCertificate",
            certificateType="ManufacturerRootCertificate",
            certificate=firmware.root,
        )
        installed.expect(status="Accepted")
    return firmware


async def _update(
    csms: ManagementSystem,
    firmware: CaseFirmware,
    *tail: bytes,
    status: str = "Accepted",
    location: str = "",
    at: str = "",
    **fields: Any,
) -> int:
    """Ask for an update, which is answered with that status; its requestId. `tail` is appended to
    the file, `fields` are of its firmware."""
    request_id = csms.number()
    answer = await csms.asks(
        "UpdateFirmware",
        requestId=request_id,
        retries=0,
        firmware={
            "location": location or csms.folder.offer("firmware.bin", firmware.image, *tail),
            "retrieveDateTime": at or csms.now(),
            "signingCertificate": firmware.certificate,
            "signature": firmware.signature,
            **fields,
        },
    )
    answer.expect(status=status)
    return request_id


async def _becomes(csms: ManagementSystem, request_id: int, *statuses: Any) -> ReceivedMessage:
    """The statuses of an update, one after the other, with none but optional ones between; the last
    message."""
    told: ReceivedMessage | None = None
    for status in statuses:
        before = told["status"] if told else ""
        told = await csms.hears(_STATUS)
        while told["status"] != status and told["status"] in {*_ON_THE_WAY, before}:
            told = await csms.hears(_STATUS)
        told.expect(status=status)
        told.expect(requestId=request_id, rule="L01.FR.10")
    assert told is not None
    return told


async def _is_installed(csms: ManagementSystem, firmware: CaseFirmware, request_id: int) -> None:
    """The station boots with the new version, and tells that it is installed, in any order."""
    boots = len(csms.inbox.all("BootNotification"))
    await csms.heard_until("BootNotification", max(boots, 2))
    boot = csms.inbox.all("BootNotification")[-1]
    boot.expect({"chargingStation.firmwareVersion": firmware.version or ANY})
    csms.record.step("The charger tells that the firmware is installed")
    await csms.inbox.awaits(
        f"{_STATUS} with status='Installed'",
        lambda: any(
            one.fits({"status": "Installed", "requestId": request_id})
            for one in csms.inbox.all(_STATUS)
        ),
    )
    await csms.inbox.awaits(
        "SecurityEventNotification with type='FirmwareUpdated'",
        lambda: any(
            one.get("type") == "FirmwareUpdated"
            for one in csms.inbox.all("SecurityEventNotification")
        ),
    )


_VERIFIED: Final = ("Downloading", "Downloaded", "SignatureVerified")


@CASES.case(
    "TC_L_01_CS",
    "Secure firmware update",
    requirements=["L01.FR.01", "L01.FR.04", "L01.FR.05", "L01.FR.10", "L01.FR.20", "L01.FR.28"],
    files=True,
    firmware=True,
)
async def secure_update(csms: ManagementSystem) -> None:
    """Signed firmware is fetched, verified and installed, with a status at each stage, and the
    station boots with it; a security event tells of it."""
    firmware = await _firmware(csms)
    request_id = await _update(csms, firmware)
    await _becomes(csms, request_id, *_VERIFIED, "Installing")
    await _is_installed(csms, firmware, request_id)
    csms.inbox.skip()
    await csms.trigger(_STATUS)
    (await csms.hears(_STATUS)).expect(status="Idle", rule="L01.FR.25")


@CASES.case(
    "TC_L_02_CS",
    "Secure firmware update, installation scheduled",
    requirements=["L01.FR.16", "L01.FR.10"],
    files=True,
    firmware=True,
)
async def installation_scheduled(csms: ManagementSystem) -> None:
    """Firmware that is to be installed later is fetched now, and waits for its time: at night
    nobody charges."""
    firmware = await _firmware(csms)
    later_s = _later_s(csms)
    later = csms.clock() + later_s
    request_id = await _update(csms, firmware, installDateTime=csms.now(later_s))
    await _becomes(csms, request_id, *_VERIFIED, "InstallScheduled")
    told = await _becomes(csms, request_id, "Installing")
    if csms.clock() < later - 1.0:
        raise told.broken("no installation before its time", rule="L01.FR.16")
    await _is_installed(csms, firmware, request_id)


@CASES.case(
    "TC_L_03_CS",
    "Secure firmware update, download scheduled",
    requirements=["L01.FR.13", "L01.FR.10"],
    files=True,
    firmware=True,
)
async def download_scheduled(csms: ManagementSystem) -> None:
    """Firmware that is to be fetched later is fetched at its time: a whole fleet need not come at
    once."""
    firmware = await _firmware(csms)
    later_s = _later_s(csms)
    later = csms.clock() + later_s
    request_id = await _update(csms, firmware, at=csms.now(later_s))
    await _becomes(csms, request_id, "DownloadScheduled")
    told = await _becomes(csms, request_id, "Downloading")
    if csms.clock() < later - 1.0:
        raise told.broken("no download before its time", rule="L01.FR.13")
    await _becomes(csms, request_id, "Downloaded", "SignatureVerified", "Installing")
    await _is_installed(csms, firmware, request_id)


# --- failures -------------------------------------------------------------------------------------


async def _stays_as_it_is(csms: ManagementSystem) -> None:
    await csms.passes(5)
    csms.heard_times("BootNotification", 1)
    for one in csms.inbox.all(_STATUS):
        if one["status"] in ("Installing", "Installed"):
            raise one.broken("no installation")


@CASES.case(
    "TC_L_05_CS",
    "Secure firmware update, invalid certificate",
    requirements=["L01.FR.02", "L01.FR.12", "L01.FR.21", "L01.FR.22"],
    files=True,
    firmware=True,
)
async def invalid_certificate(csms: ManagementSystem) -> None:
    """Firmware whose signer the manufacturer does not vouch for is refused at once, and a security
    event tells of it: an attacker signs, too."""
    firmware = await _firmware(csms)
    attacker = FirmwareSigner(csms.clock())
    await _update(
        csms,
        replace(firmware, certificate=attacker.certificate),
        status="InvalidCertificate",
    )
    await csms.hears("SecurityEventNotification", type="InvalidFirmwareSigningCertificate")
    await _stays_as_it_is(csms)
    csms.never_heard(_STATUS)


@CASES.case(
    "TC_L_06_CS",
    "Secure firmware update, invalid signature",
    requirements=["L01.FR.03", "L01.FR.04", "L01.FR.12"],
    files=True,
    firmware=True,
)
async def invalid_signature(csms: ManagementSystem) -> None:
    """A file that is not the one that was signed is not installed; a security event tells of it."""
    firmware = await _firmware(csms)
    request_id = await _update(csms, firmware, b"and something that was not signed")
    await _becomes(csms, request_id, "Downloading", "Downloaded", "InvalidSignature")
    await csms.hears("SecurityEventNotification", type="InvalidFirmwareSignature")
    await _stays_as_it_is(csms)


@CASES.case(
    "TC_L_07_CS",
    "Secure firmware update, download failed",
    requirements=["L01.FR.01", "L01.FR.30"],
    files=True,
    firmware=True,
)
async def download_fails(csms: ManagementSystem) -> None:
    """Firmware that is not there cannot be fetched: the station says so, and goes on as it was."""
    firmware = await _firmware(csms)
    request_id = await _update(csms, firmware, location=f"{csms.folder.url}absent.bin")
    await _becomes(csms, request_id, "Downloading", "DownloadFailed")
    await _stays_as_it_is(csms)


@CASES.case(
    "TC_L_08_CS",
    "Secure firmware update, installation failed",
    requirements=["L01.FR.01", "L01.FR.29"],
    needs=["firmware whose installation fails"],
    asks=["inject_fault"],
    files=True,
    firmware=True,
)
async def installation_fails(csms: ManagementSystem) -> None:
    """Firmware that does not verify after it was written is not run, and the station says so. A
    simulated station installs any file, so its controller is broken instead."""
    firmware = await _firmware(csms)
    await csms.act("inject_fault", fault_type="FirmwareCorruption")
    request_id = await _update(csms, firmware)
    failed = one_of("InstallVerificationFailed", "InstallationFailed")
    await _becomes(csms, request_id, *_VERIFIED, "Installing", failed)
    csms.heard_times("BootNotification", 1)


# --- a second request -----------------------------------------------------------------------------


@CASES.case(
    "TC_L_10_CS",
    "Second request, the first is cancelled",
    requirements=["L01.FR.24", "L01.FR.10"],
    needs=["firmware update can be cancelled"],
    files=True,
    firmware=True,
)
async def second_request(csms: ManagementSystem) -> None:
    """A second request takes the place of an update that waits for its time."""
    firmware = await _firmware(csms)
    first = await _update(csms, firmware, installDateTime=csms.now(_later_s(csms)))
    await _becomes(csms, first, *_VERIFIED, "InstallScheduled")
    second = await _update(csms, firmware, status="AcceptedCanceled")
    await csms.hears(_STATUS, status="Downloading", requestId=second)
    await _becomes(csms, second, "Downloaded", "SignatureVerified", "Installing")
    await _is_installed(csms, firmware, second)


@CASES.case(
    "TC_L_11_CS",
    "Second request, too late to cancel the first",
    requirements=["L01.FR.27"],
    needs=["firmware installation cannot be cancelled"],
    files=True,
    firmware=True,
)
async def too_late_to_cancel(csms: ManagementSystem) -> None:
    """An installation that cannot be stopped goes on, and the second request is rejected."""
    firmware = await _firmware(csms)
    first = await _update(csms, firmware)
    await _becomes(csms, first, *_VERIFIED, "Installing")
    await _update(csms, firmware, status="Rejected")
    await _is_installed(csms, firmware, first)


# --- while somebody charges -----------------------------------------------------------------------


@CASES.each(
    Row("TC_L_14_CS", "Firmware update in a transaction, new sessions are allowed", allowed=True),
    Row("TC_L_15_CS", "Firmware update in a transaction, no new sessions", allowed=False),
    requirements=["L01.FR.06", "L01.FR.07", "L01.FR.33", "L01.FR.34"],
    needs=[_INSTALLS_IDLE, SEVERAL_EVSES],
    asks=["plug", "swipe", "unplug"],
    files=True,
    firmware=True,
)
async def update_in_a_transaction(csms: ManagementSystem, allowed: bool) -> None:
    """An update waits for whoever charges; the other EVSEs are Unavailable meanwhile, unless new
    sessions are allowed, so that the end comes."""
    firmware = await _firmware(csms)
    await csms.set_variable(_NEW_SESSIONS, "true" if allowed else "false")
    transaction = await csms.starts()
    csms.inbox.skip()
    request_id = await _update(csms, firmware)
    await _becomes(csms, request_id, *_VERIFIED)
    if allowed:
        await csms.passes(5)
        csms.hears_nothing("StatusNotification", "L01.FR.07")
    else:
        for evse in range(2, csms.subject.evses + 1):
            await csms.hears_status("Unavailable", evse)
    for one in csms.inbox.all(_STATUS):
        if one["status"] == "Installing":
            raise one.broken("no installation in a transaction", rule="L01.FR.06")
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.act("unplug")
    await csms.hears_event("Ended", transactionId=transaction)
    await csms.inbox.awaits(
        f"{_STATUS} with status='Installing'",
        lambda: any(one["status"] == "Installing" for one in csms.inbox.all(_STATUS)),
    )
    await _is_installed(csms, firmware, request_id)
