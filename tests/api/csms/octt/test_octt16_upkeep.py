"""OCTT 1.6, central system: firmware, diagnostics, charging profiles."""

from typing import Any

import pytest

from tests.api.bench import BOX, Lab
from tests.api.csms.octt.bench import TAG, booted, ok

ACCEPTED = {"status": "Accepted"}
URL = "https://files.test/firmware.bin"
SCHEDULE = {
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}, {"startPeriod": 60, "limit": 8.1}],
}


def profile(purpose: str, **fields: Any) -> dict[str, Any]:
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute" if purpose == "TxDefaultProfile" else "Relative",
        "chargingSchedule": SCHEDULE,
        **fields,
    }


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        pytest.param(
            ["Downloading", "Downloaded", "Installing", "Installed"],
            "Installed",
            id="TC_044_1_CSMS",
        ),
        pytest.param(["Downloading", "DownloadFailed"], "DownloadFailed", id="TC_044_2_CSMS"),
        pytest.param(
            ["Downloading", "Downloaded", "Installing", "InstallationFailed"],
            "InstallationFailed",
            id="TC_044_3_CSMS",
        ),
    ],
)
async def test_TC_044_CSMS_firmware_update(lab: Lab, statuses: list[str], outcome: str) -> None:
    async with booted(lab, UpdateFirmware={}) as station:
        body = {"location": URL, "retrieveDate": "2026-02-10T14:00:00Z"}
        await station.ask("firmware/update", body)
        for status in statuses:
            assert await station.call("FirmwareStatusNotification", status=status) == {}
        command = await station.last_command()

    [asked] = station.asked("UpdateFirmware")
    assert (asked["location"], asked["retrieveDate"]) == (URL, "2026-02-10T14:00:00Z")
    assert outcome in str(command["outcome"])


@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param("Uploaded", id="TC_045_1_CSMS"),
        pytest.param("UploadFailed", id="TC_045_2_CSMS"),
    ],
)
async def test_TC_045_CSMS_get_diagnostics(lab: Lab, outcome: str) -> None:
    async with booted(lab, GetDiagnostics={"fileName": "diagnostics.zip"}) as station:
        answer = await station.ask("diagnostics", {"location": "https://files.test/up/"})
        for status in ("Uploading", outcome):
            assert await station.call("DiagnosticsStatusNotification", status=status) == {}
        command = await station.last_command()

    assert station.asked("GetDiagnostics")[0]["location"] == "https://files.test/up/"
    assert answer["fileName"] == "diagnostics.zip"
    assert outcome in str(command["outcome"])


async def test_TC_056_CSMS_a_default_profile(lab: Lab) -> None:
    async with booted(lab, SetChargingProfile=ACCEPTED) as station:
        sent = profile("TxDefaultProfile")
        body = {"connectorId": 1, "chargingProfile": sent}
        answer = await station.ask("charging-profiles", body)

    assert station.asked("SetChargingProfile") == [{"connectorId": 1, "csChargingProfiles": sent}]
    assert answer["status"] == "accepted"


async def test_TC_057_CSMS_a_profile_of_the_running_transaction(lab: Lab) -> None:
    async with booted(lab, SetChargingProfile=ACCEPTED) as station:
        number = await station.charge()
        sent = profile("TxProfile", transactionId=number)
        body = {"connectorId": 1, "chargingProfile": sent}
        answer = await station.ask("charging-profiles", body)

    assert station.asked("SetChargingProfile") == [{"connectorId": 1, "csChargingProfiles": sent}]
    assert answer["status"] == "accepted"


async def test_TC_059_CSMS_remote_start_with_a_profile(lab: Lab) -> None:
    async with booted(lab, RemoteStartTransaction=ACCEPTED) as station:
        sent = profile("TxProfile")
        body = {"chargeBoxId": BOX, "connectorId": 1, "idTag": TAG, "chargingProfile": sent}
        answer = ok(await lab.post("/transactions/start", body))

    assert station.asked("RemoteStartTransaction") == [
        {"connectorId": 1, "idTag": TAG, "chargingProfile": sent}
    ]
    assert answer["status"] == "accepted"


async def test_TC_066_CSMS_composite_schedule(lab: Lab) -> None:
    start = "2026-02-10T14:00:00Z"
    said = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": start,
        "chargingSchedule": {**SCHEDULE, "duration": 300},
    }
    async with booted(lab, GetCompositeSchedule=said) as station:
        body = {"connectorId": 1, "duration": 300, "chargingRateUnit": "A"}
        answer = await station.ask("charging-profiles/composite", body)

    assert station.asked("GetCompositeSchedule") == [body]
    assert (answer["status"].lower(), answer["connectorId"]) == ("accepted", 1)
    assert (
        answer["chargingSchedule"]["chargingSchedulePeriod"] == (SCHEDULE["chargingSchedulePeriod"])
    )


async def test_TC_067_CSMS_clear_a_charging_profile(lab: Lab) -> None:
    script = {"SetChargingProfile": ACCEPTED, "ClearChargingProfile": ACCEPTED}
    async with booted(lab, **script) as station:
        body = {"connectorId": 1, "chargingProfile": profile("TxDefaultProfile")}
        await station.ask("charging-profiles", body)
        by_id = ok(await lab.delete(f"/chargers/{BOX}/charging-profiles?id=1"))
        by_rule = ok(
            await lab.delete(
                f"/chargers/{BOX}/charging-profiles"
                "?connectorId=1&purpose=TxDefaultProfile&stackLevel=0"
            )
        )

    assert station.asked("ClearChargingProfile") == [
        {"id": 1},
        {"connectorId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0},
    ]
    assert (by_id["status"], by_rule["status"]) == ("accepted", "accepted")
