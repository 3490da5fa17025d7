"""The commands beyond the core, obeyed by chargers of the `ocpp` package of either version."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.desk import Desk, open_desk
from tests.foreign.peers.charger import ForeignCharger, connected

BOX = "FOREIGN-1"
AT = f"/chargers/{BOX}"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.fixture
async def desk(sqlite_directory: Path) -> AsyncIterator[Desk]:
    async with open_desk(sqlite_directory) as opened:
        yield opened


@pytest.fixture(params=["1.6", "2.0.1"])
async def charger(request: pytest.FixtureRequest, desk: Desk) -> AsyncIterator[ForeignCharger]:
    """A foreign charger that has booted."""
    await desk.register(BOX)
    async with connected(request.param, desk.charger_url, BOX) as foreign:
        await foreign.boot()
        yield foreign
        assert not foreign.record.errors


def is_16(charger: ForeignCharger) -> bool:
    return hasattr(charger, "settings")


async def settled(desk: Desk, **query: Any) -> Any:
    """The newest command of that kind, once its outcome is there."""
    [row, *_] = (await desk.get(f"{AT}/commands", **query))["commands"]
    return await desk.until(f"{AT}/commands/{row['id']}", isAwaited=False)


async def test_reservations_are_made_used_and_cancelled(
    desk: Desk, charger: ForeignCharger
) -> None:
    body = {"connectorId": 1, "idTag": "TAG", "expiryDate": "2099-01-01T00:00:00Z"}
    made = await desk.post(f"{AT}/reservations", body)
    refused = await desk.post(f"{AT}/reservations", {**body, "connectorId": 9})
    spare = await desk.post(f"{AT}/reservations", {**body, "connectorId": 0})
    gone = await desk.delete(f"{AT}/reservations/{spare['reservationId']}")
    unknown = await desk.delete(f"{AT}/reservations/1")
    await charger.start_charging("TAG")

    listed = (await desk.get("/reservations"))["reservations"]
    assert [one["status"] for one in (made, refused, spare)] == ["accepted", "rejected", "accepted"]
    assert (gone["status"], unknown["status"]) == ("accepted", "rejected")
    assert {one["reservationId"]: one["status"] for one in listed} == {
        made["reservationId"]: "used",
        spare["reservationId"]: "cancelled",
    }


async def test_a_limit_is_set_read_and_removed(desk: Desk, charger: ForeignCharger) -> None:
    limited = await desk.put(f"{AT}/charging-limit", {"connectorId": 1, "limit": "16A"})
    composite = await desk.post(
        f"{AT}/charging-profiles/composite", {"connectorId": 1, "duration": 60}
    )
    whole = await desk.put(f"{AT}/charging-limit", {"connectorId": 0, "limit": "11000W"})
    removed = await desk.delete(f"{AT}/charging-limit?connectorId=1")
    again = await desk.delete(f"{AT}/charging-limit?connectorId=1")

    assert [one["status"] for one in (limited, composite, whole)] == ["accepted"] * 3
    assert composite["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 16
    assert (removed["status"], again["status"]) == ("accepted", "unknown")
    [left] = charger.profiles.values()
    purpose = "ChargePointMaxProfile" if is_16(charger) else "ChargingStationMaxProfile"
    assert left["charging_profile_purpose"] == purpose


async def test_certificates_are_installed_listed_and_deleted(
    desk: Desk, charger: ForeignCharger
) -> None:
    of_type = {"certificateType": "CSMSRootCertificate"}
    none = await desk.get(f"{AT}/certificates", **of_type)
    installed = await desk.post(f"{AT}/certificates", {**of_type, "certificate": PEM})
    [listed] = (await desk.get(f"{AT}/certificates", **of_type))["certificateHashData"]
    deleted = await desk.delete(f"{AT}/certificates", {"certificateHashData": listed})

    assert none["status"] == "notFound"
    assert (installed["status"], deleted["status"]) == ("accepted", "accepted")
    assert charger.certificates == []


async def test_a_log_has_the_outcome_its_charger_tells(desk: Desk, charger: ForeignCharger) -> None:
    body = {"logType": "SecurityLog", "location": "ftp://files.example/"}
    answer = await desk.post(f"{AT}/log", body)

    row = await settled(desk, command="log")
    assert (answer["status"], row["requestId"]) == ("accepted", answer["requestId"])
    assert (row["outcome"], row["succeeded"]) == ("Uploaded", True)


@pytest.mark.parametrize(
    ("signature", "outcome", "succeeded"),
    [("GOOD", "Installed", True), ("MEUC", "InvalidSignature", False)],
)
async def test_signed_firmware_is_installed_or_refused_for_its_signature(
    desk: Desk, charger: ForeignCharger, signature: str, outcome: str, succeeded: bool
) -> None:
    body = {
        "location": "https://files.example/f.bin",
        "retrieveDate": "2026-02-10T14:00:00Z",
        "signingCertificate": PEM,
        "signature": signature,
    }
    answer = await desk.post(f"{AT}/firmware/signed-update", body)

    row = await settled(desk, command="firmware/signed-update")
    action = "SignedUpdateFirmware" if is_16(charger) else "UpdateFirmware"
    assert charger.record.of(action)[0]["firmware"]["signature"] == signature
    assert (answer["status"], row["requestId"]) == ("accepted", answer["requestId"])
    assert (row["outcome"], row["succeeded"]) == (outcome, succeeded)


async def test_a_reset_and_a_trigger_have_outcomes(desk: Desk, charger: ForeignCharger) -> None:
    await desk.post(f"{AT}/trigger", {"requestedMessage": "Heartbeat"})
    came = await settled(desk, command="trigger")
    begun = await desk.post(f"{AT}/reset?async=true", {"type": "Soft"}, status=202)
    back = await desk.until(f"{AT}/commands/{begun['commandId']}", isAwaited=False)

    assert came["outcome"].startswith("came after ")
    assert back["outcome"].startswith("back after ")
    assert back["succeeded"] is True


async def test_an_extended_trigger_brings_what_1_6_has_no_other_way_to(
    desk: Desk, charger: ForeignCharger
) -> None:
    if not is_16(charger):
        pytest.skip("2.0.1 has one trigger for all")
    body = {"requestedMessage": "LogStatusNotification", "extended": True}
    answer = await desk.post(f"{AT}/trigger", body)

    assert answer["status"] == "accepted"
    assert (await settled(desk, command="trigger"))["succeeded"] is True
