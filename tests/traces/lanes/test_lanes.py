"""Frames of both versions become statuses, transactions, readings and limits over time."""

import json
from typing import Any

import pytest

from tests.traces.bench import BEGIN, BOOT_16, BOOT_201, BOOTED, Frame, read, trace
from voltyard.kernel import limits
from voltyard.traces.trace import TraceCharger, trace_of


def at(seconds: float) -> str:
    return f"2026-01-05T00:{int(seconds) // 60:02d}:{int(seconds) % 60:02d}Z"


def charger(*frames: Frame, boot: Frame = BOOT_16) -> TraceCharger:
    return trace([boot, BOOTED, *frames]).chargers[0]


def status(at_s: float, connector: int, word: str, **other: Any) -> Frame:
    payload = {"connectorId": connector, "errorCode": "NoError", "status": word, **other}
    return (at_s, "->", [2, f"s{at_s}{connector}", "StatusNotification", payload])


def samples(at_s: float, *values: dict[str, str], when: float | None = None) -> Frame:
    value = {"timestamp": at(at_s if when is None else when), "sampledValue": list(values)}
    payload = {"connectorId": 1, "transactionId": 17, "meterValue": [value]}
    return (at_s, "->", [2, f"m{at_s}", "MeterValues", payload])


def register(wh: float) -> dict[str, str]:
    return {"value": str(wh)}


def seconds(moment: float | None) -> float | None:
    return None if moment is None else round(moment - BEGIN, 3)


def test_a_status_holds_until_the_next_and_is_told_once() -> None:
    lanes = charger(
        status(1.0, 1, "Available"),
        status(2.0, 1, "Available"),
        status(3.0, 1, "Faulted", errorCode="GroundFailure", info="relay"),
        status(4.0, 0, "Available"),
    ).connectors

    assert [(lane.evse, lane.connector) for lane in lanes] == [(0, 0), (1, 0)]
    told = [(seconds(one.at), one.status, one.note) for one in lanes[1].changes]
    assert told == [(1.0, "Available", ""), (3.0, "Faulted", "GroundFailure, relay")]


def test_what_waited_offline_stands_where_it_happened_and_a_wrong_clock_moves_nothing() -> None:
    lane = charger(
        status(100.0, 1, "Charging", timestamp=at(40)),
        status(110.0, 1, "Finishing", timestamp="1970-01-01T00:00:00Z"),
        status(120.0, 1, "Available", timestamp="2030-01-01T00:00:00Z"),
    ).connectors[0]

    assert [seconds(one.at) for one in lane.changes] == [40.0, 110.0, 120.0]


def start(at_s: float) -> list[Frame]:
    request = {"connectorId": 1, "idTag": "AB", "meterStart": 5, "timestamp": at(at_s)}
    answer = {"transactionId": 17, "idTagInfo": {"status": "Accepted"}}
    return [
        (at_s, "->", [2, "start", "StartTransaction", request]),
        (at_s + 0.1, "<-", [3, "start", answer]),
    ]


def stop(at_s: float) -> Frame:
    payload = {"transactionId": 17, "meterStop": 905, "timestamp": at(at_s), "reason": "Remote"}
    return (at_s, "->", [2, "stop", "StopTransaction", payload])


def test_a_transaction_of_16_has_the_id_of_its_answer() -> None:
    (one,) = charger(*start(10.0), stop(60.0)).transactions

    assert (one.id, one.evse, one.id_tag, one.reason) == ("17", 1, "AB", "Remote")
    assert (seconds(one.began_at), seconds(one.ended_at)) == (10.0, 60.0)
    assert (one.meter_start_wh, one.meter_stop_wh) == (5.0, 905.0)


def test_a_transaction_from_before_the_trace_has_no_beginning() -> None:
    (one,) = charger(samples(5.0, register(1.0)), stop(60.0)).transactions

    assert (one.id, one.evse, one.began_at, seconds(one.ended_at)) == ("17", 1, None, 60.0)


def test_readings_are_in_base_units_and_phases_are_put_together() -> None:
    series = charger(
        samples(
            10.0,
            {"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"},
            {"value": "10.0", "measurand": "Current.Import", "phase": "L1"},
            {"value": "12.5", "measurand": "Current.Import", "phase": "L2"},
            {"value": "41", "measurand": "SoC", "location": "EV"},
            {"value": "99", "measurand": "Power.Active.Import", "location": "Inlet"},
            {"value": "soon", "measurand": "Power.Offered"},
        )
    ).meters

    assert [(one.evse, one.quantity, one.samples[0][1]) for one in series] == [
        (1, "current_a", 12.5),
        (1, "power_w", 7400.0),
        (1, "soc_percent", 41.0),
    ]


def test_without_power_the_register_gives_its_average() -> None:
    series = charger(samples(0.0 + 60, register(0)), samples(120.0, register(100))).meters

    average = next(one for one in series if one.quantity == "average_power_w")
    assert [(seconds(moment), value) for moment, value in average.samples] == [
        (60.0, 6000.0),
        (120.0, 0.0),
    ]


def transaction_event(at_s: float, kind: str, **other: Any) -> Frame:
    payload = {
        "eventType": kind,
        "timestamp": at(at_s),
        "triggerReason": "Authorized",
        "seqNo": int(at_s),
        "transactionInfo": {"transactionId": "T1"},
        **other,
    }
    return (at_s, "->", [2, f"t{at_s}", "TransactionEvent", payload])


def test_transactions_and_readings_of_201_are_of_their_evse() -> None:
    power = {
        "value": 7.4,
        "measurand": "Power.Active.Import",
        "unitOfMeasure": {"unit": "W", "multiplier": 3},
    }
    meter = [{"timestamp": at(20), "sampledValue": [power]}]
    connector = {"timestamp": at(5), "connectorStatus": "Occupied", "evseId": 2, "connectorId": 1}

    told = charger(
        (5.0, "->", [2, "s", "StatusNotification", connector]),
        transaction_event(10.0, "Started", evse={"id": 2, "connectorId": 1}),
        transaction_event(20.0, "Updated", meterValue=meter),
        transaction_event(30.0, "Ended", idToken={"idToken": "AB", "type": "Central"}),
        boot=BOOT_201,
    )

    (one,) = told.transactions
    assert (one.id, one.evse, one.id_tag, one.reason) == ("T1", 2, "AB", "Local")
    assert (seconds(one.began_at), seconds(one.ended_at)) == (10.0, 30.0)
    assert [(s.evse, s.quantity, s.samples[0][1]) for s in told.meters] == [(2, "power_w", 7400.0)]
    assert [(lane.evse, lane.connector) for lane in told.connectors] == [(2, 1)]


def profile(at_s: float, id: int, purpose: str, unit: str, *limits_a: float) -> list[Frame]:
    wire = {
        "chargingProfileId": id,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [
                {"startPeriod": 60 * number, "limit": limit}
                for number, limit in enumerate(limits_a)
            ],
        },
    }
    connector = 0 if purpose == "ChargePointMaxProfile" else 1
    request = {"connectorId": connector, "csChargingProfiles": wire}
    return [
        (at_s, "<-", [2, f"p{at_s}", "SetChargingProfile", request]),
        (at_s + 0.5, "->", [3, f"p{at_s}", {"status": "Accepted"}]),
    ]


def steps(one: TraceCharger) -> list[tuple[str, list[tuple[float | None, float | None]]]]:
    return [(s.unit, [(seconds(step.at), step.limit) for step in s.steps]) for s in one.limits]


def test_the_limit_follows_the_profiles_that_were_accepted() -> None:
    told = charger(
        status(0.5, 1, "Available"),
        *profile(1.0, 1, "TxDefaultProfile", "A", 16.0, 10.0),
        *start(100.0),
        (200.0, "<-", [2, "c", "ClearChargingProfile", {"id": 1}]),
        (200.5, "->", [3, "c", {"status": "Accepted"}]),
        status(300.0, 1, "Available"),
    )

    assert steps(told) == [("A", [(1.5, 16.0), (160.0, 10.0), (200.5, None)])]


def test_the_stations_limit_holds_where_it_is_lower_and_a_refused_profile_does_not() -> None:
    refused = profile(30.0, 3, "TxDefaultProfile", "A", 1.0)
    refused[1] = (30.5, "->", [3, "p30.0", {"status": "Rejected"}])

    told = charger(
        status(0.5, 1, "Available"),
        *profile(10.0, 1, "TxDefaultProfile", "A", 16.0),
        *profile(20.0, 2, "ChargePointMaxProfile", "A", 8.0),
        *refused,
        status(60.0, 1, "Preparing"),
    )

    assert steps(told) == [("A", [(10.5, 16.0), (20.5, 8.0)])]


def test_a_profile_of_endless_steps_is_followed_to_its_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "TRACE_STEPS", 10)
    periods = [float(number % 2) + 6.0 for number in range(50)]

    told = charger(
        *profile(1.0, 1, "TxDefaultProfile", "A", *periods),
        *start(10.0),
        status(3000.0, 1, "Charging"),
    )

    assert [step.limit for step in told.limits[0].steps] == [*[6.0, 7.0] * 4, 6.0, None]


def test_the_link_is_up_and_down_as_the_log_tells() -> None:
    line = "[ocpp  ] DEBUG 2026/01/05 00:00:0{} charge point {}: A"
    frame = '[ocpp  ] TRACE 2026/01/05 00:00:02 recv A: [2,"1","Heartbeat",{}]'

    told = trace_of(
        [read("\n".join((line.format(1, "connected"), frame, line.format(3, "disconnected"))))], "t"
    )

    assert [(seconds(one.at), one.up) for one in told.chargers[0].links] == [
        (1.0, True),
        (3.0, False),
    ]


def test_payloads_of_any_shape_leave_the_lanes_alone() -> None:
    odd: list[Any] = [7, "text", None, [], [1], {"connectorId": {}}, {"meterValue": [None]}]
    names = ("StatusNotification", "MeterValues", "StartTransaction", "TransactionEvent")

    told = charger(
        *(
            (float(n), "->", json.dumps([2, str(n), name, payload]))
            for n, (name, payload) in enumerate((name, one) for name in names for one in odd)
        )
    )

    assert (told.connectors, told.transactions, told.meters) == ([], [], [])
