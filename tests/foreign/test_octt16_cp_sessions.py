"""OCTT's cases for a 1.6 charge point: booting, charging, starting and stopping from afar."""

from ocpp.v16 import call

from tests.foreign.octt_stage import LISTED, OTHER, TAG, Stage, case, charging
from voltyard.catalogue.commands import commands as do
from voltyard.charger.description.specification import ConnectorSpec, EvseSpec

FIXED = (EvseSpec(connectors=(ConnectorSpec(has_lock=False),)),)


@case(sockets=True, boot={"interval": 2})
async def test_TC_001_CS_cold_boot(stage: Stage) -> None:
    await stage.hears("BootNotification")
    for connector in (0, 1, 2):
        await stage.hears_status("Available", connector)
    await stage.hears("Heartbeat")


@case(sockets=True, boot={"status": "Pending", "interval": 2})
async def test_TC_002_CS_pending_boot(stage: Stage) -> None:
    await stage.hears("BootNotification")
    found = await stage.asks(call.GetConfiguration(key=["HeartbeatInterval"]))
    assert found.configuration_key[0]["key"] == "HeartbeatInterval"
    changed = await stage.asks(call.ChangeConfiguration("MeterValueSampleInterval", "30"))
    assert changed.status == "Accepted"
    started = await stage.asks(call.RemoteStartTransaction(TAG, connector_id=1))
    assert started.status == "Rejected"
    assert {name for name, _ in stage.central.heard} == {"BootNotification"}
    stage.central.boot = {"status": "Accepted", "interval": 300}
    await stage.hears("BootNotification")
    for connector in (0, 1, 2):
        await stage.hears_status("Available", connector)


@case(sockets=True)
async def test_TC_003_CS_plug_in_first(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.PlugIn())
    await stage.hears_status("Preparing")
    await stage.do(do.Swipe(id_tag=TAG))
    await stage.hears("Authorize", idTag=TAG)
    await stage.hears("StartTransaction", connectorId=1, idTag=TAG)
    await stage.hears_status("Charging")
    await stage.do(do.Swipe(id_tag=TAG))
    stopped = await stage.hears("StopTransaction", transactionId=stage.central.transactions)
    assert stopped.get("reason", "Local") == "Local"
    await stage.hears_status("Finishing")
    await stage.do(do.Unplug())
    await stage.hears_status("Available")


@case(sockets=True)
async def test_TC_004_1_CS_identification_first(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.Swipe(id_tag=TAG))
    await stage.hears("Authorize", idTag=TAG)
    await stage.hears_status("Preparing")
    await stage.do(do.PlugIn())
    await stage.hears("StartTransaction", connectorId=1, idTag=TAG)
    await stage.hears_status("Charging")


@case(sockets=True)
async def test_TC_004_2_CS_connection_time_out(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.Swipe(id_tag=TAG))
    await stage.hears_status("Preparing")
    await stage.hears_status("Available")
    assert not stage.all("StartTransaction")


@case(
    settings={
        "StopTransactionOnEVSideDisconnect": "true",
        "UnlockConnectorOnEVSideDisconnect": "true",
    },
    sockets=True,
)
async def test_TC_005_1_CS_ev_side_disconnected_stops_and_unlocks(stage: Stage) -> None:
    await charging(stage)
    await stage.do(do.PullCableAtVehicle())
    await stage.hears("StopTransaction", reason="EVDisconnected")
    await stage.hears_status("Finishing")
    await stage.do(do.Unplug())
    await stage.hears_status("Available")


@case(
    settings={
        "StopTransactionOnEVSideDisconnect": "true",
        "UnlockConnectorOnEVSideDisconnect": "false",
    }
)
async def test_TC_005_2_CS_ev_side_disconnected_stops_and_stays_locked(stage: Stage) -> None:
    await charging(stage)
    await stage.do(do.PullCableAtVehicle())
    await stage.hears("StopTransaction", reason="EVDisconnected")
    await stage.hears_status("Finishing")
    assert (await stage.tries(do.Unplug())).code == "wrong_state"
    await stage.do(do.Swipe(id_tag=TAG), do.Unplug())
    await stage.hears_status("Available")


@case(
    settings={
        "StopTransactionOnEVSideDisconnect": "false",
        "UnlockConnectorOnEVSideDisconnect": "false",
    }
)
async def test_TC_005_3_CS_ev_side_disconnected_goes_on(stage: Stage) -> None:
    await charging(stage)
    await stage.do(do.PullCableAtVehicle())
    await stage.hears_status("SuspendedEV")
    await stage.do(do.PlugIn())
    await stage.hears_status("Charging")
    assert not stage.all("StopTransaction")


CACHES = {"AuthorizationCacheEnabled": "true", "LocalPreAuthorize": "true"}


async def cached(stage: Stage) -> None:
    """The tag is in the cache, and nothing goes on."""
    await charging(stage)
    await stage.do(do.Swipe(id_tag=TAG), do.Unplug())
    await stage.hears_status("Available")


@case(settings=CACHES, sockets=True)
async def test_TC_007_1_CS_cached_id_local(stage: Stage) -> None:
    await cached(stage)
    await stage.do(do.PlugIn(), do.Swipe(id_tag=TAG))
    assert not stage.since("Authorize")
    await stage.hears("StartTransaction", idTag=TAG)
    await stage.hears_status("Charging")


@case(settings={**CACHES, "AuthorizeRemoteTxRequests": "true"}, sockets=True)
async def test_TC_007_2_CS_cached_id_remote(stage: Stage) -> None:
    await cached(stage)
    await stage.do(do.PlugIn())
    answer = await stage.asks(call.RemoteStartTransaction(TAG, connector_id=1))
    assert answer.status == "Accepted"
    await stage.hears("StartTransaction", idTag=TAG)
    await stage.hears_status("Charging")
    assert len(stage.all("Authorize")) == 1


LISTS = {"LocalAuthListEnabled": "true", "LocalPreAuthorize": "true"}


async def listed(stage: Stage) -> None:
    await stage.booted()
    answer = await stage.asks(
        call.SendLocalList(list_version=1, update_type="Full", local_authorization_list=LISTED)
    )
    assert answer.status == "Accepted"


@case(settings=LISTS, sockets=True)
async def test_TC_008_1_CS_listed_id_local(stage: Stage) -> None:
    await listed(stage)
    await stage.do(do.PlugIn(), do.Swipe(id_tag=TAG))
    await stage.hears("StartTransaction", idTag=TAG)
    await stage.hears_status("Charging")
    assert not stage.all("Authorize")


@case(settings={**LISTS, "AuthorizeRemoteTxRequests": "true"}, sockets=True)
async def test_TC_008_2_CS_listed_id_remote(stage: Stage) -> None:
    await listed(stage)
    await stage.do(do.PlugIn())
    answer = await stage.asks(call.RemoteStartTransaction(TAG, connector_id=1))
    assert answer.status == "Accepted"
    await stage.hears("StartTransaction", idTag=TAG)
    await stage.hears_status("Charging")
    assert not stage.all("Authorize")


@case(sockets=True)
async def test_TC_010_CS_remote_start_cable_first(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.PlugIn())
    await stage.hears_status("Preparing")
    answer = await stage.asks(call.RemoteStartTransaction(TAG, connector_id=1))
    assert answer.status == "Accepted"
    await stage.hears("StartTransaction", connectorId=1, idTag=TAG)
    await stage.hears_status("Charging")


@case(sockets=True)
async def test_TC_011_1_CS_remote_start_first(stage: Stage) -> None:
    await stage.booted()
    answer = await stage.asks(call.RemoteStartTransaction(TAG, connector_id=1))
    assert answer.status == "Accepted"
    await stage.hears_status("Preparing")
    await stage.do(do.PlugIn())
    await stage.hears("StartTransaction", connectorId=1, idTag=TAG)
    await stage.hears_status("Charging")


@case(sockets=True)
async def test_TC_011_2_CS_remote_start_time_out(stage: Stage) -> None:
    await stage.booted()
    await stage.asks(call.RemoteStartTransaction(TAG, connector_id=1))
    await stage.hears_status("Preparing")
    await stage.hears_status("Available")
    assert not stage.all("StartTransaction")


@case(sockets=True)
async def test_TC_012_CS_remote_stop(stage: Stage) -> None:
    number = await charging(stage)
    assert (await stage.asks(call.RemoteStopTransaction(number))).status == "Accepted"
    await stage.hears("StopTransaction", transactionId=number, reason="Remote")
    await stage.hears_status("Finishing")
    await stage.do(do.Unplug())
    await stage.hears_status("Available")


@case(sockets=True)
async def test_TC_013_CS_hard_reset(stage: Stage) -> None:
    await check_resets(stage, "Hard")


@case(sockets=True)
async def test_TC_014_CS_soft_reset(stage: Stage) -> None:
    await check_resets(stage, "Soft")


async def check_resets(stage: Stage, kind: str) -> None:
    await stage.booted()
    assert (await stage.asks(call.Reset(kind))).status == "Accepted"
    await stage.hears("BootNotification")
    for connector in (0, 1, 2):
        await stage.hears_status("Available", connector)


@case(sockets=True)
async def test_TC_015_CS_hard_reset_in_a_transaction(stage: Stage) -> None:
    await check_resets_in_transaction(stage, "Hard")


@case(sockets=True)
async def test_TC_016_CS_soft_reset_in_a_transaction(stage: Stage) -> None:
    await check_resets_in_transaction(stage, "Soft")


async def check_resets_in_transaction(stage: Stage, kind: str) -> None:
    number = await charging(stage)
    before = len(stage.all("BootNotification"))
    assert (await stage.asks(call.Reset(kind))).status == "Accepted"
    # Before or after the boot; ours tells it as soon as it can.
    await stage.hears("StopTransaction", transactionId=number, reason=f"{kind}Reset")
    await stage.central.until(lambda: len(stage.all("BootNotification")) > before)
    assert len(stage.all("StopTransaction")) == 1


@case(sockets=True)
async def test_TC_017_1_CS_unlock_a_socket(stage: Stage) -> None:
    await stage.booted()
    assert (await stage.asks(call.UnlockConnector(1))).status == "Unlocked"


@case(evses=FIXED, sockets=True)
async def test_TC_017_2_CS_unlock_a_fixed_cable(stage: Stage) -> None:
    await stage.booted()
    assert (await stage.asks(call.UnlockConnector(1))).status == "NotSupported"


@case(sockets=True)
async def test_TC_018_1_CS_unlock_a_socket_in_a_session(stage: Stage) -> None:
    number = await charging(stage)
    assert (await stage.asks(call.UnlockConnector(1))).status == "Unlocked"
    await stage.hears("StopTransaction", transactionId=number, reason="UnlockCommand")
    await stage.hears_status("Finishing")
    await stage.do(do.Unplug())
    await stage.hears_status("Available")


@case(evses=FIXED)
async def test_TC_018_2_CS_unlock_a_fixed_cable_in_a_session(stage: Stage) -> None:
    await charging(stage)
    assert (await stage.asks(call.UnlockConnector(1))).status == "NotSupported"
    await stage.passes(5)
    assert not stage.all("StopTransaction")
    assert stage.connector().status == "Charging"


@case(sockets=True)
async def test_TC_023_4_CS_local_start_authorize_invalid(stage: Stage) -> None:
    stage.central.tags[TAG] = {"status": "Invalid"}
    await stage.booted()
    await stage.do(do.PlugIn())
    assert (await stage.tries(do.Swipe(id_tag=TAG))).details["status"] == "Invalid"
    await stage.hears("Authorize", idTag=TAG)
    await stage.passes(0.5)
    assert not stage.all("StartTransaction")
    await stage.do(do.Unplug())
    await stage.hears_status("Available")


@case(settings={"AuthorizeRemoteTxRequests": "true"}, sockets=True)
async def test_TC_023_5_CS_remote_start_authorize_invalid(stage: Stage) -> None:
    stage.central.tags[TAG] = {"status": "Invalid"}
    await stage.booted()
    await stage.do(do.PlugIn())
    assert (await stage.asks(call.RemoteStartTransaction(TAG, 1))).status == "Accepted"
    await stage.hears("Authorize", idTag=TAG)
    await stage.passes(0.5)
    assert not stage.all("StartTransaction")


@case(sockets=True)
async def test_TC_024_CS_lock_failure(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.PlugIn(), do.InjectFault(fault_type="ConnectorLockFailure"))
    await stage.hears("StatusNotification", connectorId=1, errorCode="ConnectorLockFailure")
    assert stage.connector().power_w == 0.0
    assert not stage.all("StartTransaction")


@case(sockets=True)
async def test_TC_026_CS_remote_start_rejected(stage: Stage) -> None:
    await charging(stage)
    answer = await stage.asks(call.RemoteStartTransaction(OTHER, connector_id=1))
    assert answer.status == "Rejected"


@case(sockets=True)
async def test_TC_027_CS_remote_start_at_connector_0(stage: Stage) -> None:
    await stage.booted()
    answer = await stage.asks(call.RemoteStartTransaction(TAG, connector_id=0))
    assert answer.status == "Rejected"


@case(sockets=True)
async def test_TC_028_CS_remote_stop_rejected(stage: Stage) -> None:
    number = await charging(stage)
    assert (await stage.asks(call.RemoteStopTransaction(number + 1))).status == "Rejected"
    assert not stage.all("StopTransaction")


@case(sockets=True)
async def test_TC_030_CS_unlock_failure(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.InjectFault(fault_type="ConnectorLockFailure"))
    assert (await stage.asks(call.UnlockConnector(1))).status == "UnlockFailed"


@case(sockets=True)
async def test_TC_031_CS_unlock_an_unknown_connector(stage: Stage) -> None:
    await stage.booted()
    assert (await stage.asks(call.UnlockConnector(9))).status == "NotSupported"


@case(sockets=True)
async def test_TC_068_CS_the_same_tag_stops(stage: Stage) -> None:
    await charging(stage)
    await stage.tries(do.Swipe(id_tag=OTHER))
    assert not stage.all("StopTransaction")
    asked = len(stage.all("Authorize"))
    await stage.do(do.Swipe(id_tag=TAG))
    await stage.hears("StopTransaction", idTag=TAG)
    assert len(stage.all("Authorize")) == asked  # the tag that started is not asked about


@case(sockets=True)
async def test_TC_069_CS_a_tag_of_the_same_parent_stops(stage: Stage) -> None:
    stage.central.tags = {
        tag: {"status": "Accepted", "parent_id_tag": "FAMILY"} for tag in (TAG, OTHER)
    }
    await charging(stage)
    await stage.do(do.Swipe(id_tag=OTHER))
    await stage.hears("Authorize", idTag=OTHER)
    await stage.hears("StopTransaction", idTag=OTHER)


@case(settings={"MeterValueSampleInterval": "2", "StopTxnSampledData": ""}, sockets=True)
async def test_TC_070_CS_sampled_meter_values(stage: Stage) -> None:
    number = await charging(stage)
    first = await stage.hears("MeterValues", connectorId=1, transactionId=number)
    second = await stage.hears("MeterValues", connectorId=1, transactionId=number)
    for one in (first, second):
        for sample in one["meterValue"][0]["sampledValue"]:
            assert sample.get("context", "Sample.Periodic") == "Sample.Periodic"


ALIGNED = {"ClockAlignedDataInterval": "900", "MeterValueSampleInterval": "0"}


async def check_aligned(stage: Stage, *, in_transaction: bool) -> None:
    for minute in ("15", "30"):
        told = await stage.hears("MeterValues", connectorId=1)
        assert ("transactionId" in told) is in_transaction
        value = told["meterValue"][0]
        assert value["timestamp"].startswith(f"2026-01-05T10:{minute}:00")
        assert {one["context"] for one in value["sampledValue"]} == {"Sample.Clock"}


@case(settings=ALIGNED)
async def test_TC_071_CS_clock_aligned_meter_values(stage: Stage) -> None:
    await charging(stage)
    await check_aligned(stage, in_transaction=True)


@case(settings=ALIGNED)
async def test_TC_071_CS_clock_aligned_meter_values_without_a_transaction(stage: Stage) -> None:
    await stage.booted()
    await check_aligned(stage, in_transaction=False)
