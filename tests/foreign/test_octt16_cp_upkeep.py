"""OCTT's cases for a 1.6 charge point: configuration, power and network, lists, triggers."""

from ocpp.v16 import call

from tests.foreign.octt_stage import LISTED, OTHER, TAG, Stage, case, charging
from voltyard.catalogue.commands import commands as do

REQUIRED = {
    *("AuthorizeRemoteTxRequests", "ClockAlignedDataInterval", "ConnectionTimeOut"),
    *("ConnectorPhaseRotation", "GetConfigurationMaxKeys", "HeartbeatInterval"),
    *("LocalAuthorizeOffline", "LocalPreAuthorize", "MeterValuesAlignedData"),
    *("MeterValuesSampledData", "MeterValueSampleInterval", "NumberOfConnectors"),
    *("ResetRetries", "StopTransactionOnEVSideDisconnect", "StopTransactionOnInvalidId"),
    *("StopTxnAlignedData", "StopTxnSampledData", "SupportedFeatureProfiles"),
    *("TransactionMessageAttempts", "TransactionMessageRetryInterval"),
    "UnlockConnectorOnEVSideDisconnect",
}
"""Keys of the core profile that must be there (OCPP 1.6 section 9.1)."""


@case(sockets=True)
async def test_TC_019_CS_retrieve_configuration(stage: Stage) -> None:
    await stage.booted()
    whole = await stage.asks(call.GetConfiguration())
    keys = {one["key"] for one in whole.configuration_key}
    assert keys >= REQUIRED
    one = await stage.asks(call.GetConfiguration(key=["SupportedFeatureProfiles"]))
    assert [found["key"] for found in one.configuration_key] == ["SupportedFeatureProfiles"]


@case(sockets=True)
async def test_TC_021_CS_change_configuration(stage: Stage) -> None:
    await stage.booted()
    changed = await stage.asks(call.ChangeConfiguration("MeterValueSampleInterval", "42"))
    assert changed.status == "Accepted"
    found = await stage.asks(call.GetConfiguration(key=["MeterValueSampleInterval"]))
    assert found.configuration_key[0] | {"value": "42"} == found.configuration_key[0]


@case(sockets=True)
async def test_TC_040_1_CS_key_not_supported(stage: Stage) -> None:
    await stage.booted()
    changed = await stage.asks(call.ChangeConfiguration("UnknownConfigurationKey", "true"))
    assert changed.status == "NotSupported"


@case(sockets=True)
async def test_TC_040_2_CS_invalid_value(stage: Stage) -> None:
    await stage.booted()
    changed = await stage.asks(call.ChangeConfiguration("MeterValueSampleInterval", "-1"))
    assert changed.status == "Rejected"
    found = await stage.asks(call.GetConfiguration(key=["MeterValueSampleInterval"]))
    assert found.configuration_key[0]["value"] == "1"


# --- power and network ---------------------------------------------------------------------------


@case(sockets=True)
async def test_TC_032_1_CS_power_failure_stops_before_going_down(stage: Stage) -> None:
    number = await charging(stage)
    await stage.do(do.PowerCut(reserve_s=30.0))
    await stage.hears("StopTransaction", transactionId=number, reason="PowerLoss")
    await stage.central.until(lambda: stage.central.station is None)
    assert len(stage.all("BootNotification")) == 1
    await stage.do(do.PowerRestore())
    await stage.central.until(lambda: len(stage.all("BootNotification")) == 2)
    await stage.hears_status("Finishing")
    assert len(stage.all("StopTransaction")) == 1


@case(sockets=True)
async def test_TC_032_2_CS_power_failure_stops_after_the_boot(stage: Stage) -> None:
    number = await charging(stage)
    await stage.do(do.PowerCut(), do.PowerRestore())
    await stage.hears("BootNotification")
    await stage.hears("StopTransaction", transactionId=number, reason="PowerLoss")
    assert len(stage.all("StopTransaction")) == 1


@case(sockets=True)
async def test_TC_034_CS_unavailable_outlasts_a_power_failure(stage: Stage) -> None:
    await stage.booted()
    answer = await stage.asks(call.ChangeAvailability(1, "Inoperative"))
    assert answer.status == "Accepted"
    await stage.hears_status("Unavailable")
    await stage.do(do.PowerCut(), do.PowerRestore())
    await stage.hears("BootNotification")
    await stage.hears_status("Unavailable")
    await stage.hears_status("Available", 2)
    answer = await stage.asks(call.ChangeAvailability(1, "Operative"))
    assert answer.status == "Accepted"
    await stage.hears_status("Available")


@case(sockets=True)
async def test_TC_036_CS_connection_loss_in_a_transaction(stage: Stage) -> None:
    number = await charging(stage)
    links = stage.central.links
    await stage.do(do.NetworkDrop())
    await stage.central.until(lambda: stage.central.station is None)
    before = len(stage.all("MeterValues"))
    await stage.passes(2.5)
    assert len(stage.all("MeterValues")) == before
    await stage.do(do.NetworkRestore())
    await stage.central.until(lambda: stage.central.links > links)
    # What was sampled meanwhile comes, in order; the session goes on.
    await stage.central.until(lambda: len(stage.all("MeterValues")) >= before + 2)
    moments = [one["meterValue"][0]["timestamp"] for one in stage.all("MeterValues")]
    assert moments == sorted(moments)
    assert {one["transactionId"] for one in stage.all("MeterValues")} == {number}
    assert not stage.all("StopTransaction")
    assert len(stage.all("BootNotification")) == 1


OFFLINE = {
    "LocalAuthorizeOffline": "true",
    "AllowOfflineTxForUnknownId": "true",
    "MeterValueSampleInterval": "0",
}


async def starts_offline(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.NetworkDrop())
    await stage.central.until(lambda: stage.central.station is None)
    await stage.do(do.PlugIn(), do.Swipe(id_tag=TAG))
    assert stage.connector().status == "Charging"
    await stage.passes(1)


@case(settings=OFFLINE, sockets=True)
async def test_TC_037_1_CS_offline_start_of_a_valid_tag(stage: Stage) -> None:
    await starts_offline(stage)
    await stage.do(do.NetworkRestore())
    await stage.hears_status("Charging")
    await stage.hears("StartTransaction", idTag=TAG)
    await stage.passes(0.5)
    assert not stage.all("StopTransaction")
    assert stage.connector().status == "Charging"


@case(settings={**OFFLINE, "StopTransactionOnInvalidId": "false", "MaxEnergyOnInvalidId": "0"})
async def test_TC_037_2_CS_offline_start_of_an_invalid_tag_goes_on(stage: Stage) -> None:
    stage.central.tags[TAG] = {"status": "Invalid"}
    await starts_offline(stage)
    await stage.do(do.NetworkRestore())
    await stage.hears("StartTransaction", idTag=TAG)
    await stage.hears_status("SuspendedEVSE")
    assert not stage.all("StopTransaction")


@case(settings={**OFFLINE, "StopTransactionOnInvalidId": "true"}, sockets=True)
async def test_TC_037_3_CS_offline_start_of_an_invalid_tag_stops(stage: Stage) -> None:
    stage.central.tags[TAG] = {"status": "Invalid"}
    await starts_offline(stage)
    await stage.do(do.NetworkRestore())
    await stage.hears("StartTransaction", idTag=TAG)
    number = stage.central.transactions
    await stage.hears("StopTransaction", transactionId=number, reason="DeAuthorized")
    await stage.hears_status("Finishing")


@case(settings={"MeterValueSampleInterval": "0"}, sockets=True)
async def test_TC_038_CS_offline_stop(stage: Stage) -> None:
    number = await charging(stage)
    await stage.do(do.NetworkDrop())
    await stage.do(do.Swipe(id_tag=TAG), do.Unplug(), do.NetworkRestore())
    await stage.hears("StopTransaction", transactionId=number)
    await stage.central.until(lambda: stage.connector().status == "Available")


@case(settings=OFFLINE, sockets=True)
async def test_TC_039_CS_offline_transaction(stage: Stage) -> None:
    await starts_offline(stage)
    await stage.do(do.Swipe(id_tag=TAG), do.Unplug(), do.NetworkRestore())
    started = await stage.hears("StartTransaction", idTag=TAG)
    number = stage.central.transactions
    stopped = await stage.hears("StopTransaction", transactionId=number)
    assert started["timestamp"] < stopped["timestamp"]
    assert stopped["meterStop"] >= started["meterStart"]


@case(sockets=True)
async def test_TC_041_CS_fault_behaviour(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.InjectFault(fault_type="GroundFailure"))
    told = await stage.hears_status("Faulted")
    assert told["errorCode"] == "GroundFailure"
    await stage.do(do.ClearFault())
    assert (await stage.hears_status("Available"))["errorCode"] == "NoError"


# --- the local list ------------------------------------------------------------------------------


@case(settings={"LocalAuthListEnabled": "false"}, sockets=True)
async def test_TC_042_1_CS_list_version_not_supported(stage: Stage) -> None:
    await stage.booted()
    assert (await stage.asks(call.GetLocalListVersion())).list_version == -1


@case(sockets=True)
async def test_TC_042_2_CS_list_version_of_an_empty_list(stage: Stage) -> None:
    await stage.booted()
    assert (await stage.asks(call.GetLocalListVersion())).list_version == 0


async def lists(stage: Stage, version: int, kind: str, entries: list[object]) -> str:
    answer = await stage.asks(
        call.SendLocalList(list_version=version, update_type=kind, local_authorization_list=entries)
    )
    return str(answer.status)


@case(settings={"LocalPreAuthorize": "true"}, sockets=True)
async def test_TC_043_CS_send_local_list(stage: Stage) -> None:
    await stage.booted()
    other = {"idTag": OTHER, "idTagInfo": {"status": "Accepted"}}
    assert await lists(stage, 1, "Full", [*LISTED]) == "Accepted"
    assert (await stage.asks(call.GetLocalListVersion())).list_version == 1
    assert await lists(stage, 2, "Differential", [other, {"idTag": TAG}]) == "Accepted"
    assert (await stage.asks(call.GetLocalListVersion())).list_version == 2
    await stage.do(do.PlugIn(), do.Swipe(id_tag=OTHER))
    assert not stage.all("Authorize")
    await stage.hears("StartTransaction", idTag=OTHER)


@case(settings={"LocalAuthListEnabled": "false"}, sockets=True)
async def test_TC_043_1_CS_send_local_list_not_supported(stage: Stage) -> None:
    await stage.booted()
    assert await lists(stage, 1, "Full", [*LISTED]) == "NotSupported"


@case(sockets=True)
async def test_TC_043_2_CS_send_local_list_version_mismatch(stage: Stage) -> None:
    await stage.booted()
    assert await lists(stage, 5, "Full", [*LISTED]) == "Accepted"
    assert await lists(stage, 4, "Differential", [*LISTED]) == "VersionMismatch"
    assert (await stage.asks(call.GetLocalListVersion())).list_version == 5


@case()
async def test_TC_043_3_CS_send_local_list_failed(stage: Stage) -> None:
    await stage.booted()
    assert await lists(stage, 1, "Full", [*LISTED]) == "Accepted"
    many = [
        {"idTag": f"TAG{number}", "idTagInfo": {"status": "Accepted"}} for number in range(1001)
    ]
    assert await lists(stage, 2, "Full", [*many]) == "Failed"  # beyond SendLocalListMaxLength
    assert (await stage.asks(call.GetLocalListVersion())).list_version == 1


# --- triggers and the rest -----------------------------------------------------------------------


@case(sockets=True)
async def test_TC_054_CS_trigger_message(stage: Stage) -> None:
    await charging(stage)
    for action, connector in (("MeterValues", 1), ("StatusNotification", 1), ("Heartbeat", None)):
        stage.skip()
        answer = await stage.asks(call.TriggerMessage(action, connector_id=connector))
        assert answer.status == "Accepted"
        told = await stage.hears(action, **({} if connector is None else {"connectorId": 1}))
        if action == "MeterValues":
            assert told["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"


@case(sockets=True)
async def test_TC_054_CS_trigger_message_of_firmware_and_diagnostics(stage: Stage) -> None:
    await stage.booted()
    for action in ("DiagnosticsStatusNotification", "FirmwareStatusNotification"):
        assert (await stage.asks(call.TriggerMessage(action))).status == "Accepted"
        await stage.hears(action, status="Idle")


@case(sockets=True)
async def test_TC_055_CS_trigger_message_rejected(stage: Stage) -> None:
    await stage.booted()
    answer = await stage.asks(call.TriggerMessage("MeterValues", connector_id=9))
    assert answer.status == "Rejected"


@case(settings={"AuthorizationCacheEnabled": "true", "LocalPreAuthorize": "true"})
async def test_TC_061_1_CS_clear_cache_locally(stage: Stage) -> None:
    await check_cleared(stage, locally=True)


@case(settings={"AuthorizationCacheEnabled": "true", "LocalPreAuthorize": "true"}, sockets=True)
async def test_TC_061_2_CS_clear_cache_from_afar(stage: Stage) -> None:
    await check_cleared(stage, locally=False)


async def check_cleared(stage: Stage, *, locally: bool) -> None:
    await charging(stage)
    await stage.do(do.Swipe(id_tag=TAG), do.Unplug())
    if locally:
        await stage.do(do.ResetCache())
    else:
        assert (await stage.asks(call.ClearCache())).status == "Accepted"
    asked = len(stage.all("Authorize"))
    await stage.do(do.PlugIn(), do.Swipe(id_tag=TAG))
    await stage.central.until(lambda: len(stage.all("Authorize")) == asked + 1)


@case(sockets=True)
async def test_TC_062_CS_data_transfer(stage: Stage) -> None:
    await stage.booted()
    answer = await stage.asks(call.DataTransfer("org.example", "anything", "data"))
    assert answer.status in ("UnknownVendorId", "UnknownMessageId")
