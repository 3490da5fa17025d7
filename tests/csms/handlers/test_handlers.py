"""What else chargers say: statuses, security events, reports, and everything else 2.0.1 has."""

from typing import Any

import pytest

from tests.csms.bench import ORG, ZULU, Peer, Yard
from tests.payloads import full, minimal
from voltyard.csms.commands.maintenance import GetConfiguration
from voltyard.csms.commands.results import ConfigurationEntry, ConfigurationResult
from voltyard.csms.requests import DataTransferReply
from voltyard.csms.v201 import configuration_keys
from voltyard.kernel import limits
from voltyard.kernel.errors import NoAnswer, OutcomeUnknown, Overfull, PeerError
from voltyard.ocpp.versions import V16, V201, Decoded, Version

VERSION = "ocpp2.0.1"


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.parametrize("example", [minimal, full])
async def test_every_message_of_a_charger_is_answered_as_its_schema_says(
    yard: Yard, version: Version, example: Any
) -> None:
    peer = await yard.booted(subprotocol=version.subprotocol, validation="strict")
    for action in version.actions.values():
        if action.sender == "csms":
            continue

        kind, id, payload = (await peer.ask(action.name, example(action.request)))[:3]

        assert kind == 3, action.name
        text = peer.wire.sent[-1].removeprefix(f'[3,"{id}",').removesuffix("]")
        assert isinstance(version.decode_response(action.name, text), Decoded), payload


# --- connectors ----------------------------------------------------------------------------------


def status_16(status: str, connector_id: int = 1, **more: Any) -> dict[str, Any]:
    return {"connectorId": connector_id, "errorCode": "NoError", "status": status} | more


async def test_the_last_status_of_each_connector_is_kept(yard: Yard) -> None:
    peer = await yard.booted()
    fault = {"errorCode": "GroundFailure", "vendorErrorCode": "E7", "info": "wet", "vendorId": "V"}
    await peer.say("StatusNotification", status_16("Available", 0))
    await peer.say("StatusNotification", status_16("Preparing"))
    yard.clock.now += 5
    await peer.say("StatusNotification", status_16("Faulted", timestamp=ZULU) | fault)

    for backend in (yard.backend, yard.restarted().backend):
        connectors = backend.charger(ORG, "CP1").connectors
        assert sorted(connectors) == [(0, 0), (1, 1)]
        row = connectors[1, 1]
        assert (row.status, row.error_code, row.vendor_error_code, row.info, row.vendor_id) == (
            "Faulted",
            "GroundFailure",
            "E7",
            "wet",
            "V",
        )
        assert row.updated_at == yard.clock.now


async def test_a_change_of_status_is_an_event_a_repetition_is_none(yard: Yard) -> None:
    peer = await yard.booted()
    for status in ("Available", "Available", "Preparing"):
        await peer.say("StatusNotification", status_16(status))

    changes = [
        (e.previous_status, e.connector.status) for e in yard.heard("connector.status_changed")
    ]

    assert changes == [(None, "Available"), ("Available", "Preparing")]


async def test_only_so_many_connectors_are_kept(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STORED_CONNECTORS", 20)
    peer = await yard.booted()

    for number in range(limits.STORED_CONNECTORS + 1):
        peer.call("StatusNotification", status_16("Available", number))
    await yard.settle()

    charger = yard.backend.charger(ORG, "CP1")
    assert len(charger.connectors) == limits.STORED_CONNECTORS
    assert (await peer.ask("StatusNotification", status_16("Faulted", 1)))[0] == 3
    assert charger.connectors[1, 1].status == "Faulted"


async def test_in_2_0_1_an_event_of_availability_is_a_status(yard: Yard) -> None:
    peer = await yard.booted(subprotocol=VERSION)
    base = {
        "eventId": 1,
        "timestamp": ZULU,
        "trigger": "Delta",
        "eventNotificationType": "HardWiredNotification",
    }
    here = {"name": "Connector", "evse": {"id": 2, "connectorId": 1}}
    events = [
        {"component": here, "variable": {"name": "AvailabilityState"}, "actualValue": "Occupied"},
        {"component": here, "variable": {"name": "Problem"}, "actualValue": "true"},
        {
            "component": {"name": "Connector"},
            "variable": {"name": "AvailabilityState"},
            "actualValue": "Faulted",
        },
        {
            "component": {"name": "EVSE", "evse": {"id": 2}},
            "variable": {"name": "AvailabilityState"},
            "actualValue": "Faulted",
        },
    ]

    await peer.say(
        "NotifyEvent",
        {"generatedAt": ZULU, "seqNo": 0, "eventData": [base | event for event in events]},
    )

    connectors = yard.backend.charger(ORG, "CP1").connectors
    assert {key: row.status for key, row in connectors.items()} == {(2, 1): "Occupied"}
    assert len(yard.heard("connector.status_changed")) == 1
    assert yard.heard("charger.notified")[0].payload["eventData"][1]["actualValue"] == "true"


async def test_a_status_of_2_0_1_is_kept_by_evse_and_connector(yard: Yard) -> None:
    peer = await yard.booted(subprotocol=VERSION)

    await peer.say(
        "StatusNotification",
        {"timestamp": ZULU, "connectorStatus": "Reserved", "evseId": 3, "connectorId": 2},
    )

    assert yard.backend.charger(ORG, "CP1").connectors[3, 2].status == "Reserved"


# --- security, vendors ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["ocpp1.6", VERSION])
async def test_security_events_are_reported(yard: Yard, version: str) -> None:
    peer = await yard.booted(subprotocol=version)

    await peer.say(
        "SecurityEventNotification",
        {"type": "TamperDetectionActivated", "timestamp": ZULU, "techInfo": "lid"},
    )

    (event,) = yard.heard("security.event")
    assert (event.type, event.tech_info, event.happened_at) == (
        "TamperDetectionActivated",
        "lid",
        yard.clock.now,
    )


async def test_the_backend_signs_nothing(yard: Yard) -> None:
    old = await yard.booted("OLD")
    new = await yard.booted("NEW", VERSION)

    assert await old.say("SignCertificate", {"csr": "x"}) == {"status": "Rejected"}
    assert await new.say("SignCertificate", {"csr": "x"}) == {"status": "Rejected"}


async def test_a_vendor_may_be_spoken_for() -> None:
    yard = Yard(vendors={"V": lambda charger, said: DataTransferReply("Accepted", said.data)})
    old = await yard.booted("OLD")
    new = await yard.booted("NEW", VERSION)

    assert await old.say("DataTransfer", {"vendorId": "V", "data": "x"}) == {
        "status": "Accepted",
        "data": "x",
    }
    assert await new.say("DataTransfer", {"vendorId": "V", "data": {"a": 1}}) == {
        "status": "Accepted",
        "data": '{"a":1}',
    }
    assert await new.say("DataTransfer", {"vendorId": "W"}) == {"status": "UnknownVendorId"}
    await yard.backend.close()


async def test_a_fault_of_the_backend_costs_one_answer_and_is_complained_of() -> None:
    def broken(charger: object, said: object) -> DataTransferReply:
        raise RuntimeError("broken")

    yard = Yard(vendors={"V": broken})
    peer = await yard.booted()

    refused = await peer.ask("DataTransfer", {"vendorId": "V"})

    assert refused[2:4] == ["InternalError", ""]
    assert [str(error) for error in yard.complaints] == ["broken"]
    assert (await peer.ask("Heartbeat", {}))[0] == 3
    await yard.backend.close()


# --- the device model ----------------------------------------------------------------------------


def reported(name: str, value: str, mutability: str = "ReadWrite", **more: Any) -> dict[str, Any]:
    return {
        "component": {"name": "AuthCtrlr"},
        "variable": {"name": name},
        "variableAttribute": [{"value": value, "mutability": mutability} | more],
    }


def part(request_id: int, seq_no: int, *data: Any, tbc: bool = False) -> dict[str, Any]:
    payload = {"requestId": request_id, "generatedAt": ZULU, "seqNo": seq_no, "tbc": tbc}
    return payload | ({"reportData": list(data)} if data else {})


async def all_settings(yard: Yard) -> tuple[Peer, Any, int]:
    peer = await yard.booted(subprotocol=VERSION)
    task = await yard.command(GetConfiguration(), timeout_s=10)
    call = peer.asked()[-1]
    assert call[2] == "GetBaseReport"
    assert call[3]["reportBase"] == "FullInventory"
    return peer, task, call[3]["requestId"]


async def test_all_settings_come_in_the_parts_of_a_report(yard: Yard) -> None:
    peer, task, id = await all_settings(yard)
    await peer.answer({"status": "Accepted"})

    await peer.say("NotifyReport", part(id, 0, reported("Enabled", "true"), tbc=True))
    await peer.say("NotifyReport", part(id + 1, 0, reported("Other", "x")))
    await peer.say(
        "NotifyReport",
        part(
            id,
            1,
            reported("Secret", "x", "WriteOnly"),
            reported("Fixed", "1", "ReadOnly", type="Actual"),
            reported("Limit", "9", type="MaxSet"),
        ),
    )

    assert await task == ConfigurationResult(
        configuration_key=(
            ConfigurationEntry(key="AuthCtrlr.Enabled", readonly=False, value="true"),
            ConfigurationEntry(key="AuthCtrlr.Secret", readonly=False, value=None),
            ConfigurationEntry(key="AuthCtrlr.Fixed", readonly=True, value="1"),
        )
    )
    assert len(yard.journal.commands) == 1


async def test_a_report_may_overtake_its_announcement(yard: Yard) -> None:
    peer, task, id = await all_settings(yard)

    await peer.say("NotifyReport", part(id, 0, reported("Enabled", "true")))
    await peer.answer({"status": "Accepted"})

    assert len((await task).configuration_key) == 1
    assert len(yard.journal.commands) == 1


async def test_a_report_that_was_complete_before_its_refusal_stays_complete(yard: Yard) -> None:
    peer, task, id = await all_settings(yard)

    await peer.say("NotifyReport", part(id, 0, reported("Enabled", "true")))
    await peer.refuse("InternalError")

    assert len((await task).configuration_key) == 1
    assert len(yard.journal.commands) == 1


async def test_other_commands_go_out_while_a_report_is_awaited(yard: Yard) -> None:
    peer, task, id = await all_settings(yard)
    await peer.answer({"status": "Accepted"})

    other = await yard.command(GetConfiguration(keys=("AuthCtrlr.Enabled",)))
    assert peer.asked()[-1][2] == "GetVariables"
    other.cancel()
    await peer.say("NotifyReport", part(id, 0))

    assert (await task).configuration_key == ()


async def test_a_report_that_does_not_come_is_no_answer(yard: Yard) -> None:
    peer, task, id = await all_settings(yard)
    yard.clock.now += 5
    await peer.answer({"status": "Accepted"})
    yard.pass_time(9)
    await peer.say("NotifyReport", part(id, 0, tbc=True))
    yard.pass_time(9)
    assert not task.done()

    yard.pass_time(1)

    with pytest.raises(NoAnswer):
        await task
    # what comes later is answered all the same
    await peer.say("NotifyReport", part(id, 1))


async def test_an_announcement_that_does_not_come_is_no_answer(yard: Yard) -> None:
    _peer, task, _id = await all_settings(yard)

    yard.pass_time(10)

    with pytest.raises(NoAnswer):
        await task
    assert yard.backend.deadline() is None


@pytest.mark.parametrize(
    ("status", "word"),
    [("EmptyResultSet", "accepted"), ("NotSupported", "notSupported"), ("Rejected", "rejected")],
)
async def test_a_report_may_be_refused(yard: Yard, status: str, word: str) -> None:
    peer, task, _id = await all_settings(yard)

    await peer.answer({"status": status})

    assert await task == ConfigurationResult(configuration_key=(), status=word)
    assert yard.backend.deadline() is None


async def test_a_report_may_meet_a_call_error(yard: Yard) -> None:
    peer, task, _id = await all_settings(yard)

    await peer.refuse("NotImplemented")

    with pytest.raises(PeerError):
        await task


async def test_an_awaited_report_ends_with_the_link(yard: Yard) -> None:
    peer, task, _id = await all_settings(yard)
    await peer.answer({"status": "Accepted"})

    await peer.gone()

    with pytest.raises(OutcomeUnknown):
        await task


async def test_a_report_without_end_is_given_up(yard: Yard) -> None:
    peer, task, id = await all_settings(yard)
    await peer.answer({"status": "Accepted"})

    for seq_no in range(limits.REPORT_PARTS):
        peer.call("NotifyReport", part(id, seq_no, tbc=True))
    await yard.settle()

    with pytest.raises(Overfull):
        await task


async def test_single_settings_are_read_in_whatever_order_they_come(yard: Yard) -> None:
    peer = await yard.booted(subprotocol=VERSION)
    keys = ("HeartbeatInterval", "Nonsense", "SecurityCtrlr.BasicAuthPassword", "A.Lost")
    task = await yard.command(GetConfiguration(keys=keys))
    await peer.refuse("NotImplemented")  # how many it takes in one message
    asked = [
        (data["component"]["name"], data["variable"]["name"])
        for data in peer.asked()[-1][3]["getVariableData"]
    ]
    assert asked == [
        ("OCPPCommCtrlr", "HeartbeatInterval"),
        ("CustomizationCtrlr", "Nonsense"),
        ("SecurityCtrlr", "BasicAuthPassword"),
        ("A", "Lost"),
    ]

    def result(component: str, variable: str, status: str, **value: str) -> dict[str, Any]:
        return {
            "component": {"name": component},
            "variable": {"name": variable},
            "attributeStatus": status,
        } | value

    await peer.answer(
        {
            "getVariableResult": [
                result("SecurityCtrlr", "BasicAuthPassword", "Rejected"),
                result("CustomizationCtrlr", "Nonsense", "UnknownVariable"),
                result("OCPPCommCtrlr", "HeartbeatInterval", "Accepted", attributeValue="300"),
            ]
        }
    )

    assert await task == ConfigurationResult(
        configuration_key=(
            ConfigurationEntry(key="HeartbeatInterval", readonly=None, value="300"),
            ConfigurationEntry(key="SecurityCtrlr.BasicAuthPassword", readonly=None, value=None),
        ),
        unknown_key=("Nonsense", "A.Lost"),
    )


@pytest.mark.parametrize(
    "key",
    [
        "AuthCtrlr.Enabled",
        "DeviceDataCtrlr.ItemsPerMessage[GetReport]",
        "Display[Main]@1.Text",
        "Connector@1/2.Available",
        "EVSE@3.Power",
        "C[a.b].V[c.d]",
    ],
)
def test_a_key_names_a_place_in_the_device_model(key: str) -> None:
    assert configuration_keys.name(*configuration_keys.address(key)) == key


def test_every_counterpart_of_a_1_6_key_is_a_place() -> None:
    for place in configuration_keys.KEYS_OF_16.values():
        assert configuration_keys.name(*configuration_keys.address(place)) == place
        assert not place.startswith("CustomizationCtrlr")
