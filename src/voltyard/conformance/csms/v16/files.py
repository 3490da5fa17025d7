"""Cases of OCPP 1.6 for a CSMS: firmware and diagnostics."""

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v16.station import Station

CASES = Cases("csms", "1.6", "FirmwareManagement")

_URL = "https://files.example.com/firmware.bin"
_UPLOADS = "https://files.example.com/uploads/"


@CASES.each(
    Row(
        "TC_044_1_CSMS",
        "Firmware update",
        statuses=["Downloading", "Downloaded", "Installing", "Installed"],
    ),
    Row(
        "TC_044_2_CSMS",
        "Firmware update, download failed",
        statuses=["Downloading", "DownloadFailed"],
    ),
    Row(
        "TC_044_3_CSMS",
        "Firmware update, installation failed",
        statuses=["Downloading", "Downloaded", "Installing", "InstallationFailed"],
    ),
    requirements=["OCPP 1.6 section 5.19", "OCPP 1.6 section 4.5"],
    asks=["UpdateFirmware"],
)
async def firmware_update(station: Station, statuses: list[str]) -> None:
    """The operator has new firmware installed, and each status on the way is taken."""
    await station.ready()
    fields = {"location": _URL, "retrieveDate": station.now()}
    await station.asked("UpdateFirmware", fields, answer={}, expected={"location": _URL})
    for status in statuses:
        await station.call("FirmwareStatusNotification", status=status)


@CASES.each(
    Row("TC_045_1_CSMS", "Diagnostics", last="Uploaded"),
    Row("TC_045_2_CSMS", "Diagnostics, upload failed", last="UploadFailed"),
    requirements=["OCPP 1.6 section 5.9", "OCPP 1.6 section 4.4"],
    asks=["GetDiagnostics"],
)
async def diagnostics(station: Station, last: str) -> None:
    """The operator asks for diagnostics, and each status of the upload is taken."""
    await station.ready()
    await station.asked(
        "GetDiagnostics", {"location": _UPLOADS}, answer={"fileName": "diagnostics.zip"}
    )
    for status in ("Uploading", last):
        await station.call("DiagnosticsStatusNotification", status=status)
