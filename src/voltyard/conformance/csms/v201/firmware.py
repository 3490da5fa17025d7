"""Cases of OCPP 2.0.1 for a CSMS: firmware management (block L)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import EVSES, Station
from voltyard.conformance.wire.certificates import self_signed_root
from voltyard.conformance.wire.message import ReceivedMessage

CASES = Cases("csms", "2.0.1", "FirmwareManagement")

_URL: Final = "https://files.example.com/firmware.bin"
_CHECKSUM: Final = "d41d8cd98f00b204e9800998ecf8427e"
_SOON_S: Final = 600
_INSTALLING: Final = ("Downloading", "Downloaded", "SignatureVerified", "Installing")


async def _update(
    station: Station, status: str = "Accepted", number: int = 7, **firmware: Any
) -> ReceivedMessage:
    """The operator has signed firmware installed; the station answers so."""
    fields = {
        "requestId": number,
        "firmware": {
            "location": _URL,
            "retrieveDateTime": station.now(),
            "signingCertificate": self_signed_root("Maker of firmware"),
            "signature": "c2lnbmF0dXJl",
            **firmware,
        },
    }
    return await ask(station, "UpdateFirmware", fields, {"status": status})


async def _tell(station: Station, update: ReceivedMessage, statuses: Sequence[str]) -> None:
    """The station tells of each of these statuses of an update."""
    for status in statuses:
        await station.tell(
            "FirmwareStatusNotification",
            f"The station tells of {status}",
            status=status,
            requestId=update["requestId"],
        )


async def _install(station: Station, update: ReceivedMessage, statuses: Sequence[str]) -> None:
    """The station tells of these statuses, reboots with the new firmware, and has it Installed."""
    await _tell(station, update, [*statuses, "InstallRebooting"])
    await station.reboot("FirmwareUpdate")
    await _tell(station, update, ["Installed"])


@CASES.each(
    Row("TC_L_01_CSMS", "Firmware is installed", statuses=_INSTALLING),
    Row(
        "TC_L_02_CSMS",
        "Firmware is installed later",
        statuses=[*_INSTALLING[:3], "InstallScheduled", "Installing"],
        later=["installDateTime"],
    ),
    Row(
        "TC_L_03_CSMS",
        "Firmware is downloaded later",
        statuses=["DownloadScheduled", *_INSTALLING],
        later=["retrieveDateTime"],
    ),
    requirements=["L01.FR.01", "L01.FR.11", "L01.FR.15"],
    asks=["UpdateFirmware"],
)
async def installed(station: Station, statuses: Sequence[str], later: Sequence[str] = ()) -> None:
    """The operator has signed firmware installed, now or at a time, and each status is taken.

    The signature and its certificate go with the request: a station installs nothing without them.
    It says by their number which update its statuses are of.
    """
    await station.ready()
    times = dict.fromkeys(later, station.now(earlier_s=-_SOON_S))
    update = await _update(station, "Accepted", 7, **times)
    await _install(station, update, statuses)


@CASES.each(
    Row("TC_L_04_CSMS", "Signing certificate revoked", status="RevokedCertificate"),
    Row(
        "TC_L_05_CSMS",
        "Signing certificate invalid",
        status="InvalidCertificate",
        event="InvalidFirmwareSigningCertificate",
    ),
    requirements=["L01.FR.01"],
    asks=["UpdateFirmware"],
)
async def wrong_certificate(station: Station, status: str, event: str = "") -> None:
    """The station does not trust the certificate of the firmware, and begins nothing.

    It tells of an invalid one by a security event too, to which the CSMS has to listen.
    """
    await station.ready()
    await _update(station, status)
    if event:
        await station.tell("SecurityEventNotification", type=event, timestamp=station.now())
    await station.heartbeat()


@CASES.each(
    Row(
        "TC_L_06_CSMS",
        "Signature invalid",
        statuses=["Downloading", "Downloaded", "InvalidSignature"],
        event="InvalidFirmwareSignature",
    ),
    Row("TC_L_07_CSMS", "Download failed", statuses=["Downloading", "DownloadFailed"]),
    Row(
        "TC_L_08_CSMS",
        "Verification failed",
        statuses=[*_INSTALLING, "InstallVerificationFailed"],
    ),
    requirements=["L01.FR.01", "L01.FR.11"],
    asks=["UpdateFirmware"],
)
async def failed(station: Station, statuses: Sequence[str], event: str = "") -> None:
    """An update comes to nothing, and the CSMS takes the status that says why."""
    await station.ready()
    await _tell(station, await _update(station), statuses)
    if event:
        await station.tell("SecurityEventNotification", type=event, timestamp=station.now())


@CASES.case(
    "TC_L_09_CSMS",
    "Installation failed",
    requirements=["L01.FR.01", "L01.FR.11"],
    asks=["UpdateFirmware"],
)
async def installation_failed(station: Station) -> None:
    """The station reboots, runs what it ran before, and tells that the installation failed.

    The status comes after a boot: a CSMS that has forgotten the update believes it done.
    """
    await station.ready()
    update = await _update(station)
    await _tell(station, update, [*_INSTALLING, "InstallRebooting"])
    await station.reboot("FirmwareUpdate")
    await _tell(station, update, ["InstallationFailed"])


@CASES.each(
    Row("TC_L_10_CSMS", "A second update takes the place of the first", status="AcceptedCanceled"),
    Row("TC_L_11_CSMS", "A first update cannot be cancelled", status="Rejected"),
    requirements=["L01.FR.01", "L01.FR.11", "L01.FR.24", "L01.FR.27"],
    asks=["UpdateFirmware"],
)
async def second_update(station: Station, status: str) -> None:
    """The operator asks for another update while one is under way: taken instead, or refused.

    Each has a number of its own, by which the CSMS knows which of them goes on.
    """
    await station.ready()
    first = await _update(station)
    await _tell(station, first, ["Downloading"])
    second = await _update(station, status, number=8)
    if second["requestId"] == first["requestId"]:
        raise second.broken("a requestId other than that of the first update")
    if status == "AcceptedCanceled":
        await _install(station, second, _INSTALLING)
    else:
        await _install(station, first, _INSTALLING[1:])


@CASES.case(
    "TC_L_13_CSMS",
    "Firmware waits for a session",
    requirements=["L01.FR.01", "L01.FR.11"],
    asks=["UpdateFirmware"],
)
async def update_waits(station: Station) -> None:
    """A station that charges puts the download off, and closes its free EVSEs meanwhile.

    The session goes on to its end; the CSMS must not take the closed EVSEs for broken ones.
    """
    await station.ready()
    transaction = await station.charge()
    update = await _update(station)
    await _tell(station, update, ["DownloadScheduled"])
    await station.status("Unavailable", EVSES[1])
    await station.finish(transaction)
    await _install(station, update, _INSTALLING)


# --- a local controller ---------------------------------------------------------------------------


@CASES.each(
    Row(
        "TC_L_17_CSMS",
        "Firmware is published",
        statuses=["Downloading", "Downloaded", "ChecksumVerified", "Published"],
    ),
    Row(
        "TC_L_19_CSMS",
        "Checksum of published firmware invalid",
        statuses=["Downloading", "Downloaded", "InvalidChecksum"],
    ),
    Row(
        "TC_L_20_CSMS",
        "Publishing failed",
        statuses=["Downloading", "Downloaded", "ChecksumVerified", "PublishFailed"],
    ),
    Row(
        "TC_L_24_CSMS",
        "Download of firmware to publish failed",
        statuses=["Downloading", "DownloadFailed"],
    ),
    requirements=["L03"],
    needs=["LocalController"],
    asks=["PublishFirmware"],
)
async def publish(station: Station, statuses: Sequence[str]) -> None:
    """The operator has a local controller keep firmware for the stations behind it.

    The checksum goes with the request: without it, a broken file goes out to a whole site.
    """
    await station.ready()
    request = await ask(
        station,
        "PublishFirmware",
        {"requestId": 7, "location": _URL, "checksum": _CHECKSUM},
    )
    for status in statuses:
        places = {"location": ["http://controller.local/firmware.bin"]}
        await station.tell(
            "PublishFirmwareStatusNotification",
            f"The local controller tells of {status}",
            status=status,
            requestId=request["requestId"],
            **(places if status == "Published" else {}),
        )


@CASES.each(
    Row("TC_L_21_CSMS", "Firmware is published no more", status="Unpublished"),
    Row("TC_L_22_CSMS", "No such firmware is published", status="NoFirmware"),
    Row("TC_L_23_CSMS", "Published firmware is in use", status="DownloadOngoing"),
    requirements=["L04"],
    needs=["LocalController"],
    asks=["UnpublishFirmware"],
)
async def unpublish(station: Station, status: str) -> None:
    """The operator has a local controller drop a firmware, which its checksum names."""
    await station.ready()
    await ask(station, "UnpublishFirmware", {"checksum": _CHECKSUM}, {"status": status})
    await station.heartbeat()
