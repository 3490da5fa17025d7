"""Settings over OCPP: 1.6 keys, 2.0.1 variables and reports, the local list, the cache."""

from typing import Any

import pytest

from tests.charger.bench import Bench
from voltyard.catalogue.commands.commands import (
    ClearLocalList,
    Configure,
    InjectFault,
    InstallLocalList,
    PlugIn,
    ResetCache,
    Swipe,
    Unplug,
)
from voltyard.catalogue.commands.settings import LocalListEntry
from voltyard.charger.description.events import SettingChanged
from voltyard.charger.description.specification import ChargerSpec, ConnectorSpec, EvseSpec
from voltyard.charger.variables.standard import ALL

SOON = "2099-01-01T00:00:00Z"

# --- 1.6 keys ----------------------------------------------------------------------------------


def value(bench: Bench, key: str) -> Any:
    [found] = bench.call("GetConfiguration", key=[key])["configurationKey"]
    return found["value"]


def change(bench: Bench, key: str, text: str) -> str:
    status: str = bench.call("ChangeConfiguration", key=key, value=text)["status"]
    return status


def test_tc_019_retrieve_configuration() -> None:
    bench = Bench("1.6", settings={"VendorKey": "7"})

    keys = {entry["key"]: entry for entry in bench.call("GetConfiguration")["configurationKey"]}

    assert set(keys) == {setting.key for setting in ALL if setting.key} | {"VendorKey"}
    assert keys["NumberOfConnectors"] == {
        "key": "NumberOfConnectors",
        "readonly": True,
        "value": "2",
    }
    assert keys["ConnectorPhaseRotation"]["value"] == "0.RST,1.RST,2.RST"
    profiles = set(keys["SupportedFeatureProfiles"]["value"].split(","))
    assert {"Core", "LocalAuthListManagement", "Reservation", "SmartCharging"} <= profiles
    some = bench.call("GetConfiguration", key=["vendorkey", "Nonsense"])
    assert some == {
        "configurationKey": [{"key": "vendorkey", "readonly": False, "value": "7"}],
        "unknownKey": ["Nonsense"],
    }


@pytest.mark.parametrize(
    ("profile", "action", "payload"),
    [
        ("FirmwareManagement", "UpdateFirmware", {"location": "ftp://a/b", "retrieveDate": SOON}),
        ("FirmwareManagement", "GetDiagnostics", {"location": "ftp://a/b"}),
        ("LocalAuthListManagement", "SendLocalList", {"listVersion": 1, "updateType": "Full"}),
        ("RemoteTrigger", "TriggerMessage", {"requestedMessage": "Heartbeat"}),
        ("Reservation", "CancelReservation", {"reservationId": 1}),
        (
            "Reservation",
            "ReserveNow",
            {"connectorId": 1, "expiryDate": SOON, "idTag": "T", "reservationId": 1},
        ),
    ],
)
def test_what_supported_feature_profiles_leaves_out_is_not_supported(
    profile: str, action: str, payload: dict[str, Any]
) -> None:
    without = Bench("1.6", settings={"SupportedFeatureProfiles": "Core"})
    alone = Bench("1.6", settings={"SupportedFeatureProfiles": f"Core,{profile}"})

    assert without.call(action, **payload)[0] == "NotSupported"
    assert isinstance(alone.call(action, **payload), dict)


@pytest.mark.parametrize(
    ("profile", "keys"),
    [
        (
            "LocalAuthListManagement",
            ["LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength"],
        ),
        ("Reservation", ["ReserveConnectorZeroSupported"]),
        ("FirmwareManagement", ["SupportedFileTransferProtocols"]),
        (
            "SmartCharging",
            [
                "ChargeProfileMaxStackLevel",
                "ChargingScheduleAllowedChargingRateUnit",
                "ChargingScheduleMaxPeriods",
                "MaxChargingProfilesInstalled",
                "ConnectorSwitch3to1PhaseSupported",
            ],
        ),
    ],
)
def test_the_keys_of_a_profile_that_is_left_out_are_unknown(profile: str, keys: list[str]) -> None:
    without = Bench("1.6", settings={"SupportedFeatureProfiles": "Core"})
    alone = Bench("1.6", settings={"SupportedFeatureProfiles": f"Core,{profile}"})

    answer = without.call("GetConfiguration", key=keys)
    everything = without.call("GetConfiguration")["configurationKey"]
    statuses = {change(without, key, "1") for key in keys}

    assert answer == {"unknownKey": keys}
    assert not {one["key"] for one in everything} & set(keys)
    assert statuses == {"NotSupported"}
    known = alone.call("GetConfiguration", key=keys)["configurationKey"]
    assert [one["key"] for one in known] == keys


def test_a_charger_without_the_profile_has_no_local_list() -> None:
    without = Bench("1.6", settings={"SupportedFeatureProfiles": "Core"})
    empty = Bench("1.6")

    assert without.call("GetLocalListVersion") == {"listVersion": -1}
    assert empty.call("GetLocalListVersion") == {"listVersion": 0}


def test_direct_current_has_no_phase_rotation() -> None:
    bench = Bench("1.6", evses=1, connector=ConnectorSpec(type="CCS2", current="DC"))
    assert value(bench, "ConnectorPhaseRotation") == "0.NotApplicable,1.NotApplicable"


def test_tc_021_change_configuration() -> None:
    bench = Bench("1.6")

    assert change(bench, "MeterValueSampleInterval", "15") == "Accepted"

    assert value(bench, "MeterValueSampleInterval") == "15"
    [event] = bench.seen(SettingChanged)
    assert (event.name, event.value) == ("MeterValueSampleInterval", "15")
    assert bench.remembered


@pytest.mark.parametrize(
    ("key", "text", "status"),
    [
        ("Nonsense", "1", "NotSupported"),
        ("NumberOfConnectors", "9", "Rejected"),
        ("MeterValueSampleInterval", "-1", "Rejected"),
        ("WebSocketPingInterval", "-1", "Rejected"),
        ("MeterValuesSampledData", "Voltage,RPM", "Rejected"),
        ("StopTransactionOnInvalidId", "maybe", "Rejected"),
        ("ConnectorPhaseRotation", "nonsense", "Rejected"),
        ("ConnectorPhaseRotation", "0.RST,1.XYZ", "Rejected"),
        ("ConnectorPhaseRotation", "3.RST", "Rejected"),
    ],
)
def test_tc_040_a_refused_change_changes_nothing(key: str, text: str, status: str) -> None:
    bench = Bench("1.6")
    before = bench.call("GetConfiguration")

    assert change(bench, key, text) == status

    assert bench.call("GetConfiguration") == before


def test_a_vendor_key_can_be_changed_within_its_length() -> None:
    bench = Bench("1.6", settings={"VendorKey": "7"})

    assert change(bench, "vendorkey", "8") == "Accepted"
    assert bench.done(Configure(settings={"VendorKey": "x" * 501}))["statuses"] == {
        "VendorKey": "Rejected"
    }

    assert value(bench, "VendorKey") == "8"


def test_a_changed_sample_interval_takes_effect_at_once() -> None:
    bench = Bench("1.6")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="T"))
    bench.wait(5)

    change(bench, "MeterValueSampleInterval", "10")
    bench.wait(30)

    assert len(bench.said("MeterValues")) == 3


def test_configure_works_in_both_versions_words() -> None:
    old = Bench("1.6").done(Configure(settings={"HeartbeatInterval": "9", "Nonsense": "1"}))
    assert old == {"statuses": {"HeartbeatInterval": "Accepted", "Nonsense": "NotSupported"}}

    new = Bench("2.0.1").done(
        Configure(
            settings={
                "OCPPCommCtrlr.HeartbeatInterval": "9",
                "OCPPCommCtrlr.MessageAttempts[TransactionEvent]": "2",
                "OCPPCommCtrlr.Nonsense": "1",
                "Nonsense.HeartbeatInterval": "1",
                "ClockCtrlr.TimeSource": "NTP",
            }
        )
    )
    assert new == {
        "statuses": {
            "OCPPCommCtrlr.HeartbeatInterval": "Accepted",
            "OCPPCommCtrlr.MessageAttempts[TransactionEvent]": "Accepted",
            "OCPPCommCtrlr.Nonsense": "UnknownVariable",
            "Nonsense.HeartbeatInterval": "UnknownComponent",
            "ClockCtrlr.TimeSource": "Rejected",
        }
    }


# --- 2.0.1 variables ---------------------------------------------------------------------------


def of(component: str, variable: str, **more: Any) -> dict[str, Any]:
    """A component and a variable on the wire."""
    instance = more.pop("instance", None)
    evse = more.pop("evse", None)
    named: dict[str, Any] = {"name": component} | ({"evse": evse} if evse else {})
    var: dict[str, Any] = {"name": variable} | ({"instance": instance} if instance else {})
    return {"component": named, "variable": var, **more}


def get(bench: Bench, *wanted: dict[str, Any]) -> list[tuple[str, str | None]]:
    results = bench.call("GetVariables", getVariableData=list(wanted))["getVariableResult"]
    return [(r["attributeStatus"], r.get("attributeValue")) for r in results]


def put(bench: Bench, *wanted: dict[str, Any]) -> list[str]:
    results = bench.call("SetVariables", setVariableData=list(wanted))["setVariableResult"]
    return [r["attributeStatus"] for r in results]


@pytest.mark.parametrize(("asked", "said"), [(None, "Actual"), ("Target", "Target")])
def test_b05_fr_12_b06_fr_11_the_attribute_is_named(asked: str | None, said: str) -> None:
    bench = Bench("2.0.1")
    one = of("OCPPCommCtrlr", "HeartbeatInterval")
    if asked is not None:
        one["attributeType"] = asked

    [got] = bench.call("GetVariables", getVariableData=[one])["getVariableResult"]
    data = [one | {"attributeValue": "60"}]
    [put] = bench.call("SetVariables", setVariableData=data)["setVariableResult"]

    assert (got["attributeType"], put["attributeType"]) == (said, said)


def test_tc_b_06_32_to_34_get_variables() -> None:
    bench = Bench("2.0.1", settings={"VendorCtrlr.Colour": "red", "Loose": "x"})

    assert get(
        bench,
        of("OCPPCommCtrlr", "HeartbeatInterval"),
        of("ocppcommctrlr", "heartbeatinterval", attributeType="Actual"),
        of("OCPPCommCtrlr", "MessageAttempts", instance="TransactionEvent"),
        of("OCPPCommCtrlr", "MessageAttempts"),
        of("OCPPCommCtrlr", "HeartbeatInterval", attributeType="Target"),
        of("Nonsense", "HeartbeatInterval"),
        of("OCPPCommCtrlr", "Nonsense"),
        of("Connector", "ConnectorType", evse={"id": 1, "connectorId": 1}),
        of("EVSE", "AvailabilityState", evse={"id": 2}),
        of("EVSE", "AvailabilityState", evse={"id": 3}),
        of("VendorCtrlr", "Colour"),
        of("Vendor", "Loose"),
        of("SecurityCtrlr", "SecurityProfile"),
        of("ClockCtrlr", "DateTime"),
    ) == [
        ("Accepted", "300"),
        ("Accepted", "300"),
        ("Accepted", "3"),
        ("UnknownVariable", None),
        ("NotSupportedAttributeType", None),
        ("UnknownComponent", None),
        ("UnknownVariable", None),
        ("Accepted", "cType2"),
        ("Accepted", "Available"),
        ("UnknownComponent", None),
        ("Accepted", "red"),
        ("Accepted", "x"),
        ("Accepted", "0"),
        ("Accepted", "2026-11-21T09:00:00.000Z"),
    ]


def test_tc_b_09_11_35_to_39_set_variables() -> None:
    bench = Bench("2.0.1", settings={"VendorCtrlr.Colour": "red"})

    assert put(
        bench,
        of("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="7"),
        of("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="soon"),
        of("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="7", attributeType="MaxSet"),
        of("EVSE", "AllowReset", attributeValue="true", evse={"id": 1}),
        of("Nonsense", "X", attributeValue="1"),
        of("TxCtrlr", "X", attributeValue="1"),
        of("VendorCtrlr", "Colour", attributeValue="blue"),
        of("VendorCtrlr", "Colour", attributeValue="b" * 600),
    ) == [
        "Accepted",
        "Rejected",
        "NotSupportedAttributeType",
        "Rejected",
        "UnknownComponent",
        "UnknownVariable",
        "Accepted",
        "Rejected",
    ]
    assert get(bench, of("SampledDataCtrlr", "TxUpdatedInterval")) == [("Accepted", "7")]
    assert get(bench, of("VendorCtrlr", "Colour")) == [("Accepted", "blue")]


def report(bench: Bench, action: str, **payload: Any) -> tuple[str, list[dict[str, Any]]]:
    """Ask for a report: the answer's status, and the rows of its pages."""
    bench.forget()
    status = bench.call(action, requestId=8, **payload)["status"]
    pages = bench.said("NotifyReport")
    assert [page["seqNo"] for page in pages] == list(range(len(pages)))
    assert [page["tbc"] for page in pages] == [True] * (len(pages) - 1) + [False] * bool(pages)
    assert all(page["requestId"] == 8 for page in pages)
    return status, [row for page in pages for row in page["reportData"]]


def test_a_vendor_variable_with_an_instance_is_reported_and_changed_as_such() -> None:
    given = {
        "VendorCtrlr.Colour[Front]": "red",
        "VendorCtrlr.Colour[Back]": "blue",
        "Loose[A]": "x",
    }
    bench = Bench("2.0.1", settings=given)

    _, rows = report(bench, "GetBaseReport", reportBase="FullInventory")
    ours = [row for row in rows if row["component"]["name"] in ("VendorCtrlr", "Vendor")]
    front = of("VendorCtrlr", "Colour", instance="Front", attributeValue="green")
    changed = put(bench, front, of("VendorCtrlr", "Colour", attributeValue="green"))
    loose = put(bench, of("Vendor", "Loose", instance="a", attributeValue="y"))
    here = bench.done(Configure(settings={"VendorCtrlr.Colour[Back]": "grey", "Loose[A]": "z"}))

    assert [row["variable"] for row in ours] == [
        {"name": "Colour", "instance": "Front"},
        {"name": "Colour", "instance": "Back"},
        {"name": "Loose", "instance": "A"},
    ]
    assert {row["variableAttribute"][0]["type"] for row in rows} == {"Actual"}
    assert (changed, loose) == (["Accepted", "UnknownVariable"], ["Accepted"])
    assert set(here["statuses"].values()) == {"Accepted"}
    assert get(
        bench,
        of("VendorCtrlr", "Colour", instance="Front"),
        of("VendorCtrlr", "Colour", instance="Back"),
        of("Vendor", "Loose", instance="A"),
    ) == [("Accepted", "green"), ("Accepted", "grey"), ("Accepted", "z")]
    [told] = [one for one in bench.seen(SettingChanged) if one.value == "green"]
    assert told.name == "VendorCtrlr.Colour[Front]"


def named(rows: list[dict[str, Any]]) -> set[str]:
    return {f"{row['component']['name']}.{row['variable']['name']}" for row in rows}


def test_tc_b_12_13_14_base_reports() -> None:
    bench = Bench("2.0.1")

    status, full = report(bench, "GetBaseReport", reportBase="FullInventory")
    assert status == "Accepted"
    assert len(bench.said("NotifyReport")) > 1
    keys = [(str(row["component"]), str(row["variable"])) for row in full]
    assert len(keys) == len(set(keys))

    _, configuration = report(bench, "GetBaseReport", reportBase="ConfigurationInventory")
    mutable = {row["variableAttribute"][0]["mutability"] for row in configuration}
    assert mutable == {"ReadWrite", "WriteOnly"}
    assert named(configuration) < named(full)

    _, summary = report(bench, "GetBaseReport", reportBase="SummaryInventory")
    assert named(summary) == {
        "ChargingStation.AvailabilityState",
        "EVSE.AvailabilityState",
        "Connector.AvailabilityState",
        "Connector.Problem",
    }


REQUIRED = [
    "AlignedDataCtrlr.Interval",
    "AlignedDataCtrlr.Measurands",
    "AlignedDataCtrlr.TxEndedInterval",
    "AlignedDataCtrlr.TxEndedMeasurands",
    "SampledDataCtrlr.TxStartedMeasurands",
    "SampledDataCtrlr.TxUpdatedInterval",
    "SampledDataCtrlr.TxUpdatedMeasurands",
    "SampledDataCtrlr.TxEndedInterval",
    "SampledDataCtrlr.TxEndedMeasurands",
    "AuthCtrlr.AuthorizeRemoteStart",
    "AuthCtrlr.LocalAuthorizeOffline",
    "AuthCtrlr.LocalPreAuthorize",
    "ChargingStation.AvailabilityState",
    "ChargingStation.Available",
    "ChargingStation.SupplyPhases",
    "EVSE.AvailabilityState",
    "EVSE.Available",
    "EVSE.Power",
    "EVSE.SupplyPhases",
    "Connector.Available",
    "Connector.ConnectorType",
    "Connector.SupplyPhases",
    "ClockCtrlr.DateTime",
    "ClockCtrlr.TimeSource",
    "DeviceDataCtrlr.ItemsPerMessage",
    "DeviceDataCtrlr.BytesPerMessage",
    "OCPPCommCtrlr.FileTransferProtocols",
    "OCPPCommCtrlr.MessageTimeout",
    "OCPPCommCtrlr.MessageAttempts",
    "OCPPCommCtrlr.MessageAttemptInterval",
    "OCPPCommCtrlr.NetworkConfigurationPriority",
    "OCPPCommCtrlr.NetworkProfileConnectionAttempts",
    "OCPPCommCtrlr.OfflineThreshold",
    "OCPPCommCtrlr.ResetRetries",
    "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "SecurityCtrlr.SecurityProfile",
    "SecurityCtrlr.OrganizationName",
    "SecurityCtrlr.CertificateEntries",
    "TxCtrlr.TxStartPoint",
    "TxCtrlr.TxStopPoint",
    "TxCtrlr.EVConnectionTimeOut",
    "TxCtrlr.StopTxOnEVSideDisconnect",
    "TxCtrlr.StopTxOnInvalidId",
    "LocalAuthListCtrlr.Entries",
    "LocalAuthListCtrlr.ItemsPerMessage",
    "LocalAuthListCtrlr.BytesPerMessage",
]


def test_tc_b_53_the_mandatory_variables_are_there() -> None:
    _, full = report(Bench("2.0.1"), "GetBaseReport", reportBase="FullInventory")

    assert named(full) >= set(REQUIRED)


def test_tc_b_53_what_is_a_list_says_what_it_may_hold() -> None:
    _, full = report(Bench("2.0.1"), "GetBaseReport", reportBase="FullInventory")

    lists = [row for row in full if "List" in row["variableCharacteristics"]["dataType"]]
    assert len(lists) > 10
    for row in lists:
        allowed = row["variableCharacteristics"]["valuesList"].split(",")
        value = row["variableAttribute"][0]["value"]
        assert set(value.split(",") if value else ()) <= set(allowed), row
    [power] = [row for row in full if row["variable"]["name"] == "Power"][:1]
    assert power["variableCharacteristics"]["maxLimit"] == 22_000


def test_tc_b_16_to_19_54_to_56_custom_reports() -> None:
    spec = ChargerSpec(
        identity="A", version="2.0.1", evses=(EvseSpec(connectors=(ConnectorSpec(),) * 2),)
    )
    bench = Bench(spec=spec)
    bench.done(InjectFault(connector_id=2, fault_type="OtherError"))

    _, problems = report(bench, "GetReport", componentCriteria=["Problem"])
    broken = {"name": "Connector", "evse": {"id": 1, "connectorId": 2}}
    assert all(row["component"] == broken for row in problems)
    assert problems
    status, rows = report(bench, "GetReport", componentCriteria=["Enabled"])
    assert status == "Accepted"
    assert "TxCtrlr.TxStartPoint" in named(rows)

    def wanted(component: dict[str, Any], variable: dict[str, Any] | None = None) -> Any:
        one = {"component": component} | ({"variable": variable} if variable else {})
        return report(bench, "GetReport", componentVariable=[one])

    _, rows = wanted({"name": "TxCtrlr"})
    assert len(rows) > 4
    _, rows = wanted({"name": "DeviceDataCtrlr"}, {"name": "ItemsPerMessage"})
    assert {row["variable"]["instance"] for row in rows} == {
        "GetReport",
        "GetVariables",
        "SetVariables",
    }
    _, rows = wanted(
        {"name": "DeviceDataCtrlr"}, {"name": "ItemsPerMessage", "instance": "GetReport"}
    )
    assert len(rows) == 1
    _, rows = wanted({"name": "Connector"}, {"name": "Available"})
    assert len(rows) == 2
    _, rows = wanted({"name": "Connector", "evse": {"id": 1}}, {"name": "Available"})
    assert len(rows) == 2
    _, rows = wanted(
        {"name": "Connector", "evse": {"id": 1, "connectorId": 2}}, {"name": "Problem"}
    )
    assert rows[0]["variableAttribute"][0]["value"] == "true"
    assert wanted({"name": "Connector", "evse": {"id": 2}}) == ("EmptyResultSet", [])
    assert wanted({"name": "TxCtrlr", "instance": "x"}) == ("EmptyResultSet", [])


# --- lists and cache ---------------------------------------------------------------------------


def send_list(bench: Bench, version: int, kind: str, *entries: Any) -> str:
    more = {"localAuthorizationList": list(entries)} if entries else {}
    if bench.spec.version == "1.6":
        answer = bench.call("SendLocalList", listVersion=version, updateType=kind, **more)
    else:
        answer = bench.call("SendLocalList", versionNumber=version, updateType=kind, **more)
    status: str = answer["status"]
    return status


def entry(bench: Bench, tag: str, status: str | None = "Accepted") -> dict[str, Any]:
    if bench.spec.version == "1.6":
        return {"idTag": tag} | ({"idTagInfo": {"status": status}} if status else {})
    named = {"idToken": {"idToken": tag, "type": "ISO14443"}}
    return named | ({"idTokenInfo": {"status": status}} if status else {})


def list_version(bench: Bench) -> int:
    answer = bench.call("GetLocalListVersion")
    version: int = answer.get("listVersion", answer.get("versionNumber"))
    return version


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_tc_042_043_d_01_to_08_local_list(version: str) -> None:
    bench = Bench(version)
    assert list_version(bench) == 0

    full = [entry(bench, "A"), entry(bench, "B")]
    assert send_list(bench, 1, "Full", *full) == "Accepted"
    assert send_list(bench, 1, "Differential", entry(bench, "C")) == "VersionMismatch"
    changed = [entry(bench, "A", None), entry(bench, "B", "Blocked"), entry(bench, "C")]
    assert send_list(bench, 2, "Differential", *changed) == "Accepted"
    assert send_list(bench, 0, "Full") == "Failed"
    assert send_list(bench, 3, "Full", entry(bench, "A"), entry(bench, "a")) == "Failed"
    assert send_list(bench, 3, "Full", entry(bench, "A", None)) == "Failed"
    doubled = [entry(bench, "A"), entry(bench, "a")]
    assert send_list(bench, 3, "Differential", *doubled) == "Failed"
    assert list_version(bench) == 2

    bench.cut()
    assert bench.failed(Swipe(id_tag="B")).details["status"] == "Blocked"
    bench.done(Swipe(id_tag="C"))


@pytest.mark.parametrize(
    ("version", "none", "status"), [("1.6", -1, "NotSupported"), ("2.0.1", 0, "Failed")]
)
def test_tc_042_1_043_1_d_10_a_list_that_is_not_in_use(
    version: str, none: int, status: str
) -> None:
    bench = Bench(version, settings={"LocalAuthListEnabled": "false"})

    assert list_version(bench) == none
    assert send_list(bench, 1, "Full", entry(bench, "A")) == status


def test_tc_008_1_a_listed_card_starts_without_a_question() -> None:
    bench = Bench("1.6", settings={"LocalPreAuthorize": "true"})
    bench.done(InstallLocalList(version=1, entries=(LocalListEntry(id_tag="L", group="g"),)))
    bench.done(PlugIn())
    bench.forget()

    bench.done(Swipe(id_tag="L"))

    assert bench.actions() == ["StartTransaction", "StatusNotification"]


def test_a_list_is_installed_and_cleared_at_the_charger() -> None:
    bench = Bench("1.6")
    both = (LocalListEntry(id_tag="A"), LocalListEntry(id_tag="B"))

    assert bench.done(InstallLocalList(version=4, entries=both)) == {
        "list_version": 4,
        "entries": 2,
    }
    stale = bench.failed(InstallLocalList(version=4, entries=both))
    assert (stale.code, stale.message) == (
        "invalid",
        "list_version must be above 4, which the charger has",
    )
    assert bench.failed(InstallLocalList(version=5, entries=both * 2)).code == "invalid"
    assert list_version(bench) == 4
    assert bench.done(ClearLocalList()) == {"entries_deleted": 2}

    assert list_version(bench) == 0


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_tc_061_c_37_38_clear_cache(version: str) -> None:
    bench = Bench(version)
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="T"))
    bench.done(Unplug())

    assert bench.call("ClearCache")["status"] == "Accepted"
    bench.cut()
    assert bench.failed(Swipe(id_tag="T")).code == "refused"

    without = Bench(version, settings={"AuthorizationCacheEnabled": "false"})
    assert without.call("ClearCache")["status"] == "Rejected"


def test_the_cache_is_reset_at_the_charger() -> None:
    bench = Bench("1.6")
    bench.done(Swipe(id_tag="T"))

    assert bench.done(ResetCache()) == {"cleared_entries": 1}
    assert bench.done(ResetCache()) == {"cleared_entries": 0}


@pytest.mark.parametrize(
    ("action", "data", "result"),
    [
        ("GetVariables", "getVariableData", "getVariableResult"),
        ("SetVariables", "setVariableData", "setVariableResult"),
    ],
)
def test_a_name_that_is_too_long_is_not_sent_back_so(action: str, data: str, result: str) -> None:
    """A lenient charger reads it; its answer would break the schema."""
    bench = Bench("2.0.1")
    asked = {"component": {"name": "C" * 60}, "variable": {"name": "V", "instance": "I" * 60}}
    value = {"attributeValue": "1"} if action == "SetVariables" else {}

    [found] = bench.call(action, **{data: [{**asked, **value}]})[result]

    assert found["attributeStatus"] == "UnknownComponent"
    assert found["component"] == {"name": "C" * 50}
    assert found["variable"] == {"name": "V", "instance": "I" * 50}


def test_a_key_that_is_too_long_is_not_sent_back_so() -> None:
    answer = Bench("1.6").call("GetConfiguration", key=["K" * 60])

    assert answer == {"unknownKey": ["K" * 50]}
