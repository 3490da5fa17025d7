"""Registers that cannot be as a charger tells them: noticed, told of, never added up (Q85 to Q87).

The rule for what was delivered is that of csms.transactions.delivered_energy.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.csms.bench import ORG, START, Peer, Yard
from voltyard.csms.records import TransactionStored
from voltyard.csms.transactions.ledger import energy_delivered_kwh, power_average_w, power_peak_w

LIFETIME_WH = 1_000_000


def at(seconds: float) -> str:
    return datetime.fromtimestamp(START + seconds, UTC).isoformat()


def energy(value: float | str, unit: str | None = None, **fields: Any) -> dict[str, Any]:
    sample = {"value": str(value), **fields}
    return sample if unit is None else {**sample, "unit": unit}


def power(value: float, unit: str = "W", **fields: Any) -> dict[str, Any]:
    return {"value": str(value), "measurand": "Power.Active.Import", "unit": unit, **fields}


class Charging:
    """A charger in a transaction that began at START."""

    def __init__(self, yard: Yard, peer: Peer, number: int) -> None:
        self.yard = yard
        self.peer = peer
        self.number = number
        self.now = 0.0

    async def tell(self, *samples: dict[str, Any], after_s: float = 60.0) -> None:
        self.now += after_s
        value = {"timestamp": at(self.now), "sampledValue": list(samples)}
        said = {"connectorId": 1, "transactionId": self.number, "meterValue": [value]}
        assert await self.peer.say("MeterValues", said) == {}

    async def stop(self, meter_stop: int, **fields: Any) -> None:
        said = {"transactionId": self.number, "meterStop": meter_stop, "timestamp": at(3600)}
        assert await self.peer.say("StopTransaction", said | fields) == {}

    @property
    def row(self) -> TransactionStored:
        return self.yard.backend.transaction(ORG, "1")

    @property
    def kinds(self) -> list[str]:
        return [anomaly.kind for anomaly in self.row.anomalies]


async def charging(yard: Yard, meter_start: int = LIFETIME_WH) -> Charging:
    peer = await yard.booted()
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": meter_start, "timestamp": at(0)}
    answer = await peer.say("StartTransaction", start)
    return Charging(yard, peer, answer["transactionId"])


async def test_a_sound_transaction_has_no_anomaly(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(1000.2, "kWh"), power(11, "kW"))
    await one.tell(energy(1_000_400), power(11_000))
    running = energy_delivered_kwh(one.row)
    await one.stop(1_007_400)

    assert (running, energy_delivered_kwh(one.row), one.kinds) == (0.4, 7.4, [])
    assert yard.heard("transaction.anomaly") == []


async def test_Q85_a_register_that_counts_from_the_start_of_the_session(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(180))
    await one.tell(energy(360))
    running = energy_delivered_kwh(one.row)
    await one.stop(1_007_400)

    assert running == 0.36
    assert energy_delivered_kwh(one.row) == 7.4
    (anomaly,) = one.row.anomalies
    assert (anomaly.kind, anomaly.at, anomaly.count) == (
        "register_session_relative",
        START + 60,
        2,
    )
    assert anomaly.detail == "180 Wh after 1e+06 Wh"


async def test_Q85_the_stop_may_count_from_the_start_of_the_session_too(yard: Yard) -> None:
    one = await charging(yard)
    await one.tell(energy(180))

    await one.stop(7_400)

    assert energy_delivered_kwh(one.row) == 7.4
    assert one.row.meter_stop_wh == 7_400


async def test_Q85_a_start_of_0_does_not_make_a_lifetime_of_a_session(yard: Yard) -> None:
    one = await charging(yard, 0)

    await one.tell(energy(12_345_678))
    await one.stop(12_346_000)

    assert one.kinds == ["register_jumped"]
    assert one.row.anomalies[0].count == 2
    assert energy_delivered_kwh(one.row) == 0.0


async def test_Q86_kwh_labelled_wh(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(1000.18))
    await one.tell(energy(1000.36))
    running = energy_delivered_kwh(one.row)
    await one.stop(1_007_400)

    assert running == pytest.approx(0.36)
    assert energy_delivered_kwh(one.row) == 7.4
    assert one.kinds == ["energy_kwh_as_wh"]


async def test_Q86_kwh_labelled_wh_shows_at_the_stop_where_the_meter_is_new(yard: Yard) -> None:
    one = await charging(yard, 0)

    await one.tell(energy(3.5))
    await one.tell(energy(7.2))
    await one.stop(7_400)

    assert one.kinds == ["energy_kwh_as_wh"]
    assert energy_delivered_kwh(one.row) == 7.4


async def test_Q86_kw_labelled_w(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(1_000_180), power(11))
    await one.tell(energy(1_000_363), power(11))

    assert one.kinds == ["power_kw_as_w"]
    # so that they do not count, and the registers do
    assert power_average_w(one.row, START + 120) == pytest.approx(10_890, abs=1)


async def test_Q86_a_power_that_has_just_changed_says_nothing(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(1_000_001), power(1), after_s=3_600)
    await one.tell(energy(1_000_184), power(11_000))

    assert one.kinds == []


async def test_Q87_a_register_that_drops_out(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(1_000_200))
    await one.tell(energy(0))
    await one.tell(energy(0))
    dropped = energy_delivered_kwh(one.row)
    await one.tell(energy(1_000_400))
    await one.stop(1_007_400)

    assert dropped == 0.2
    assert energy_delivered_kwh(one.row) == 7.4
    (anomaly,) = one.row.anomalies
    assert (anomaly.kind, anomaly.count) == ("register_zero", 2)


async def test_Q87_a_phase_that_drops_out(yard: Yard) -> None:
    one = await charging(yard, 900_000)
    phases = [energy(300_100 + n, phase=f"L{n}") for n in (1, 2, 3)]

    await one.tell(*phases)
    await one.tell(*phases[:2])

    assert one.kinds == ["register_fell"]
    assert energy_delivered_kwh(one.row) == 0.306


async def test_a_register_that_falls_and_goes_on_is_not_added_up(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(1_005_000))
    await one.tell(energy(100))
    await one.tell(energy(900))
    await one.stop(1_000)

    assert one.kinds == ["register_fell"]
    assert one.row.anomalies[0].count == 3
    assert energy_delivered_kwh(one.row) == 5.0


async def test_a_stop_below_its_readings_counts_and_is_told_of(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(1_008_000))
    await one.stop(1_007_400)

    assert one.kinds == ["register_fell"]
    assert energy_delivered_kwh(one.row) == 7.4


async def test_a_register_that_gains_more_than_any_connector_delivers_is_told_of(
    yard: Yard,
) -> None:
    one = await charging(yard)

    await one.tell(energy(1_000_200))
    await one.tell(energy(1_083_500))
    assert one.kinds == []
    await one.tell(energy(1_167_000))

    assert one.kinds == ["register_too_fast"]
    assert one.row.anomalies[0].detail == "83500 Wh within 60 s"
    assert energy_delivered_kwh(one.row) == 167.0


async def test_a_stop_that_leaps_is_told_of_and_counts(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(1_000_200))
    await one.stop(1_999_999, timestamp=at(120))

    assert one.kinds == ["register_too_fast"]
    assert energy_delivered_kwh(one.row) == 999.999


async def test_hours_without_a_reading_are_time_enough_for_much(yard: Yard) -> None:
    one = await charging(yard)

    await one.stop(1_900_000)

    assert one.kinds == []


async def test_readings_that_come_late_change_nothing(yard: Yard) -> None:
    # facts: Q37
    one = await charging(yard)

    await one.tell(energy(1_000_600), after_s=180)
    await one.tell(energy(1_000_200), after_s=-120)
    await one.tell(energy(0), after_s=0)

    assert one.kinds == []
    assert one.row.delivered_wh == 600


async def test_an_anomaly_is_told_of_once_for_each_kind(yard: Yard) -> None:
    one = await charging(yard)
    for value in (1_000_200, 0, 500, 0, 500):
        await one.tell(energy(value))

    told = yard.heard("transaction.anomaly")
    assert [event.anomaly.kind for event in told] == ["register_zero", "register_fell"]
    assert told[0].transaction.anomalies == (told[0].anomaly,)
    assert [(a.kind, a.count) for a in one.row.anomalies] == [
        ("register_zero", 2),
        ("register_fell", 2),
    ]


async def test_anomalies_outlive_a_restart(yard: Yard) -> None:
    one = await charging(yard)
    await one.tell(energy(180))

    restarted = yard.restarted()

    row = restarted.backend.transaction(ORG, "1")
    assert [anomaly.kind for anomaly in row.anomalies] == ["register_session_relative"]
    await restarted.backend.close()


async def test_average_and_peak_power_are_of_the_samples(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(1_000_100), power(2_000, phase="L1"), power(4_000, phase="L2"))
    await one.tell(power(9, "kW"))

    assert power_average_w(one.row, START + 120) == 7_500.0
    assert power_peak_w(one.row) == 9_000.0


async def test_without_power_samples_they_are_of_the_registers(yard: Yard) -> None:
    one = await charging(yard)

    await one.tell(energy(1_000_100))
    await one.tell(energy(1_000_300))
    await one.stop(1_007_400)

    assert power_peak_w(one.row) == 12_000.0
    assert power_average_w(one.row, 0.0) == 7_400.0


async def test_power_is_not_known_before_anything_was_read(yard: Yard) -> None:
    one = await charging(yard)

    assert power_average_w(one.row, START) is None
    assert power_peak_w(one.row) is None


# --- a stop that names no transaction (facts: Q70, Q72, Q74) --------------------------------------


@pytest.mark.parametrize("number", [-1, 4711])
async def test_a_stop_without_its_number_ends_the_one_it_can_only_be_of(
    yard: Yard, number: int
) -> None:
    one = await charging(yard)
    one.number = number
    stop = {"transactionId": number, "meterStop": 1_007_400, "timestamp": at(3600), "idTag": "tag"}

    first = await one.peer.say("StopTransaction", stop)
    again = await one.peer.say("StopTransaction", stop)

    assert first == again == {"idTagInfo": {"status": "Accepted"}}
    assert (one.row.status, one.row.number, one.kinds) == ("completed", 1, ["stop_matched"])
    assert len(yard.journal.transactions) == 1
    assert len(yard.heard("transaction.stopped")) == 1
    # also after a restart
    restarted = yard.restarted()
    await restarted.connect().say("StopTransaction", stop)
    assert len(restarted.journal.transactions) == 1
    await restarted.backend.close()


@pytest.mark.parametrize(
    "doubtful",
    [
        {"idTag": "OTHER"},
        {"idTag": None},
        {"meterStop": LIFETIME_WH - 1},
        {"timestamp": at(-1)},
    ],
)
async def test_where_there_is_a_doubt_it_stands_alone(yard: Yard, doubtful: dict[str, Any]) -> None:
    one = await charging(yard)
    stop = {"transactionId": -1, "meterStop": 1_007_400, "timestamp": at(3600), "idTag": "TAG"}
    stop = {name: value for name, value in (stop | doubtful).items() if value is not None}

    await one.peer.say("StopTransaction", stop)

    assert one.row.status == "in_progress"
    alone = next(row for row in yard.journal.transactions.values() if row.number is None)
    assert [anomaly.kind for anomaly in alone.anomalies] == ["start_missing"]
    assert [e.anomaly.kind for e in yard.heard("transaction.anomaly")] == ["start_missing"]


async def test_of_two_that_it_may_be_of_it_ends_neither(yard: Yard) -> None:
    one = await charging(yard)
    start = {"connectorId": 2, "idTag": "TAG", "meterStart": 5, "timestamp": at(0)}
    await one.peer.say("StartTransaction", start)

    stop = {"transactionId": -1, "meterStop": 1_007_400, "timestamp": at(3600), "idTag": "TAG"}
    await one.peer.say("StopTransaction", stop)

    statuses = [yard.backend.transaction(ORG, number).status for number in ("1", "2")]
    assert statuses == ["in_progress", "in_progress"]


async def test_another_chargers_is_never_ended_by_it(yard: Yard) -> None:
    one = await charging(yard)
    intruder = await yard.booted("CP2")

    stop = {"transactionId": 1, "meterStop": 1_007_400, "timestamp": at(3600), "idTag": "TAG"}
    await intruder.say("StopTransaction", stop)

    assert one.row.status == "in_progress"


async def test_readings_of_an_unconfirmed_transaction_belong_to_the_open_one(yard: Yard) -> None:
    one = await charging(yard)
    one.number = -1

    await one.tell(energy(1_000_200))

    assert one.row.delivered_wh == 200


# --- a stop of one that was closed by hand --------------------------------------------------------


@pytest.mark.parametrize("by_hand_wh", [None, 1_002_000.0, 1_050_000.0])
async def test_a_charger_that_comes_back_has_the_last_word_on_what_was_closed_by_hand(
    yard: Yard, by_hand_wh: float | None
) -> None:
    one = await charging(yard)
    await one.tell(energy(1_001_000))
    await yard.backend.close_transaction(one.row, meter_stop_wh=by_hand_wh, reason="Gone")
    closed = one.row

    await one.stop(1_007_400, reason="PowerLoss")
    await one.stop(1_007_400, reason="PowerLoss")

    assert (closed.status, closed.stop_reason) == ("completed", "Gone")
    assert [anomaly.kind for anomaly in closed.anomalies] == ["closed_by_hand"]
    assert (one.row.meter_stop_wh, one.row.stop_reason) == (1_007_400, "PowerLoss")
    assert (one.row.stopped_at, energy_delivered_kwh(one.row)) == (START + 3600, 7.4)
    assert one.kinds == ["closed_by_hand", "stop_after_close"]
    assert [e.transaction for e in yard.heard("transaction.stopped")] == [closed]
    corrected = [e for e in yard.heard("transaction.updated") if e.corrected]
    assert [e.transaction for e in corrected] == [one.row]
    assert [e.anomaly.kind for e in yard.heard("transaction.anomaly")] == ["stop_after_close"]


async def test_what_was_closed_by_hand_is_ended_once_also_after_a_restart(yard: Yard) -> None:
    one = await charging(yard)
    await yard.backend.close_transaction(one.row, meter_stop_wh=None, reason="Gone")

    restarted = yard.restarted()
    stop = {"transactionId": 1, "meterStop": 1_007_400, "timestamp": at(3600)}
    for _ in range(2):
        await restarted.connect().say("StopTransaction", stop)

    row = restarted.backend.transaction(ORG, "1")
    assert (row.meter_stop_wh, energy_delivered_kwh(row)) == (1_007_400, 7.4)
    assert [anomaly.count for anomaly in row.anomalies] == [1, 1]
    await restarted.backend.close()
