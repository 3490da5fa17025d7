"""Cases of OCPP 1.6 for a charge point: started, stopped and configured by the CSMS."""

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger.v16.central_system import CentralSystem

CASES = Cases("charger", "1.6", "Core")

_START = "OCPP 1.6 section 5.11"
_STOP = "OCPP 1.6 section 5.12"
_GET = "OCPP 1.6 section 5.8"
_CHANGE = "OCPP 1.6 section 5.3"
_TRIGGER = "OCPP 1.6 section 5.17"

REQUIRED = frozenset(
    {
        *("AuthorizeRemoteTxRequests", "ClockAlignedDataInterval", "ConnectionTimeOut"),
        *("ConnectorPhaseRotation", "GetConfigurationMaxKeys", "HeartbeatInterval"),
        *("LocalAuthorizeOffline", "LocalPreAuthorize", "MeterValuesAlignedData"),
        *("MeterValuesSampledData", "MeterValueSampleInterval", "NumberOfConnectors"),
        *("ResetRetries", "StopTransactionOnEVSideDisconnect", "StopTransactionOnInvalidId"),
        *("StopTxnAlignedData", "StopTxnSampledData", "SupportedFeatureProfiles"),
        *("TransactionMessageAttempts", "TransactionMessageRetryInterval"),
        "UnlockConnectorOnEVSideDisconnect",
    }
)
"""Configuration keys of the core profile that must be there (OCPP 1.6 section 9.1)."""


@CASES.case("TC_010_CS", "Remote start, cable first", requirements=[_START], asks=["plug"])
async def remote_start_cable_first(central: CentralSystem) -> None:
    """The CSMS starts a transaction at a connector to which a vehicle is connected."""
    await central.booted()
    await central.act("plug")
    await central.hears_status("Preparing")
    await central.remote_start()
    await central.hears("StartTransaction", connectorId=1, idTag=central.tags.accepted)
    await central.hears_status("Charging")


@CASES.case("TC_011_1_CS", "Remote start first", requirements=[_START], asks=["plug"])
async def remote_start_first(central: CentralSystem) -> None:
    """The CSMS starts a transaction, and the cable goes in afterwards."""
    await central.booted()
    await central.remote_start()
    await central.hears_status("Preparing")
    await central.act("plug")
    await central.hears("StartTransaction", connectorId=1, idTag=central.tags.accepted)
    await central.hears_status("Charging")


@CASES.case(
    "TC_011_2_CS",
    "Remote start, time-out",
    requirements=[_START, "OCPP 1.6 section 9.1.6"],
    settings={"ConnectionTimeOut": "2"},
)
async def remote_start_time_out(central: CentralSystem) -> None:
    """The CSMS starts a transaction and no cable comes: the connector is Available again."""
    await central.booted()
    await central.remote_start()
    await central.hears_status("Preparing")
    await central.hears_status("Available")
    central.never_heard("StartTransaction")


@CASES.case("TC_012_CS", "Remote stop", requirements=[_STOP], asks=["plug", "swipe", "unplug"])
async def remote_stop(central: CentralSystem) -> None:
    """The CSMS ends a transaction."""
    number = await central.charging()
    answer = await central.asks("RemoteStopTransaction", transactionId=number)
    answer.expect(status="Accepted")
    await central.hears("StopTransaction", transactionId=number, reason="Remote")
    await central.hears_status("Finishing")
    await central.act("unplug")
    await central.hears_status("Available")


@CASES.case(
    "TC_023_5_CS",
    "Remote start, authorize invalid",
    requirements=[_START],
    asks=["plug"],
    settings={"AuthorizeRemoteTxRequests": "true"},
)
async def remote_start_of_an_invalid_tag(central: CentralSystem) -> None:
    """A remote start that has to be authorized, and is not, starts nothing."""
    tag = central.tags.unknown
    central.infos[tag] = {"status": "Invalid"}
    await central.booted()
    await central.act("plug")
    await central.remote_start(tag)
    await central.hears("Authorize", idTag=tag)
    await central.passes(0.5)
    central.never_heard("StartTransaction")


@CASES.case("TC_026_CS", "Remote start, rejected", requirements=[_START], asks=["plug", "swipe"])
async def remote_start_rejected(central: CentralSystem) -> None:
    """A connector in use takes no second transaction."""
    await central.charging()
    await central.remote_start(central.tags.other, status="Rejected")


@CASES.case("TC_027_CS", "Remote start, connector 0", requirements=[_START])
async def remote_start_at_connector_0(central: CentralSystem) -> None:
    """Connector 0 is the charge point as a whole: no transaction starts there."""
    await central.booted()
    await central.remote_start(connector=0, status="Rejected")


@CASES.case("TC_028_CS", "Remote stop, rejected", requirements=[_STOP], asks=["plug", "swipe"])
async def remote_stop_rejected(central: CentralSystem) -> None:
    """A transaction that does not run cannot be ended, and the one that does goes on."""
    number = await central.charging()
    answer = await central.asks("RemoteStopTransaction", transactionId=number + 1)
    answer.expect(status="Rejected")
    central.never_heard("StopTransaction")


@CASES.case(
    "TC_030_CS",
    "Unlock, failure",
    requirements=["OCPP 1.6 section 5.18"],
    asks=["inject_fault"],
)
async def unlock_failure(central: CentralSystem) -> None:
    """A lock that does not open is told."""
    await central.booted()
    await central.act("inject_fault", fault_type="ConnectorLockFailure")
    answer = await central.asks("UnlockConnector", connectorId=1)
    answer.expect(status="UnlockFailed")


@CASES.case("TC_031_CS", "Unlock, unknown connector", requirements=["OCPP 1.6 section 5.18"])
async def unlock_an_unknown_connector(central: CentralSystem) -> None:
    """A connector that is not there cannot be unlocked."""
    await central.booted()
    answer = await central.asks("UnlockConnector", connectorId=central.subject.evses + 7)
    answer.expect(status="NotSupported")


# --- configuration --------------------------------------------------------------------------------


@CASES.case("TC_019_CS", "Retrieve configuration", requirements=[_GET, "OCPP 1.6 section 9.1"])
async def retrieve_configuration(central: CentralSystem) -> None:
    """All keys are told where none is named, the required ones among them; one where it is."""
    await central.booted()
    whole = await central.asks("GetConfiguration")
    keys = {one["key"] for one in whole["configurationKey"]}
    if missing := sorted(REQUIRED - keys):
        raise whole.broken("every required key", f"without {', '.join(missing)}")
    one = await central.asks("GetConfiguration", key=["SupportedFeatureProfiles"])
    one.expect({"configurationKey.0.key": "SupportedFeatureProfiles"})
    if len(one["configurationKey"]) != 1:
        raise one.broken("one key")


async def _setting(central: CentralSystem, key: str) -> str:
    answer = await central.asks("GetConfiguration", key=[key])
    value: str = answer["configurationKey.0.value"]
    return value


@CASES.case("TC_021_CS", "Change configuration", requirements=[_CHANGE])
async def change_configuration(central: CentralSystem) -> None:
    """A setting that is changed has its new value."""
    await central.booted()
    await central.configure("MeterValueSampleInterval", "42")
    if (found := await _setting(central, "MeterValueSampleInterval")) != "42":
        raise central.record.broken("MeterValueSampleInterval is 42", found)


@CASES.case("TC_040_1_CS", "Configuration key not supported", requirements=[_CHANGE])
async def unknown_key(central: CentralSystem) -> None:
    """A key that is not there is not supported."""
    await central.booted()
    await central.configure("UnknownConfigurationKey", "true", status="NotSupported")


@CASES.case("TC_040_2_CS", "Configuration value invalid", requirements=[_CHANGE])
async def invalid_value(central: CentralSystem) -> None:
    """A value that means nothing is rejected, and changes nothing."""
    await central.booted()
    before = await _setting(central, "MeterValueSampleInterval")
    await central.configure("MeterValueSampleInterval", "-1", status="Rejected")
    if (found := await _setting(central, "MeterValueSampleInterval")) != before:
        raise central.record.broken(f"MeterValueSampleInterval is {before}", found)


# --- triggers -------------------------------------------------------------------------------------


@CASES.case(
    "TC_054_CS",
    "Trigger messages",
    group="RemoteTrigger",
    requirements=[_TRIGGER],
    asks=["plug", "swipe"],
)
async def trigger_messages(central: CentralSystem) -> None:
    """Each message that is asked for comes, and meter values say that they were."""
    await central.charging()
    for action, fields in (
        ("MeterValues", {"connectorId": 1}),
        ("StatusNotification", {"connectorId": 1}),
        ("Heartbeat", {}),
        ("DiagnosticsStatusNotification", {}),
        ("FirmwareStatusNotification", {}),
    ):
        central.inbox.skip()
        answer = await central.asks("TriggerMessage", requestedMessage=action, **fields)
        answer.expect(status="Accepted")
        told = await central.hears(action, **fields)
        if action == "MeterValues":
            told.expect({"meterValue.0.sampledValue.0.context": "Trigger"})
        elif action in ("DiagnosticsStatusNotification", "FirmwareStatusNotification"):
            told.expect(status="Idle")


@CASES.case(
    "TC_055_CS", "Trigger message, rejected", group="RemoteTrigger", requirements=[_TRIGGER]
)
async def trigger_rejected(central: CentralSystem) -> None:
    """Meter values of a connector that is not there are not sent."""
    await central.booted()
    answer = await central.asks(
        "TriggerMessage", requestedMessage="MeterValues", connectorId=central.subject.evses + 7
    )
    answer.expect(status="Rejected")
