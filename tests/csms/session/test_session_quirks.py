"""What chargers in the field do that a backend must survive, by the number in our facts (facts: R).

Others of those quirks are tested where their subject is: Q01, Q05 and Q07 in test_csms_gate, Q12 in
test_csms_link_life, Q35 in test_csms_frames, Q61 in test_csms_commands, Q74 in
test_csms_transactions_16.
"""

from typing import Any

import pytest

from tests.csms.bench import BOOT_16, ORG, ZULU, Peer, Yard
from voltyard.csms.commands.control import RawCall, Reset
from voltyard.kernel.errors import Invalid

START = {"connectorId": 1, "idTag": "TAG-1", "meterStart": 1000, "timestamp": ZULU}


def profile(**fields: Any) -> dict[str, Any]:
    periods = [{"startPeriod": number, "limit": number / 10} for number in range(401)]
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": periods}
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "ChargePointMaxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
        **fields,
    }


async def test_Q51_a_message_id_is_used_again_for_something_else(yard: Yard) -> None:
    peer = await yard.booted()

    peer.call("Heartbeat", {}, "same")
    peer.call("StartTransaction", START, "same")
    peer.call("Heartbeat", {}, "same")
    await yard.settle()

    beat, again, started = sorted(peer.answers("same"), key=lambda frame: "idTagInfo" in frame[2])
    assert beat[2] == again[2] == {"currentTime": ZULU}
    assert started[2]["transactionId"] > 0


async def test_Q51_an_answer_to_a_call_that_was_never_made_is_dropped(yard: Yard) -> None:
    peer = await yard.booted()
    task = await yard.command(Reset(type="Soft"))

    peer.text('[3,"nobodys",{"status":"Rejected"}]')
    await peer.answer({"status": "Accepted"})

    assert (await task).status == "accepted"
    assert peer.wire.closed is None


async def test_Q52_what_is_sent_is_spelt_as_the_schemas_have_it(yard: Yard) -> None:
    peer = await yard.booted()

    snake = {"connectorId": 1, "cs_charging_profiles": profile()}
    with pytest.raises(Invalid, match="cs_charging_profiles"):
        await yard.backend.command(ORG, "CP1", RawCall(action="SetChargingProfile", payload=snake))
    assert await peer.say("BootNotification", BOOT_16) == {
        "currentTime": ZULU,
        "interval": 300,
        "status": "Accepted",
    }


@pytest.mark.parametrize("rule", ["accept", "reject"])
async def test_Q53_a_start_is_answered_with_an_id_whatever_the_tag(yard: Yard, rule: str) -> None:
    await yard.backend.change_settings(ORG, unknown_id_tags=rule)
    peer = await yard.booted()

    answer = await peer.say("StartTransaction", START)

    assert set(answer) == {"transactionId", "idTagInfo"}
    assert isinstance(answer["transactionId"], int) and answer["transactionId"] > 0
    assert answer["idTagInfo"]["status"] == ("Accepted" if rule == "accept" else "Invalid")


async def test_Q53_numbers_serve_as_message_ids(yard: Yard) -> None:
    peer = await yard.booted()

    peer.call("Heartbeat", {}, "1711")
    await yard.settle()

    assert peer.answers("1711") == [[3, "1711", {"currentTime": ZULU}]]


async def sent(yard: Yard, peer: Peer, action: str, payload: Any) -> Any:
    """What a call looks like on the wire."""
    task = await yard.command(RawCall(action=action, payload=payload))
    await peer.answer({"status": "Accepted"})
    await task
    return peer.asked()[-1][3]


async def test_Q54_each_limit_of_one_decimal_is_lawful(yard: Yard) -> None:
    peer = await yard.booted()
    payload = {"connectorId": 0, "csChargingProfiles": profile()}

    assert await sent(yard, peer, "SetChargingProfile", payload) == payload


async def test_Q55_the_station_as_a_whole_is_evse_0(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    schedule = {
        "id": 1,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1}],
    }
    whole = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "ChargingStationMaxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
    }
    payload = {"evseId": 0, "chargingProfile": whole}

    assert await sent(yard, peer, "SetChargingProfile", payload) == payload


async def test_Q80_a_transaction_goes_on_over_a_restart_of_the_backend(yard: Yard) -> None:
    peer = await yard.booted()
    number = (await peer.say("StartTransaction", START))["transactionId"]
    await peer.gone()

    restarted = yard.restarted()
    again = restarted.connect()
    value = {"timestamp": ZULU, "sampledValue": [{"value": "1500"}]}
    said = {"connectorId": 1, "transactionId": number, "meterValue": [value]}
    assert await again.say("MeterValues", said) == {}

    row = restarted.backend.transaction(ORG, str(number))
    assert (row.status, row.meter_last_wh) == ("in_progress", 1500)
    await restarted.backend.close()
