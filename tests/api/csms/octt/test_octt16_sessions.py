"""OCTT 1.6, central system: booting, charging, and charging without a connection."""

import pytest

from tests.api.bench import Lab
from tests.api.csms.octt.bench import TAG, booted, iso


async def test_TC_001_CSMS_cold_boot(lab: Lab) -> None:
    async with booted(lab) as station:
        shown = await station.shown()
        heartbeat = await station.call("Heartbeat")

    assert shown["isOnline"] and (shown["vendor"], shown["model"]) == ("ACME", "DC-50")
    assert [(one["connectorId"], one["status"]) for one in shown["connectors"]] == [
        (1, "Available")
    ]
    assert heartbeat["currentTime"] == iso(lab.now)


async def test_TC_003_CSMS_regular_session_plug_in_first(lab: Lab) -> None:
    async with booted(lab) as station:
        await station.status("Preparing")
        assert await station.authorize() == "Accepted"
        started = await station.start()
        await station.status("Charging")
        assert (await station.connector())["status"] == "Charging"
        await station.finish(started["transactionId"], "Local", idTag=TAG)
        transaction = await station.transaction(started["transactionId"])

    assert started["idTagInfo"]["status"] == "Accepted"
    assert (transaction["status"], transaction["stopReason"]) == ("completed", "Local")
    assert transaction["energyDelivered"] == 0.5


async def test_TC_004_1_CSMS_regular_session_identification_first(lab: Lab) -> None:
    async with booted(lab) as station:
        assert await station.authorize() == "Accepted"
        number = await station.charge()
        transaction = await station.transaction(number)

    assert (transaction["status"], transaction["idTag"]) == ("in_progress", TAG)


async def test_TC_004_2_CSMS_identification_first_and_nobody_plugs_in(lab: Lab) -> None:
    async with booted(lab) as station:
        assert await station.authorize() == "Accepted"
        await station.status("Preparing")
        await station.status("Available")

        assert (await station.connector())["status"] == "Available"
        assert await station.transactions() == []


async def test_TC_005_1_CSMS_the_cable_is_pulled_at_the_vehicle(lab: Lab) -> None:
    async with booted(lab) as station:
        number = await station.charge()
        await station.finish(number, "EVDisconnected")
        transaction = await station.transaction(number)

    assert (transaction["status"], transaction["stopReason"]) == ("completed", "EVDisconnected")


async def test_TC_007_CSMS_a_cached_id_starts_without_asking(lab: Lab) -> None:
    async with booted(lab) as station:
        number = await station.charge()
        await station.finish(number, "Local", idTag=TAG)
        lab.now += 60
        again = await station.charge()
        transactions = await station.transactions()

    assert again != number
    assert [one["transactionId"] for one in transactions] == [again, number]


@pytest.mark.parametrize(
    ("case", "fields", "status"),
    [
        pytest.param("invalid", None, "Invalid", id="TC_023_1_CSMS"),
        pytest.param(
            "expired", {"expiryDate": "2026-02-01T00:00:00Z"}, "Expired", id="TC_023_2_CSMS"
        ),
        pytest.param("blocked", {"status": "blocked"}, "Blocked", id="TC_023_3_CSMS"),
    ],
)
async def test_TC_023_CSMS_a_tag_that_may_not_charge(
    lab: Lab, case: str, fields: dict[str, str] | None, status: str
) -> None:
    async with booted(lab) as station:
        await station.tag("ANOTHER")
        if fields is not None:
            await station.tag(**fields)
        await station.status("Preparing")

        assert await station.authorize() == status
        # A charge point that starts all the same is answered, and told.
        started = await station.start()

    assert started["idTagInfo"]["status"] == status
    assert started["transactionId"] > 0


async def test_TC_024_CSMS_the_connector_lock_fails(lab: Lab) -> None:
    async with booted(lab) as station:
        await station.status("Preparing")
        assert await station.authorize() == "Accepted"
        await station.status("Faulted", errorCode="ConnectorLockFailure")
        connector = await station.connector()

    assert (connector["status"], connector["errorCode"]) == ("Faulted", "ConnectorLockFailure")


async def test_TC_032_1_CSMS_a_power_failure_ends_the_transaction(lab: Lab) -> None:
    async with booted(lab) as station:
        number = await station.charge()
        back = await station.reconnect(after_boot=True)
        await back.stop(number, "PowerLoss")
        transaction = await back.transaction(number)

    assert (transaction["status"], transaction["stopReason"]) == ("completed", "PowerLoss")


async def test_TC_037_1_CSMS_a_valid_tag_started_offline(lab: Lab) -> None:
    async with booted(lab) as station:
        began_at = lab.now
        lab.now += 600
        back = await station.reconnect(after_boot=False)
        started = await back.start(at=iso(began_at))
        await back.status("Charging")
        transaction = await back.transaction(started["transactionId"])

    assert started["idTagInfo"]["status"] == "Accepted"
    assert transaction["startTime"] == iso(began_at).replace("Z", ".000Z")
    assert transaction["durationMinutes"] == 10


async def test_TC_037_3_CSMS_an_invalid_tag_started_offline_and_was_stopped(lab: Lab) -> None:
    async with booted(lab) as station:
        await station.tag("ANOTHER")
        began_at = lab.now
        lab.now += 600
        back = await station.reconnect(after_boot=False)
        started = await back.start(at=iso(began_at))
        await back.stop(started["transactionId"], "DeAuthorized")
        transaction = await back.transaction(started["transactionId"])

    assert started["idTagInfo"]["status"] == "Invalid"
    assert (transaction["status"], transaction["stopReason"]) == ("completed", "DeAuthorized")


async def test_TC_039_CSMS_a_whole_transaction_offline(lab: Lab) -> None:
    async with booted(lab) as station:
        began_at = lab.now
        lab.now += 3600
        back = await station.reconnect(after_boot=False)
        number = (await back.start(at=iso(began_at)))["transactionId"]
        stopped = await back.stop(number, "Local", at=iso(began_at + 1800), idTag=TAG)
        transaction = await back.transaction(number)

    assert stopped["idTagInfo"]["status"] == "Accepted"
    assert (transaction["status"], transaction["durationMinutes"]) == ("completed", 30)


async def test_TC_064_CSMS_data_transfer_to_the_central_system(lab: Lab) -> None:
    async with booted(lab) as station:
        answer = await station.call("DataTransfer", vendorId="org.example", messageId="m", data="d")

    assert answer["status"] == "UnknownVendorId"
