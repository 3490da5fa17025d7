"""Charging profiles for the charger's random stories, and what must be true of them."""

from typing import Any

from hypothesis import strategies as st

from tests.charger.bench import START, Bench
from tests.charger.smart_charging.bench import profile
from voltyard.charger.smart_charging import schedule
from voltyard.charger.smart_charging.profile_limits import place_of
from voltyard.charger.smart_charging.schedule import ROUNDING_S

RUNNING = "running"
"""Stands for the id of the transaction that runs at the place when the call is made."""

_limit = st.sampled_from([0.0, 5.9, 6.0, 10.0, 20.0, 32.0])
_later = st.tuples(st.sampled_from([60, 400]), _limit, st.sampled_from([1, 3]))
_periods = st.tuples(_limit, st.lists(_later, max_size=1)).map(lambda drawn: (drawn[0], *drawn[1]))
_starts = st.integers(-1, 1).map(lambda hours: START + hours * 300.0)


@st.composite
def profiles(draw: st.DrawFn, version: str, purpose: str) -> dict[str, Any]:
    """One that can be, of that purpose."""
    kinds = ["Absolute", "Recurring"]
    if purpose != "Station" or version == "1.6":
        kinds.append("Relative")
    kind = draw(st.sampled_from(kinds))
    more: dict[str, Any] = {}
    if kind != "Relative":
        more["startSchedule"] = draw(_starts)
    if kind == "Recurring":
        more["recurrencyKind"] = "Daily"
    if draw(st.booleans()):
        more["duration"] = 700
    if draw(st.booleans()):
        more["validTo"] = START + 900.0
    if purpose == "TxProfile" and version != "1.6":
        more["transactionId"] = RUNNING
    id, level = draw(st.integers(1, 4)), draw(st.integers(0, 1))
    return profile(version, id, purpose, *draw(_periods), kind=kind, level=level, **more)


def charging_calls(version: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """What a CSMS asks of smart charging, sensible and not."""
    newer = version != "1.6"
    place = "evseId" if newer else "connectorId"
    wire = "chargingProfile" if newer else "csChargingProfiles"
    purposes = st.sampled_from(["Station", "TxDefaultProfile", "TxDefaultProfile", "TxProfile"])
    set_one = st.tuples(
        purposes.flatmap(lambda purpose: profiles(version, purpose)), st.integers(0, 2)
    ).map(lambda drawn: ("SetChargingProfile", {place: drawn[1], wire: drawn[0]}))
    name = "chargingProfileId" if newer else "id"
    clear = st.integers(1, 4).map(lambda id: ("ClearChargingProfile", {name: id}))
    ask = st.integers(0, 2).map(lambda at: ("GetCompositeSchedule", {place: at, "duration": 1_000}))
    begin = st.tuples(profiles(version, "TxProfile"), st.integers(1, 2)).map(
        lambda drawn: _remote_start(version, *drawn)
    )
    return st.one_of(set_one, set_one, clear, ask, begin)


def _remote_start(version: str, wire: dict[str, Any], place: int) -> tuple[str, dict[str, Any]]:
    wire = {key: value for key, value in wire.items() if key != "transactionId"}
    if version == "1.6":
        asked = {"idTag": "A", "connectorId": place, "chargingProfile": wire}
        return "RemoteStartTransaction", asked
    token = {"idToken": "A", "type": "ISO14443"}
    asked = {"idToken": token, "remoteStartId": 1, "evseId": place, "chargingProfile": wire}
    return "RequestStartTransaction", asked


def addressed(bench: Bench, payload: dict[str, Any]) -> dict[str, Any]:
    """With the transaction named that runs there, if one does."""
    wire = payload.get("chargingProfile", {})
    if wire.get("transactionId") != RUNNING:
        return payload
    evse_id = payload["evseId"]
    running = bench.charger.evses[evse_id - 1].transaction if evse_id else None
    name = "none" if running is None else running.id
    return payload | {"chargingProfile": wire | {"transactionId": name}}


def check_limits(bench: Bench) -> None:
    """What is in force is what the profiles make of this moment, and nothing is over it."""
    charger = bench.charger
    if not charger.power.powered:
        return
    limits = charger.profile_limits
    assert limits.active == bool(limits.installed or limits.expected)
    running = {evse.transaction.id for evse in charger.evses if evse.transaction is not None}
    assert {one.profile.transaction for one in limits.installed} <= {None, *running}
    at = charger.context.time + ROUNDING_S
    for evse in charger.evses:
        place = place_of(evse)
        assert evse.supply.allowance == limits.allowance_at(evse, place, at, limits.since)
        if evse.supply.allowance is not None:
            assert evse.steady().power_w <= evse.supply.allowance.power_w + 1e-6
    cap = schedule.station_cap(limits.installed, at)
    if cap is not None:
        draws = [evse.steady() for evse in charger.evses]
        assert sum(draw.current_a for draw in draws) <= cap.amperes + 1e-6
        assert sum(draw.power_w for draw in draws) <= cap.watts + 1e-6
