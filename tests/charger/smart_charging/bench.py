"""Profiles and benches for the tests of smart charging."""

from typing import Any

from tests.charger.bench import START, Bench, charging
from voltyard.catalogue.commands.commands import PlugIn, Swipe
from voltyard.charger.description.specification import ConnectorSpec
from voltyard.kernel.time import to_rfc3339
from voltyard.physics.vehicle import Vehicle

VERSIONS = ("1.6", "2.0.1")

V_A = 230.0 * 3
"""Watts per ampere of a three-phase connector."""

AC3 = ConnectorSpec(max_power_w=32 * V_A)

HUNGRY = Vehicle(
    name="takes anything",
    battery_kwh=1e6,
    soc_percent=0.0,
    max_ac_power_w=1e6,
    max_dc_power_w=1e9,
    curve=((0.0, 1.0), (100.0, 1.0)),
)

_STATION = {"1.6": "ChargePointMaxProfile", "2.0.1": "ChargingStationMaxProfile"}


def profile(
    version: str,
    id: int = 1,
    purpose: str = "TxDefaultProfile",
    *limits: float | tuple[int, float] | tuple[int, float, int],
    kind: str = "Relative",
    unit: str = "A",
    level: int = 0,
    **more: Any,
) -> dict[str, Any]:
    """A profile as the version writes it; limits from 0 on, or (start, limit[, phases])."""
    periods = []
    for limit in limits:
        start, amount, *phases = limit if isinstance(limit, tuple) else (0, limit)
        period = {"startPeriod": start, "limit": amount}
        periods.append(period | ({"numberPhases": phases[0]} if phases else {}))
    schedule: dict[str, Any] = {"chargingRateUnit": unit, "chargingSchedulePeriod": periods}
    for key in ("duration", "startSchedule", "minChargingRate"):
        if key in more:
            value = more.pop(key)
            schedule[key] = to_rfc3339(value) if key == "startSchedule" else value
    for key in ("validFrom", "validTo"):
        if key in more:
            more[key] = to_rfc3339(more[key])
    newer = version != "1.6"
    return {
        "id" if newer else "chargingProfileId": id,
        "stackLevel": level,
        "chargingProfilePurpose": _STATION[version] if purpose == "Station" else purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": [schedule | {"id": 1}] if newer else schedule,
        **more,
    }


def install(bench: Bench, place: int, wire: dict[str, Any]) -> Any:
    """SetChargingProfile; its status, or the code of its CALLERROR."""
    if bench.spec.version == "1.6":
        answer = bench.call("SetChargingProfile", connectorId=place, csChargingProfiles=wire)
    else:
        answer = bench.call("SetChargingProfile", evseId=place, chargingProfile=wire)
    return answer["status"] if isinstance(answer, dict) else answer[0]


def put(bench: Bench, place: int, id: int, purpose: str, *limits: Any, **more: Any) -> None:
    """Install a profile that is accepted; a TxProfile of the running transaction."""
    version = bench.spec.version
    if purpose == "TxProfile":
        wire_id = bench.charger.evses[place - 1].transaction.wire_id  # type: ignore[union-attr]
        more["transactionId"] = int(wire_id or 0) if version == "1.6" else wire_id
    wire = profile(version, id, purpose, *limits, **more)
    assert install(bench, place, wire) == "Accepted", wire


def composite(bench: Bench, place: int, duration: int, unit: str | None = None) -> dict[str, Any]:
    """GetCompositeSchedule: {start, duration, unit, periods: [(start, limit, phases)]}."""
    asked = {} if unit is None else {"chargingRateUnit": unit}
    if bench.spec.version == "1.6":
        answer = bench.call("GetCompositeSchedule", connectorId=place, duration=duration, **asked)
        assert answer["status"] == "Accepted", answer
        schedule, start = answer["chargingSchedule"], answer["scheduleStart"]
        assert answer["connectorId"] == place
        assert "startSchedule" not in schedule
    else:
        answer = bench.call("GetCompositeSchedule", evseId=place, duration=duration, **asked)
        assert answer["status"] == "Accepted", answer
        schedule = answer["schedule"]
        start = schedule["scheduleStart"]
        assert schedule["evseId"] == place
    return {
        "start": start,
        "duration": schedule["duration"],
        "unit": schedule["chargingRateUnit"],
        "periods": [
            (p["startPeriod"], p["limit"], p.get("numberPhases"))
            for p in schedule["chargingSchedulePeriod"]
        ],
    }


def limits_of(bench: Bench, place: int, duration: int, unit: str | None = None) -> Any:
    """(start, limit) of each period of the composite schedule."""
    told = composite(bench, place, duration, unit)
    return [(start, limit) for start, limit, _ in told["periods"]]


def clear(bench: Bench, **criteria: Any) -> str:
    """ClearChargingProfile by `id`, `place`, `purpose`, `level`; its status."""
    if bench.spec.version == "1.6":
        words = {
            "id": "id",
            "place": "connectorId",
            "purpose": "chargingProfilePurpose",
            "level": "stackLevel",
        }
        named = {words[key]: _wire(value, "1.6") for key, value in criteria.items()}
        return str(bench.call("ClearChargingProfile", **named)["status"])
    words = {"place": "evseId", "purpose": "chargingProfilePurpose", "level": "stackLevel"}
    id = criteria.pop("id", None)
    named = {words[key]: _wire(value, "2.0.1") for key, value in criteria.items()}
    request = {} if id is None else {"chargingProfileId": id}
    if named:
        request["chargingProfileCriteria"] = named
    return str(bench.call("ClearChargingProfile", **request)["status"])


def _wire(value: Any, version: str) -> Any:
    return _STATION[version] if value == "Station" else value


def hungry(
    version: str,
    *,
    evses: int = 2,
    settings: dict[str, str] | None = None,
    connector: ConnectorSpec = AC3,
    places: tuple[int, ...] = (1,),
) -> Bench:
    """A bench on which vehicles that take anything charge at these EVSEs."""
    bench = Bench(version, evses=evses, settings=settings, connector=connector)
    for place in places:
        join(bench, place)
    bench.forget()
    return bench


def join(bench: Bench, place: int, vehicle: Vehicle = HUNGRY) -> None:
    """One more begins to charge."""
    bench.done(PlugIn(evse_id=place, vehicle=vehicle))
    bench.done(Swipe(evse_id=place, id_tag=f"TAG{place}"))


def power(bench: Bench, place: int = 1) -> float:
    """What flows now."""
    return float(bench.state.connectors[place - 1].power_w)


def amperes(bench: Bench, place: int = 1) -> float:
    """What flows in each phase used."""
    return float(bench.state.connectors[place - 1].current_a)


__all__ = [
    "AC3",
    "HUNGRY",
    "START",
    "VERSIONS",
    "V_A",
    "Bench",
    "amperes",
    "charging",
    "clear",
    "composite",
    "hungry",
    "install",
    "join",
    "limits_of",
    "power",
    "profile",
    "put",
]
