"""Charging profiles: which are taken, what replaces what, and what comes with a remote start."""

from typing import Any

import pytest

from tests.charger.bench import START, Bench, start
from tests.charger.smart_charging.bench import (
    HUNGRY,
    VERSIONS,
    amperes,
    clear,
    hungry,
    install,
    join,
    limits_of,
    profile,
    put,
)
from voltyard.catalogue.commands.commands import PlugIn
from voltyard.charger.description.specification import ConnectorSpec

DC = ConnectorSpec(type="CCS2", current="DC", max_current_a=400.0, max_power_w=150_000.0)
AC1 = ConnectorSpec(phases=1, max_power_w=7_360.0)

EVENT = "TransactionEvent"

both = pytest.mark.parametrize("version", VERSIONS)


# --- what is not taken -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "wire", "code"),
    [
        (1, {"level": 21}, "InvalidStackLevel"),
        (1, {"limits": tuple((n, 8.0) for n in range(101))}, "TooManyElements"),
        (1, {"limits": ((5, 8.0),)}, "InvalidSchedule"),
        (1, {"limits": (8.0, (60, 9.0), (60, 10.0))}, "InvalidSchedule"),
        (1, {"limits": (-1.0,)}, "InvalidSchedule"),
        (1, {"limits": ((0, 8.0, 4),)}, "InvalidSchedule"),
        (1, {"duration": -1}, "InvalidSchedule"),
        (1, {"kind": "Recurring", "startSchedule": START}, "InvalidProfile"),
        (1, {"kind": "Recurring", "recurrencyKind": "Daily"}, "InvalidSchedule"),
        (1, {"validFrom": START, "validTo": START}, "InvalidProfile"),
        (1, {"purpose": "Station", "kind": "Absolute", "startSchedule": START}, "InvalidProfile"),
        (1, {"purpose": "TxProfile"}, "InvalidProfile"),
        (0, {"purpose": "TxProfile"}, "InvalidProfile"),
    ],
)
@both
def test_what_cannot_be_is_rejected_and_changes_nothing(
    version: str, place: int, wire: dict[str, Any], code: str
) -> None:
    bench = Bench(version)
    limits = wire.get("limits", (8.0,))
    rest = {key: value for key, value in wire.items() if key not in ("limits", "purpose")}
    asked = profile(version, 1, wire.get("purpose", "TxDefaultProfile"), *limits, **rest)
    bench.remembered = 0

    if version == "1.6":
        assert install(bench, place, asked) == "Rejected"
    else:
        answer = bench.call("SetChargingProfile", evseId=place, chargingProfile=asked)
        assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": code}}

    assert (bench.charger.smart.installed, bench.remembered) == ((), 0)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"chargingProfilePurpose": "ChargingStationExternalConstraints"}, "InvalidProfile"),
        ({"chargingProfilePurpose": "ChargingStationMaxProfile"}, "InvalidProfile"),
        ({"chargingProfileKind": "Absolute"}, "InvalidSchedule"),
        ({"chargingSchedule": 2}, "TooManyElements"),
    ],
)
def test_what_only_a_newer_version_refuses(more: dict[str, Any], code: str) -> None:
    bench = Bench("2.0.1")
    wire = profile("2.0.1", 1, "TxDefaultProfile", 8.0)
    if "chargingSchedule" in more:
        more = {"chargingSchedule": wire["chargingSchedule"] * 2}
    place = 0 if "chargingProfilePurpose" in more else 1

    answer = bench.call("SetChargingProfile", evseId=place, chargingProfile=wire | more)

    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": code}}


def test_which_phase_is_used_cannot_be_chosen() -> None:
    bench = Bench("2.0.1")
    wire = profile("2.0.1", 1, "TxDefaultProfile", (0, 8.0, 1))
    wire["chargingSchedule"][0]["chargingSchedulePeriod"][0]["phaseToUse"] = 2

    answer = bench.call("SetChargingProfile", evseId=1, chargingProfile=wire)

    assert answer["statusInfo"] == {"reasonCode": "UnsupportedParam"}


@pytest.mark.parametrize("place", [-1, 3])
def test_a_place_there_is_not(place: int) -> None:
    older, newer = Bench("1.6"), Bench("2.0.1")

    error = older.call(
        "SetChargingProfile",
        connectorId=place,
        csChargingProfiles=profile("1.6", 1, "TxDefaultProfile", 8.0),
    )
    assert error[0] == "PropertyConstraintViolation"
    answer = newer.call(
        "SetChargingProfile",
        evseId=place,
        chargingProfile=profile("2.0.1", 1, "TxDefaultProfile", 8.0),
    )
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}}
    rejected = {"status": "Rejected"}
    assert older.call("GetCompositeSchedule", connectorId=place, duration=60) == rejected
    assert newer.call("GetCompositeSchedule", evseId=place, duration=60)["status"] == "Rejected"


@both
def test_tc_058_a_profile_of_a_transaction_that_does_not_run_is_rejected(version: str) -> None:
    idle, busy = Bench(version), hungry(version)
    other = 99 if version == "1.6" else "another"

    wire = profile(version, 1, "TxProfile", 8.0, transactionId=other)
    assert install(idle, 1, wire) == "Rejected"
    assert install(busy, 1, wire) == "Rejected"
    assert amperes(busy) == pytest.approx(32.0)


def test_a_profile_without_the_transactions_id_is_of_the_one_that_runs_in_16_only() -> None:
    older, newer = hungry("1.6"), hungry("2.0.1")

    assert install(older, 1, profile("1.6", 1, "TxProfile", 8.0)) == "Accepted"
    assert install(newer, 1, profile("2.0.1", 1, "TxProfile", 8.0)) == "Rejected"

    assert amperes(older) == pytest.approx(8.0)


@both
def test_units_that_are_not_allowed_are_refused(version: str) -> None:
    key = "ChargingScheduleAllowedChargingRateUnit"
    name, value = (key, "Power") if version == "1.6" else ("SmartChargingCtrlr.RateUnit", "W")
    bench = Bench(version, settings={name: value})

    assert install(bench, 1, profile(version, 1, "TxDefaultProfile", 8.0)) == "Rejected"
    asked = {"connectorId" if version == "1.6" else "evseId": 1, "chargingRateUnit": "A"}
    answer = bench.call("GetCompositeSchedule", duration=60, **asked)
    assert answer["status"] == "Rejected"


@both
def test_more_profiles_than_there_is_room_for_are_refused(version: str) -> None:
    bench = Bench(version, settings={"MaxChargingProfilesInstalled": "2"})
    put(bench, 1, 1, "TxDefaultProfile", 8.0, level=1)
    put(bench, 1, 2, "TxDefaultProfile", 8.0, level=2)

    third = profile(version, 3, "TxDefaultProfile", 8.0, level=3)
    assert install(bench, 1, third) == "Rejected"
    put(bench, 1, 2, "TxDefaultProfile", 9.0, level=3)


@both
def test_a_charger_without_smart_charging_says_so(version: str) -> None:
    off = {"SupportedFeatureProfiles": "Core", "SmartChargingCtrlr.Enabled": "false"}
    bench = Bench(version, settings=off)
    places = {"connectorId" if version == "1.6" else "evseId": 1}

    assert install(bench, 1, profile(version, 1, "TxDefaultProfile", 8.0)) == "NotSupported"
    assert bench.call("ClearChargingProfile")[0] == "NotSupported"
    assert bench.call("GetCompositeSchedule", duration=60, **places)[0] == "NotSupported"
    assert start(bench, chargingProfile=profile(version, 1, "TxDefaultProfile", 8.0)) == {
        "status": "Accepted"
    }


# --- replacing and clearing --------------------------------------------------------------------


@both
def test_the_same_id_takes_the_place_of_the_former_wherever_that_was(version: str) -> None:
    bench = hungry(version, places=(1, 2))
    put(bench, 1, 1, "TxDefaultProfile", 8.0)

    put(bench, 2, 1, "TxDefaultProfile", 10.0, level=4)

    assert [amperes(bench, n) for n in (1, 2)] == pytest.approx([32.0, 10.0])


def test_the_same_level_replaces_in_16_and_is_a_duplicate_in_201() -> None:
    older, newer = hungry("1.6"), hungry("2.0.1")
    for bench in (older, newer):
        put(bench, 1, 1, "TxDefaultProfile", 8.0)

    put(older, 1, 2, "TxDefaultProfile", 10.0)
    answers = [
        newer.call(
            "SetChargingProfile",
            evseId=place,
            chargingProfile=profile("2.0.1", 2, "TxDefaultProfile", 10.0),
        )
        for place in (1, 0)
    ]

    assert [one.profile.id for one in older.charger.smart.installed] == [2]
    assert answers == [{"status": "Rejected", "statusInfo": {"reasonCode": "DuplicateProfile"}}] * 2


def test_the_same_level_at_another_time_is_no_duplicate() -> None:
    bench = hungry("2.0.1")
    put(bench, 1, 1, "TxDefaultProfile", 8.0, validTo=START + 600)

    put(bench, 1, 2, "TxDefaultProfile", 10.0, validFrom=START + 600)

    assert limits_of(bench, 1, 900, "A") == [(0, 8.0), (600, 10.0)]


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0)])
def test_a_default_of_all_and_one_of_a_place_are_duplicates_at_any_time(
    first: int, second: int
) -> None:
    """K01.FR.52 and FR.53 ask for no overlap."""
    bench = hungry("2.0.1")
    put(bench, first, 1, "TxDefaultProfile", 8.0, validTo=START + 600)

    later = profile("2.0.1", 2, "TxDefaultProfile", 10.0, validFrom=START + 600)

    assert install(bench, second, later) == "Rejected"


def test_so_are_two_of_a_transaction() -> None:
    """K01.FR.39."""
    bench = hungry("2.0.1")
    put(bench, 1, 1, "TxProfile", 8.0, validTo=START + 600)
    [one] = bench.charger.smart.installed

    later = profile(
        "2.0.1", 2, "TxProfile", 10.0,
        validFrom=START + 600, transactionId=one.profile.transaction,
    )  # fmt: skip

    assert install(bench, 1, later) == "Rejected"


@both
def test_tc_067_clearing_by_id_and_by_criteria_together(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxDefaultProfile", 8.0, level=1)
    put(bench, 1, 2, "TxProfile", 9.0, level=1)
    put(bench, 0, 3, "Station", 20.0, kind="Absolute", startSchedule=START, level=2)

    assert clear(bench, id=9) == "Unknown"
    assert clear(bench, place=1, level=2) == "Unknown"
    assert clear(bench, place=1, purpose="TxProfile", level=1) == "Accepted"
    assert amperes(bench) == pytest.approx(8.0)
    assert clear(bench, place=0) == "Accepted"
    assert clear(bench, id=1) == "Accepted"
    assert amperes(bench) == pytest.approx(32.0)
    assert not bench.charger.profile_limits.active
    assert clear(bench, place=9) == "Unknown"


def test_clearing_without_criteria_is_of_all_in_16_and_of_nothing_in_201() -> None:
    older, newer = hungry("1.6"), hungry("2.0.1")
    for bench in (older, newer):
        put(bench, 1, 1, "TxDefaultProfile", 8.0)

    assert (clear(older), clear(newer)) == ("Accepted", "Unknown")

    assert (older.charger.smart.installed, len(newer.charger.smart.installed)) == ((), 1)


# --- with a remote start -----------------------------------------------------------------------


@both
@pytest.mark.parametrize("first", ["cable", "start"])
def test_tc_059_a_remote_start_brings_its_profile(version: str, first: str) -> None:
    bench = Bench(version)
    wire = profile(version, 7, "TxProfile", 10.0, (600, 8.0))
    if first == "cable":
        bench.done(PlugIn(vehicle=HUNGRY))
    assert start(bench, chargingProfile=wire) == {"status": "Accepted"}
    bench.wait(30)
    if first == "start":
        bench.done(PlugIn(vehicle=HUNGRY))

    assert amperes(bench) == pytest.approx(10.0)
    assert bench.state.connectors[0].limit_source == "TxProfile"
    [one] = bench.charger.smart.installed
    assert one.profile.transaction == bench.charger.evses[0].transaction.id  # type: ignore[union-attr]


@both
@pytest.mark.parametrize("wrong", ["purpose", "transaction", "level"])
def test_tc_060_a_remote_start_with_a_wrong_profile_is_rejected(version: str, wrong: str) -> None:
    bench = Bench(version)
    wire = profile(
        version, 7,
        "TxDefaultProfile" if wrong == "purpose" else "TxProfile", 10.0,
        level=99 if wrong == "level" else 0,
    )  # fmt: skip
    if wrong == "transaction":
        wire["transactionId"] = 1 if version == "1.6" else "t"

    assert start(bench, chargingProfile=wire)["status"] == "Rejected"

    assert not bench.charger.profile_limits.active


@both
def test_a_remote_start_that_comes_to_nothing_takes_its_profile_along(version: str) -> None:
    bench = hungry(version, places=(), settings={"ConnectionTimeOut": "60"})
    start(bench, chargingProfile=profile(version, 7, "TxProfile", 10.0))
    bench.wait(61)

    join(bench, 1)

    assert amperes(bench) == pytest.approx(32.0)
    assert not bench.charger.profile_limits.active


@both
def test_nothing_is_left_of_a_limit_that_came_with_a_remote_start_in_vain(version: str) -> None:
    bench = hungry(version, places=(), settings={"ConnectionTimeOut": "60"})
    start(bench, chargingProfile=profile(version, 7, "TxProfile", 0.0))
    bench.wait(61)

    assert bench.state.connectors[0].limit_source == "Rating"
    assert not bench.charger.profile_limits.active
    bench.forget()
    join(bench, 1)

    if version == "1.6":
        assert bench.statuses() == ["Preparing", "Charging"]
    states = [told["transactionInfo"].get("chargingState") for told in bench.said(EVENT)]
    assert "SuspendedEVSE" not in states


@both
def test_a_remote_start_brings_no_profile_there_is_no_room_for(version: str) -> None:
    room = "MaxChargingProfilesInstalled"
    bench = hungry(version, places=(), settings={room: "2"})
    wire = profile(version, 7, "TxProfile", 10.0)
    put(bench, 1, 1, "TxDefaultProfile", 10.0)

    assert start(bench, 1, chargingProfile=wire)["status"] == "Accepted"
    other = profile(version, 8, "TxProfile", 10.0)
    answer = start(bench, 2, chargingProfile=other)

    assert answer["status"] == "Rejected"
    if version == "2.0.1":
        assert answer["statusInfo"] == {"reasonCode": "TooManyElements"}
    # In the place of one of the same id there is.
    assert start(bench, 2, chargingProfile=profile(version, 1, "TxProfile", 10.0))["status"] == (
        "Accepted"
    )
    for place in (1, 2):
        bench.done(PlugIn(evse_id=place))
    assert len(bench.charger.smart.installed) == 2
