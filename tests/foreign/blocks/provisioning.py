"""Blocks B, F, G and P: variables, reports, networks, resets, triggers, availability."""

from .stage import Stage
from .story import Story

HEARTBEAT = {
    "component": {"name": "OCPPCommCtrlr"},
    "variable": {"name": "HeartbeatInterval"},
}


async def variables(here: Stage) -> None:
    """B05, B06."""
    wrong = {"component": {"name": "NoSuchCtrlr"}, "variable": {"name": "Nothing"}}
    written = await here.told(
        "SetVariables",
        set_variable_data=[{**HEARTBEAT, "attributeValue": "77"}, {**wrong, "attributeValue": "1"}],
    )
    read = await here.told("GetVariables", get_variable_data=[HEARTBEAT, wrong])

    statuses = [one["attribute_status"] for one in written["set_variable_result"]]
    assert statuses == ["Accepted", "UnknownComponent"]
    values = [one.get("attribute_value") for one in read["get_variable_result"]]
    assert values == ["77", None]


async def reports(here: Stage) -> None:
    """B07, B08."""
    await here.accepts("GetBaseReport", request_id=5, report_base="FullInventory")
    whole = await here.pages("NotifyReport", 5)
    await here.accepts(
        "GetReport", request_id=6, component_variable=[{"component": {"name": "OCPPCommCtrlr"}}]
    )
    part = await here.pages("NotifyReport", 6)

    assert [page["seqNo"] for page in whole] == list(range(len(whole)))
    assert sum(len(page["reportData"]) for page in whole) > 100
    components = {row["component"]["name"] for page in part for row in page["reportData"]}
    assert components == {"OCPPCommCtrlr"}


async def another_network(here: Stage) -> None:
    """B09, B10, B12: the charger comes back through the other slot."""
    profile = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": f"{here.csms.url}/other",
        "messageTimeout": 30,
        "securityProfile": 0,
        "ocppInterface": "Wired0",
    }
    await here.accepts("SetNetworkProfile", configuration_slot=1, connection_data=profile)
    priority = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "NetworkConfigurationPriority"},
    }
    written = await here.told(
        "SetVariables", set_variable_data=[{**priority, "attributeValue": "1,0"}]
    )
    assert written["set_variable_result"][0]["attribute_status"] == "RebootRequired"
    await here.accepts("Reset", type="Immediate")

    await here.hears("BootNotification", reason="RemoteReset")
    active = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "ActiveNetworkProfile"}}
    read = await here.told("GetVariables", get_variable_data=[active])
    assert read["get_variable_result"][0]["attribute_value"] == "1"


async def reset_when_idle(here: Stage) -> None:
    """B11: a reset waits for the transaction."""
    await here.charging()
    answer = await here.told("Reset", type="OnIdle")
    assert answer["status"] == "Scheduled"

    await here.does("stop-session")

    await here.hears("BootNotification", reason="ScheduledReset")


async def triggers(here: Stage) -> None:
    """F06."""
    place = {"id": 2, "connectorId": 1}
    await here.accepts("TriggerMessage", requested_message="Heartbeat")
    await here.accepts("TriggerMessage", requested_message="StatusNotification", evse=place)
    await here.accepts("TriggerMessage", requested_message="MeterValues", evse={"id": 2})

    await here.hears("Heartbeat")
    await here.hears("StatusNotification", evseId=2, count=2)
    values = await here.hears("MeterValues", evseId=2)
    contexts = {one["context"] for value in values["meterValue"] for one in value["sampledValue"]}
    assert contexts == {"Trigger"}


async def availability(here: Stage) -> None:
    """G03, and G01 on the way back."""
    await here.accepts("ChangeAvailability", operational_status="Inoperative", evse={"id": 2})
    await here.hears("StatusNotification", evseId=2, connectorStatus="Unavailable")
    await here.accepts("ChangeAvailability", operational_status="Operative", evse={"id": 2})
    await here.hears("StatusNotification", evseId=2, connectorStatus="Available", count=2)


async def data_transfer(here: Stage) -> None:
    """P01, P02."""
    answer = await here.told("DataTransfer", vendor_id="NobodyWeKnow", data={"any": ["thing"]})
    assert answer["status"] == "UnknownVendorId"
    payload = {"vendorId": "Voltyard", "messageId": "hello"}
    said = await here.does(
        "proxy-message", action="DataTransfer", ocpp_version="ocpp2.0.1", payload=payload
    )
    await here.hears("DataTransfer", vendorId="Voltyard")
    assert said["response"] == {"status": "UnknownVendorId"}


STORIES = (
    Story("B: variables are set and read", variables, ("SetVariables", "GetVariables")),
    Story(
        "B: reports come in pages", reports, ("GetBaseReport", "GetReport"), hears=("NotifyReport",)
    ),
    Story(
        "B: a reset leads into another network",
        another_network,
        ("SetNetworkProfile", "SetVariables", "Reset"),
        hears=("BootNotification", "StatusNotification"),
    ),
    Story("B: a reset waits for the transaction", reset_when_idle, ("Reset",)),
    Story(
        "F: what is triggered is sent",
        triggers,
        ("TriggerMessage",),
        hears=("Heartbeat", "StatusNotification", "MeterValues"),
    ),
    Story("G: an EVSE is out of service", availability, ("ChangeAvailability",)),
    Story("P: vendors talk", data_transfer, ("DataTransfer",), hears=("DataTransfer",)),
)
