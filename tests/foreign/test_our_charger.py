"""Our charger against a CSMS of the `ocpp` package, in both versions.

The package checks every frame against the official schemas; a CALLERROR in either direction fails
the test (conftest).
"""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ocpp.v16 import call as call16
from ocpp.v201 import call as call201

from tests.foreign.ours import IDENTITY, QUICK, Heard, OurCharger
from tests.foreign.peers.csms import REFUSED_TAG, ForeignCsms
from voltyard.catalogue.commands.commands import (
    NetworkDrop,
    PlugIn,
    StartSession,
    StopSession,
    Swipe,
    Unplug,
)
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.runtimes.host.host import Host

TAG = "04A1B2C3"


@pytest.fixture(params=["1.6", "2.0.1"])
async def charger(request: pytest.FixtureRequest) -> AsyncIterator[OurCharger]:
    version = request.param
    heard = Heard()
    async with ForeignCsms() as csms:
        host = Host(PicowsDialler(), time.time, heard)
        host.add(
            IDENTITY,
            ChargerSpec(
                identity=IDENTITY,
                version=version,
                csms_url=csms.url,
                evses=(EvseSpec(), EvseSpec()),
                settings=QUICK[version],
            ),
        )
        yield OurCharger(version, csms, host, heard)
        host.close()
    assert not heard.failures
    assert not csms.record.errors


def started(charger: OurCharger, evse_id: int) -> tuple[str, Any]:
    if charger.is_16:
        return "StartTransaction", lambda call: call["connectorId"] == evse_id
    return "TransactionEvent", lambda call: call["eventType"] == "Started"


async def transaction_begun(charger: OurCharger, evse_id: int = 1) -> dict[str, Any]:
    return await charger.csms.record.until_call(*started(charger, evse_id))


async def transaction_over(charger: OurCharger) -> dict[str, Any]:
    """The last word on a transaction: StopTransaction, or the TransactionEvent that ended it."""
    if charger.is_16:
        return await charger.csms.record.until_call("StopTransaction")
    return await charger.csms.record.until_call(
        "TransactionEvent", lambda call: call["eventType"] == "Ended"
    )


def reason_of(over: dict[str, Any]) -> str:
    if "transactionInfo" in over:
        return str(over["transactionInfo"].get("stoppedReason", "Local"))
    return str(over.get("reason", "Local"))


def registers(charger: OurCharger) -> list[float]:
    """The energy register, Wh, in the order the CSMS was told of it."""
    record = charger.csms.record
    if charger.is_16:
        values = [value for call in record.of("MeterValues") for value in call["meterValue"]]
    else:
        calls = record.of("TransactionEvent")
        values = [value for call in calls for value in call.get("meterValue", ())]
    return [
        float(sample["value"])
        for value in values
        for sample in value["sampledValue"]
        if sample.get("measurand", "Energy.Active.Import.Register")
        == "Energy.Active.Import.Register"
    ]


async def test_it_boots_and_reports_every_connector(charger: OurCharger) -> None:
    await charger.booted()

    record = charger.csms.record
    boot = record.of("BootNotification")[0]
    statuses = record.of("StatusNotification")
    assert record.actions()[0] == "BootNotification"
    if charger.is_16:
        assert boot["chargePointVendor"] == "Voltyard"
        assert {call["connectorId"]: call["status"] for call in statuses} == {
            0: "Available",
            1: "Available",
            2: "Available",
        }
    else:
        assert boot["chargingStation"]["vendorName"] == "Voltyard"
        assert {(call["evseId"], call["connectorId"]) for call in statuses} == {(1, 1), (2, 1)}
        assert {call["connectorStatus"] for call in statuses} == {"Available"}


async def test_it_charges_and_its_meter_rises(charger: OurCharger) -> None:
    await charger.booted()

    await charger.ask(StartSession(evse_id=1, id_tag=TAG))
    await transaction_begun(charger)
    await charger.csms.record.until(lambda: len(registers(charger)) >= 3)
    await charger.ask(StopSession(evse_id=1))
    over = await transaction_over(charger)

    told = registers(charger)
    assert told == sorted(told) and told[-1] > told[0]
    if charger.is_16:
        begun = charger.csms.record.of("StartTransaction")[0]
        assert over["meterStop"] >= told[-1] - 1 and begun["meterStart"] <= told[0] + 1
    else:
        numbers = [call["seqNo"] for call in charger.csms.record.of("TransactionEvent")]
        assert numbers == list(range(len(numbers)))


async def test_a_refused_tag_gets_no_energy(charger: OurCharger) -> None:
    await charger.booted()

    await charger.ask(PlugIn(evse_id=1))
    refusal = await charger.refuses(Swipe(evse_id=1, id_tag=REFUSED_TAG))

    assert refusal.details == {"status": "Invalid"}
    assert charger.csms.record.of("Authorize")
    assert not charger.csms.record.of("StartTransaction")
    assert all(register == 0 for register in registers(charger))
    await charger.state_is(lambda state: state.connectors[0].power_w == 0)


async def test_it_obeys_a_remote_start_and_a_remote_stop(charger: OurCharger) -> None:
    await charger.booted()
    await charger.ask(PlugIn(evse_id=2))

    if charger.is_16:
        answer = await charger.told(call16.RemoteStartTransaction(TAG, connector_id=2))
        assert answer.status == "Accepted"
        await transaction_begun(charger, 2)
        await charger.csms.record.until_call("MeterValues")
        answer = await charger.told(call16.RemoteStopTransaction(1001))
    else:
        token = {"idToken": TAG, "type": "ISO14443"}
        answer = await charger.told(call201.RequestStartTransaction(token, 77, evse_id=2))
        assert answer.status == "Accepted"
        await charger.csms.record.until_call(
            "TransactionEvent", lambda call: call["triggerReason"] == "RemoteStart"
        )
        begun = await transaction_begun(charger, 2)
        await charger.csms.record.until(lambda: len(registers(charger)) >= 2)
        identifier = begun["transactionInfo"]["transactionId"]
        answer = await charger.told(call201.RequestStopTransaction(identifier))

    assert answer.status == "Accepted"
    assert reason_of(await transaction_over(charger)) == "Remote"


async def test_a_remote_stop_of_a_strange_transaction_is_rejected(charger: OurCharger) -> None:
    await charger.booted()

    request = (
        call16.RemoteStopTransaction(4711)
        if charger.is_16
        else call201.RequestStopTransaction("none of yours")
    )

    assert (await charger.told(request)).status == "Rejected"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gentle", "hard"])
async def test_a_reset_ends_the_transaction_and_boots_again(charger: OurCharger, kind: str) -> None:
    await charger.booted()
    await charger.ask(StartSession(evse_id=1, id_tag=TAG))
    await transaction_begun(charger)

    if charger.is_16:
        answer = await charger.told(call16.Reset("Soft" if kind == "gentle" else "Hard"))
    else:
        answer = await charger.told(call201.Reset("OnIdle" if kind == "gentle" else "Immediate"))
    if answer.status == "Scheduled":
        await charger.ask(StopSession(evse_id=1))
    over = await transaction_over(charger)
    await charger.csms.record.until_call("BootNotification", count=2)

    expected = {
        ("1.6", "gentle"): ("Accepted", "SoftReset"),
        ("1.6", "hard"): ("Accepted", "HardReset"),
        ("2.0.1", "gentle"): ("Scheduled", "Local"),
        ("2.0.1", "hard"): ("Accepted", "ImmediateReset"),
    }
    assert (answer.status, reason_of(over)) == expected[charger.version, kind]
    if not charger.is_16:
        boots = charger.csms.record.of("BootNotification")
        assert boots[1]["reason"] in ("RemoteReset", "ScheduledReset")


async def test_a_connector_is_unlocked_when_idle(charger: OurCharger) -> None:
    await charger.booted()

    known = call16.UnlockConnector(1) if charger.is_16 else call201.UnlockConnector(1, 1)
    unknown = call16.UnlockConnector(9) if charger.is_16 else call201.UnlockConnector(9, 1)

    assert (await charger.told(known)).status == "Unlocked"
    assert (await charger.told(unknown)).status == (
        "NotSupported" if charger.is_16 else "UnknownConnector"
    )


async def test_unlocking_a_busy_connector_follows_its_version(charger: OurCharger) -> None:
    await charger.booted()
    await charger.ask(StartSession(evse_id=1, id_tag=TAG))
    await transaction_begun(charger)

    if charger.is_16:
        assert (await charger.told(call16.UnlockConnector(1))).status == "Unlocked"
        assert reason_of(await transaction_over(charger)) == "UnlockCommand"
    else:
        answer = await charger.told(call201.UnlockConnector(1, 1))
        assert answer.status == "OngoingAuthorizedTransaction"
        await charger.state_is(lambda state: state.connectors[0].transaction is not None)


async def test_availability_follows_the_transaction(charger: OurCharger) -> None:
    await charger.booted()
    await charger.ask(StartSession(evse_id=1, id_tag=TAG))
    await transaction_begun(charger)

    def request(evse_id: int, to: str) -> Any:
        if charger.is_16:
            return call16.ChangeAvailability(evse_id, to)
        return call201.ChangeAvailability(to, evse={"id": evse_id})

    def unavailable(evse_id: int) -> Any:
        if charger.is_16:
            return lambda call: (call["connectorId"], call["status"]) == (evse_id, "Unavailable")
        return lambda call: (call["evseId"], call["connectorStatus"]) == (evse_id, "Unavailable")

    assert (await charger.told(request(2, "Inoperative"))).status == "Accepted"
    assert (await charger.told(request(1, "Inoperative"))).status == "Scheduled"
    await charger.csms.record.until_call("StatusNotification", unavailable(2))
    await charger.ask(StopSession(evse_id=1))
    await charger.csms.record.until_call("StatusNotification", unavailable(1))


async def test_settings_are_read_and_written(charger: OurCharger) -> None:
    await charger.booted()

    if charger.is_16:
        every = await charger.told(call16.GetConfiguration())
        some = await charger.told(call16.GetConfiguration(["HeartbeatInterval", "NoSuchKey"]))
        written = [
            (await charger.told(call16.ChangeConfiguration(key, value))).status
            for key, value in (
                ("HeartbeatInterval", "77"),
                ("HeartbeatInterval", "soon"),
                ("NumberOfConnectors", "9"),
                ("NoSuchKey", "1"),
            )
        ]
        after = await charger.told(call16.GetConfiguration(["HeartbeatInterval"]))
        assert len(every.configuration_key) > 20
        assert some.unknown_key == ["NoSuchKey"]
        assert written == ["Accepted", "Rejected", "Rejected", "NotSupported"]
        assert after.configuration_key[0]["value"] == "77"
    else:
        name = {
            "component": {"name": "OCPPCommCtrlr"},
            "variable": {"name": "HeartbeatInterval"},
        }
        strange = {"component": {"name": "NoSuchCtrlr"}, "variable": {"name": "Nothing"}}
        read_only = {
            "component": {"name": "SmartChargingCtrlr"},
            "variable": {"name": "NoSuchVariable"},
        }
        written = await charger.told(
            call201.SetVariables(
                [
                    {**name, "attributeValue": "77"},
                    {**name, "attributeValue": "soon"},
                    {**strange, "attributeValue": "1"},
                ]
            )
        )
        read = await charger.told(call201.GetVariables([name, strange, read_only]))
        results = [result["attribute_status"] for result in written.set_variable_result]
        assert results == ["Accepted", "Rejected", "UnknownComponent"]
        values = [
            (result["attribute_status"], result.get("attribute_value"))
            for result in read.get_variable_result
        ]
        assert values[0] == ("Accepted", "77")
        assert values[1] == ("UnknownComponent", None)
        assert values[2][0] in ("UnknownVariable", "UnknownComponent")


@pytest.mark.parametrize("charger", ["2.0.1"], indirect=True)  # 1.6 has no reports
async def test_a_base_report_comes_in_pages(charger: OurCharger) -> None:
    await charger.booted()

    answer = await charger.told(call201.GetBaseReport(5, "FullInventory"))
    last = await charger.csms.record.until_call("NotifyReport", lambda call: not call.get("tbc"))

    pages = charger.csms.record.of("NotifyReport")
    assert answer.status == "Accepted"
    assert last["requestId"] == 5
    assert [page["seqNo"] for page in pages] == list(range(len(pages)))
    assert sum(len(page.get("reportData", ())) for page in pages) > 20


async def test_triggers_bring_what_was_asked_for(charger: OurCharger) -> None:
    await charger.booted()

    if charger.is_16:
        beat = await charger.told(call16.TriggerMessage("Heartbeat"))
        status = await charger.told(call16.TriggerMessage("StatusNotification", connector_id=2))
    else:
        beat = await charger.told(call201.TriggerMessage("Heartbeat"))
        status = await charger.told(
            call201.TriggerMessage("StatusNotification", evse={"id": 2, "connectorId": 1})
        )

    assert (beat.status, status.status) == ("Accepted", "Accepted")
    await charger.csms.record.until_call("Heartbeat")
    key = "connectorId" if charger.is_16 else "evseId"
    await charger.csms.record.until_call("StatusNotification", lambda call: call[key] == 2, count=2)


async def test_the_cache_is_cleared_and_vendors_talk_is_answered(charger: OurCharger) -> None:
    await charger.booted()
    module = call16 if charger.is_16 else call201

    cleared = await charger.told(module.ClearCache())
    talk = await charger.told(module.DataTransfer("NobodyWeKnow"))

    assert cleared.status == "Accepted"
    assert talk.status == "UnknownVendorId"


async def test_a_transaction_that_ends_offline_is_told_afterwards(charger: OurCharger) -> None:
    await charger.booted()
    await charger.ask(StartSession(evse_id=1, id_tag=TAG))
    await transaction_begun(charger)
    await charger.csms.record.until(lambda: len(registers(charger)) >= 1)

    await charger.ask(NetworkDrop(duration_s=1.0))
    await charger.ask(StopSession(evse_id=1))
    over = await transaction_over(charger)

    assert len(charger.csms.record.of("BootNotification")) == 1
    if charger.is_16:
        assert over["transactionId"] == 1001
    else:
        assert over["offline"] is True


async def test_unplugging_ends_the_transaction(charger: OurCharger) -> None:
    await charger.booted()
    await charger.ask(StartSession(evse_id=1, id_tag=TAG))
    await transaction_begun(charger)

    await charger.ask(Unplug(evse_id=1))

    assert reason_of(await transaction_over(charger)) == "EVDisconnected"
