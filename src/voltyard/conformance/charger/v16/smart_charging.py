"""Cases of OCPP 1.6 for a charge point: charging profiles, judged by the current on the meter."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger.v16.central_system import CentralSystem
from voltyard.conformance.wire.endings import Inconclusive
from voltyard.conformance.wire.message import MISSING, PRESENT, ReceivedMessage, fitting, one_of
from voltyard.kernel.time import from_rfc3339

CASES = Cases("charger", "1.6", "SmartCharging")

_SET: Final = "OCPP 1.6 section 5.16"
_PROFILES: Final = "OCPP 1.6 section 3.13"
_METERED: Final = {"MeterValuesSampledData": "Current.Import", "MeterValueSampleInterval": "2"}
_INACCURACY: Final = 1.05
"""Factor by which a meter may be wrong, and a vehicle beside its limit."""


def _profile(
    purpose: str = "TxDefaultProfile",
    limit_a: float = 8.0,
    *,
    id: int = 1,
    stack: int = 0,
    periods: list[dict[str, Any]] | None = None,
    schedule: dict[str, Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A profile of one period; absolute where its schedule has a start, else relative."""
    schedule = schedule or {}
    return {
        "chargingProfileId": id,
        "stackLevel": stack,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute" if "startSchedule" in schedule else "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": periods or [{"startPeriod": 0, "limit": limit_a}],
            **schedule,
        },
        **fields,
    }


async def _set(
    central: CentralSystem, profile: dict[str, Any], connector: int = 1, status: str = "Accepted"
) -> None:
    answer = await central.asks(
        "SetChargingProfile", connectorId=connector, csChargingProfiles=profile
    )
    answer.expect(status=status)


def _amperes(value: Any) -> float:
    """The highest current of any phase in the sampled values of a MeterValues."""
    return max(
        (
            float(one["value"])
            for meter_value in value
            for one in meter_value["sampledValue"]
            if one.get("measurand") == "Current.Import"
        ),
        default=-1.0,
    )


def _drawn(least_a: float, most_a: float) -> Any:
    return fitting(
        f"a Current.Import above {least_a:g} A and up to {most_a:g} A",
        lambda value: least_a < _amperes(value) <= most_a * _INACCURACY,
    )


async def _draws_at_most(central: CentralSystem, limit_a: float) -> None:
    """The vehicle draws within the limit, and stays there for three samples."""
    most = _drawn(0.0, limit_a)
    await central.hears("MeterValues", meterValue=most)
    for _ in range(2):
        (await central.hears("MeterValues")).expect(meterValue=most)


async def _draws_more_than(central: CentralSystem, limit_a: float) -> None:
    """Wait for a vehicle that draws more than it will be allowed; without one there is nothing to
    judge."""
    for _ in range(10):
        told = await central.hears("MeterValues")
        if _amperes(told["meterValue"]) > limit_a * _INACCURACY:
            return
    raise Inconclusive(f"the vehicle draws no more than {limit_a:g} A")


@CASES.case(
    "TC_056_CS",
    "Default profile",
    requirements=[_SET, _PROFILES],
    asks=["plug", "swipe"],
    settings=_METERED,
)
async def default_profile(central: CentralSystem) -> None:
    """A limit for every transaction that is set beforehand holds from the start."""
    await central.booted()
    await _set(central, _profile(limit_a=8.0))
    await central.act("plug")
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.hears_status("Charging")
    await _draws_at_most(central, 8.0)


@CASES.case(
    "TC_057_CS",
    "Profile of a transaction",
    requirements=[_SET, _PROFILES],
    asks=["plug", "swipe"],
    settings=_METERED,
)
async def transaction_profile(central: CentralSystem) -> None:
    """A profile that names the running transaction limits it."""
    number = await central.charging()
    await _draws_more_than(central, 7.0)
    await _set(central, _profile("TxProfile", 7.0, transactionId=number))
    await _draws_at_most(central, 7.0)


@CASES.case("TC_058_1_CS", "Profile without a transaction", requirements=[_SET])
async def profile_without_a_transaction(central: CentralSystem) -> None:
    """A profile of a transaction is refused where none is running."""
    await central.booted()
    await _set(central, _profile("TxProfile"), status="Rejected")


@CASES.case(
    "TC_058_2_CS",
    "Profile of another transaction",
    requirements=[_SET],
    asks=["plug", "swipe"],
)
async def profile_of_another_transaction(central: CentralSystem) -> None:
    """A profile that names another transaction than the running one is refused."""
    number = await central.charging()
    await _set(central, _profile("TxProfile", transactionId=number + 1), status="Rejected")


@CASES.case(
    "TC_059_CS",
    "Remote start with a profile",
    requirements=["OCPP 1.6 section 5.11", _PROFILES],
    asks=["plug"],
    settings=_METERED,
)
async def remote_start_with_a_profile(central: CentralSystem) -> None:
    """The profile that a remote start brings limits the transaction that comes of it."""
    await central.booted()
    await central.act("plug")
    await _start_with(central, _profile("TxProfile", 9.0), "Accepted")
    await central.hears("StartTransaction", idTag=central.tags.accepted)
    await central.hears_status("Charging")
    await _draws_at_most(central, 9.0)


@CASES.case(
    "TC_060_CS",
    "Remote start with a wrong profile",
    requirements=["OCPP 1.6 section 5.11"],
    asks=["plug"],
)
async def remote_start_with_a_wrong_profile(central: CentralSystem) -> None:
    """Only a TxProfile may come with a remote start; with another one nothing begins."""
    await central.booted()
    await central.act("plug")
    await _start_with(central, _profile("TxDefaultProfile"), "Rejected")
    await central.passes(1)
    central.never_heard("StartTransaction")


async def _start_with(central: CentralSystem, profile: dict[str, Any], status: str) -> None:
    answer = await central.asks(
        "RemoteStartTransaction",
        idTag=central.tags.accepted,
        connectorId=1,
        chargingProfile=profile,
    )
    answer.expect(status=status)


@CASES.case("TC_066_CS", "Composite schedule", requirements=["OCPP 1.6 section 5.7", _PROFILES])
async def composite_schedule(central: CentralSystem) -> None:
    """The composite schedule has the lowest of the limits of the charge point and of transactions.

    It tells the CSMS what all profiles come to.
    """
    await central.booted()
    start = {"startSchedule": central.now(-1.0)}
    periods = [{"startPeriod": 0, "limit": 12.0}, {"startPeriod": 300, "limit": 8.0}]
    await _set(central, _profile("ChargePointMaxProfile", id=1, periods=periods, schedule=start), 0)
    await _set(central, _profile(limit_a=10.0, id=2, schedule={**start, "duration": 86_400}))
    found = await central.asks(
        "GetCompositeSchedule", connectorId=1, duration=600, chargingRateUnit="A"
    )
    found.expect({"connectorId": 1, "scheduleStart": PRESENT})
    found.expect({"chargingSchedule.duration": one_of(600, MISSING)})
    _expect_periods(found, first_a=10.0, then_a=8.0, after_s=299.0)


@CASES.case("TC_067_CS", "Clear a charging profile", requirements=["OCPP 1.6 section 5.5"])
async def clear_charging_profile(central: CentralSystem) -> None:
    """A profile is cleared by its id; then there is none of that id."""
    await central.booted()
    await _set(central, _profile(id=5))
    (await central.asks("ClearChargingProfile", id=5)).expect(status="Accepted")
    (await central.asks("ClearChargingProfile", id=5)).expect(status="Unknown")


@CASES.case(
    "TC_072_CS",
    "Stacked profiles",
    requirements=[_PROFILES, "OCPP 1.6 section 3.13.3"],
    asks=["plug", "swipe"],
    settings=_METERED,
)
async def stacked_profiles(central: CentralSystem) -> None:
    """Of two profiles that both apply the one with the higher stack level counts, while it does."""
    await central.charging()
    await _draws_more_than(central, 11.0)
    start = central.now()
    lower = {"startSchedule": start, "duration": 86_400}
    upper = {"startSchedule": start, "duration": 20}
    await _set(central, _profile(limit_a=7.0, id=1, stack=0, schedule=lower))
    await _set(central, _profile(limit_a=11.0, id=2, stack=1, schedule=upper))
    found = await central.asks(
        "GetCompositeSchedule", connectorId=1, duration=60, chargingRateUnit="A"
    )
    _expect_periods(found, first_a=11.0, then_a=7.0, after_s=20.0)
    await central.hears("MeterValues", meterValue=_drawn(7.0 * _INACCURACY, 11.0))
    await central.passes(max(0.0, from_rfc3339(start) + 20.0 - central.clock()))
    central.inbox.skip()
    await _draws_at_most(central, 7.0)


def _expect_periods(
    answer: ReceivedMessage, *, first_a: float, then_a: float, after_s: float
) -> None:
    """The case fails unless the schedule has these limits, the second one after so long. A charge
    point may have taken a few seconds to answer."""
    answer.expect(status="Accepted")
    periods = answer["chargingSchedule.chargingSchedulePeriod"]
    if [one["limit"] for one in periods] != [first_a, then_a]:
        raise answer.broken(f"limits of {first_a:g} A, then {then_a:g} A")
    answer.expect({"chargingSchedule.chargingSchedulePeriod.0.startPeriod": 0})
    if not after_s - 10 <= periods[1]["startPeriod"] <= after_s + 1:
        raise answer.broken(f"the second limit after {after_s:g} s")


@CASES.case(
    "TC_082_CS",
    "Default profile in a transaction",
    requirements=[_SET, _PROFILES],
    asks=["plug", "swipe"],
    settings=_METERED,
)
async def default_profile_in_a_transaction(central: CentralSystem) -> None:
    """A limit for every transaction holds for the running one, too."""
    await central.charging()
    await _draws_more_than(central, 9.0)
    await _set(central, _profile(limit_a=9.0))
    await _draws_at_most(central, 9.0)
