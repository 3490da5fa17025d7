"""Somebody is expected: 1.6 sections 5.1 and 5.13 (TC_046 to TC_053), 2.0.1 block H (TC_H_01 to
TC_H_24)."""

from typing import Any

import pytest

from tests.charger.bench import START, Bench, again, silent, start
from tests.charger.reservation.bench import OWNER, cancel, reserve
from voltyard.catalogue.commands.commands import (
    ClearFault,
    InjectFault,
    PlugIn,
    Reboot,
    StartSession,
    Swipe,
    Unplug,
)
from voltyard.charger.description.events import ReservationEnded
from voltyard.charger.description.specification import ChargerSpec, ConnectorSpec, EvseSpec

VERSIONS = ["1.6", "2.0.1"]
STRANGER = "STRANGER"


def remote(bench: Bench, tag: str, place: int | None = 1, group: str | None = None) -> str:
    if bench.spec.version == "1.6":
        where = {} if place is None else {"connectorId": place}
        return str(bench.call("RemoteStartTransaction", idTag=tag, **where)["status"])
    where = {} if place is None else {"evseId": place}
    if group is not None:
        where["groupIdToken"] = {"idToken": group, "type": "Central"}  # type: ignore[assignment]
    token = {"idToken": tag, "type": "Central"}
    answer = bench.call("RequestStartTransaction", idToken=token, remoteStartId=1, **where)
    return str(answer["status"])


def ended(bench: Bench) -> list[tuple[int, str]]:
    """What the CSMS was told of reservations that ended (2.0.1)."""
    return [
        (told["reservationId"], told["reservationUpdateStatus"])
        for told in bench.said("ReservationStatusUpdate")
    ]


def told_reservation(bench: Bench) -> list[int]:
    """The reservation ids that transaction messages carry."""
    action = "StartTransaction" if bench.spec.version == "1.6" else "TransactionEvent"
    return [told["reservationId"] for told in bench.said(action) if "reservationId" in told]


def in_group(bench: Bench, group: str) -> None:
    """The CSMS says of every token that it is of that group."""
    parent = (
        {"parentIdTag": group}
        if bench.spec.version == "1.6"
        else {"groupIdToken": {"idToken": group, "type": "Central"}}
    )
    bench.tariff = {"status": "Accepted"} | parent


# --- of one place ------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_046_1_h_01_the_reserved_tag_uses_its_place_and_ends_the_reservation(
    version: str,
) -> None:
    bench = Bench(version)

    assert reserve(bench) == "Accepted"
    assert bench.statuses()[-1] == "Reserved"
    assert bench.statuses(2)[-1] == "Available"
    [kept] = bench.state.reservations
    assert (kept.id, kept.id_tag, kept.evse_id) == (7, OWNER, 1)

    bench.forget()
    bench.done(Swipe(id_tag=OWNER))
    bench.done(PlugIn())

    assert told_reservation(bench) == [7]
    if version == "1.6":
        assert bench.statuses() == ["Preparing", "Charging"]  # G2, B3
    else:
        assert bench.statuses() == ["Available", "Occupied"]
    assert bench.state.reservations == ()
    assert ended(bench) == []
    assert cancel(bench) == "Rejected"


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_046_1_a_cable_put_in_first_leaves_it_reserved_until_the_tag_comes(version: str) -> None:
    bench = Bench(version, settings={"TxCtrlr.TxStartPoint": "EVConnected,PowerPathClosed"})
    reserve(bench)
    bench.forget()

    bench.done(PlugIn())

    assert bench.calls == []
    assert bench.state.connectors[0].status == "Reserved"
    bench.done(Swipe(id_tag=OWNER))
    assert told_reservation(bench) == [7]
    if version == "1.6":
        assert bench.statuses() == ["Preparing", "Charging"]
    else:
        assert bench.statuses() == ["Occupied"]


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_046_2_a_remote_start_for_the_reserved_tag(version: str) -> None:
    bench = Bench(version)
    reserve(bench, tag="REMOTE")
    bench.forget()

    assert start(bench)["status"] == "Accepted"
    bench.done(PlugIn())

    assert told_reservation(bench) == [7]
    assert bench.state.connectors[0].transaction is not None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_remote_start_without_a_place_goes_where_it_is_reserved(version: str) -> None:
    bench = Bench(version)
    reserve(bench, 2)
    bench.done(PlugIn())  # a vehicle that waits at the other place goes second

    assert remote(bench, OWNER, None) == "Accepted"
    bench.done(PlugIn(evse_id=2))

    assert bench.state.connectors[1].transaction is not None
    assert bench.state.connectors[0].transaction is None


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_h_02_another_tag_is_refused_at_the_reader_and_remotely(version: str) -> None:
    bench = Bench(version)
    reserve(bench)
    bench.done(PlugIn())
    bench.forget()

    assert bench.failed(Swipe(id_tag=STRANGER)).code == "wrong_state"
    assert remote(bench, STRANGER) == "Rejected"
    assert bench.failed(StartSession(id_tag=STRANGER)).code == "wrong_state"

    assert bench.calls == []
    assert bench.state.connectors[0].status == "Reserved"
    assert remote(bench, STRANGER, None) == "Accepted"  # the other place is anybody's
    bench.done(PlugIn(evse_id=2))
    assert bench.state.connectors[1].transaction is not None


def test_a_session_of_a_stranger_leaves_no_vehicle_at_a_reserved_place() -> None:
    bench = Bench()
    reserve(bench)

    bench.failed(StartSession(id_tag=STRANGER))

    assert bench.state.connectors[0].vehicle is None


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_047_h_07_a_reservation_expires(version: str) -> None:
    bench = Bench(version)
    reserve(bench, lasts_s=90)
    bench.forget()

    bench.wait(89)
    assert bench.statuses() == []
    bench.wait(2)

    assert bench.statuses() == ["Available"]
    assert ended(bench) == ([] if version == "1.6" else [(7, "Expired")])
    bench.done(Swipe(id_tag=STRANGER))


def test_what_expires_under_a_cable_is_available_before_it_is_in_use() -> None:
    bench = Bench()
    reserve(bench, lasts_s=90)
    bench.done(PlugIn())
    bench.forget()

    bench.wait(91)

    assert bench.statuses() == ["Available", "Preparing"]  # G1, A2


@pytest.mark.parametrize("version", VERSIONS)
def test_an_expiry_while_offline_is_told_afterwards(version: str) -> None:
    bench = Bench(version)
    reserve(bench, lasts_s=90)
    bench.cut()
    bench.wait(200)
    bench.forget()

    bench.mend()
    bench.wait(300)

    assert bench.statuses()[-1] == "Available"
    assert ended(bench) == ([] if version == "1.6" else [(7, "Expired")])


def test_an_update_that_did_not_arrive_is_told_again() -> None:
    bench = Bench("2.0.1")
    reserve(bench, lasts_s=90)
    bench.answers["StatusNotification"] = bench.answers["ReservationStatusUpdate"] = silent
    bench.wait(91)
    bench.cut()
    bench.answers.clear()
    bench.forget()

    bench.mend()
    bench.wait(60)

    assert ended(bench) == [(7, "Expired")]


@pytest.mark.parametrize("version", VERSIONS)
def test_where_a_cable_begins_a_transaction_it_does_when_the_reservation_is_over(
    version: str,
) -> None:
    bench = Bench(version, settings={"TxCtrlr.TxStartPoint": "EVConnected"})
    reserve(bench)
    bench.done(PlugIn())
    bench.forget()

    assert cancel(bench) == "Accepted"

    begun = [(t["eventType"], t["triggerReason"]) for t in bench.said("TransactionEvent")]
    assert begun == ([] if version == "1.6" else [("Started", "CablePluggedIn")])
    assert bench.statuses()[-1] == ("Preparing" if version == "1.6" else "Occupied")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reservation_is_remembered_at_once(version: str) -> None:
    bench = Bench(version)
    before = bench.remembered

    reserve(bench)

    assert bench.remembered == before + 1


@pytest.mark.parametrize("version", VERSIONS)
def test_replaced_under_a_strangers_cable_it_stays_reserved(version: str) -> None:
    bench = Bench(version)
    reserve(bench)
    bench.done(PlugIn())
    bench.forget()

    assert [reserve(bench, tag=tag) for tag in (STRANGER, OWNER)] == ["Accepted"] * 2

    assert bench.calls == []
    assert bench.state.connectors[0].status == "Reserved"
    cancel(bench)
    assert bench.statuses() == ["Available", "Preparing" if version == "1.6" else "Occupied"]


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_051_h_17_cancelled(version: str) -> None:
    bench = Bench(version)
    reserve(bench)
    bench.forget()

    assert cancel(bench, 8) == "Rejected"  # TC_052, TC_H_18
    assert bench.statuses() == []
    assert cancel(bench) == "Accepted"

    assert bench.statuses() == ["Available"]
    assert ended(bench) == []
    assert cancel(bench) == "Rejected"


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_h_23_the_same_id_replaces(version: str) -> None:
    bench = Bench(version)
    reserve(bench)
    bench.forget()

    assert reserve(bench, 2, tag="OTHER") == "Accepted"

    assert (bench.statuses(1), bench.statuses(2)) == (["Available"], ["Reserved"])
    [kept] = bench.state.reservations
    assert (kept.id, kept.id_tag, kept.evse_id) == (7, "OTHER", 2)
    assert reserve(bench, 2, tag="THIRD") == "Accepted"  # of the very same place too


@pytest.mark.parametrize("version", VERSIONS)
def test_a_replacement_that_is_refused_leaves_the_reservation(version: str) -> None:
    bench = Bench(version)
    reserve(bench)
    bench.done(PlugIn(evse_id=2))

    assert reserve(bench, 2) == "Occupied"

    assert bench.state.reservations[0].evse_id == 1
    assert bench.state.connectors[0].status == "Reserved"


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("place", [1, 0])
def test_tc_048_1_050_1_faulted(version: str, place: int) -> None:
    bench = Bench(version, evses=1)
    bench.done(InjectFault(fault_type="GroundFailure"))

    assert reserve(bench, place) == "Faulted"
    assert reserve(bench, place, lasts_s=-1.0) == "Faulted"  # section 5.13, whatever its date
    assert bench.state.reservations == ()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("place", [1, 0])
def test_tc_048_2_050_2_h_03_h_04_occupied(version: str, place: int) -> None:
    bench = Bench(version, evses=1)
    bench.done(PlugIn())
    assert reserve(bench, place) == "Occupied"
    bench.done(Unplug())
    assert reserve(bench, id=1) == "Accepted"

    assert reserve(bench, place, id=2) == "Occupied"

    assert [one.id for one in bench.state.reservations] == [1]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("place", [1, 0])
def test_tc_048_3_050_3_h_06_h_12_unavailable(version: str, place: int) -> None:
    bench = Bench(version, evses=1)
    if version == "1.6":
        bench.call("ChangeAvailability", connectorId=1, type="Inoperative")
    else:
        bench.call("ChangeAvailability", operationalStatus="Inoperative")

    assert reserve(bench, place) == "Unavailable"


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_048_4_h_22_rejected_where_reservations_are_not_taken(version: str) -> None:
    bench = Bench(version, settings={"ReservationCtrlr.Enabled": "false"})

    assert reserve(bench) == "Rejected"


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_050_4_h_13_rejected_where_a_place_has_to_be_named(version: str) -> None:
    bench = Bench(version, settings={"ReserveConnectorZeroSupported": "false"})

    assert reserve(bench, 0) == "Rejected"
    assert reserve(bench, 1) == "Accepted"


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_past_or_nowhere_is_rejected(version: str) -> None:
    bench = Bench(version)

    assert reserve(bench, lasts_s=-1) == "Rejected"
    assert reserve(bench, 3) == "Rejected"


# --- of no place in particular -----------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_049_h_08_one_place_stays_free(version: str) -> None:
    bench = Bench(version)
    bench.forget()
    assert reserve(bench, 0) == "Accepted"
    assert bench.statuses(1) == bench.statuses(2) == []

    bench.done(StartSession(evse_id=2, id_tag=STRANGER))

    assert bench.statuses(1) == ["Reserved"]
    assert bench.failed(Swipe(id_tag="FOURTH")).code == "wrong_state"
    assert remote(bench, "FOURTH", None) == "Rejected"
    bench.done(StartSession(id_tag=OWNER))
    assert told_reservation(bench) == [7]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_place_that_was_kept_is_free_when_another_is(version: str) -> None:
    bench = Bench(version)
    reserve(bench, 0)
    bench.done(StartSession(evse_id=2, id_tag=STRANGER))
    bench.forget()

    bench.done(Swipe(evse_id=2, id_tag=STRANGER))
    assert bench.statuses(1) == []
    bench.done(Unplug(evse_id=2))

    assert bench.statuses(1) == ["Available"]


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_h_14_as_many_reservations_as_places(version: str) -> None:
    bench = Bench(version)
    assert reserve(bench, 0, id=1, tag="A") == "Accepted"
    bench.forget()

    assert reserve(bench, 0, id=2, tag="B") == "Accepted"
    assert (bench.statuses(1), bench.statuses(2)) == (["Reserved"], ["Reserved"])
    assert reserve(bench, 0, id=3, tag="C") == "Occupied"  # TC_H_09
    assert reserve(bench, 1, id=3, tag="C") == "Occupied"

    bench.done(Swipe(evse_id=2, id_tag="A"))  # B's place stays B's while A is still expected
    assert bench.state.connectors[0].status == "Reserved"
    bench.done(PlugIn(evse_id=2))
    assert told_reservation(bench) == [1]
    assert [one.id for one in bench.state.reservations] == [2]
    assert bench.state.connectors[0].status == "Reserved"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_place_cannot_be_reserved_that_another_reservation_needs(version: str) -> None:
    bench = Bench(version)
    reserve(bench, 0, id=1)
    bench.done(PlugIn(evse_id=2))

    assert reserve(bench, 1, id=2) == "Occupied"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cable_at_the_last_place_takes_it_from_nobody(version: str) -> None:
    bench = Bench(version)
    reserve(bench, 0)
    bench.done(PlugIn())
    assert bench.state.connectors[1].status == "Reserved"
    bench.done(PlugIn(evse_id=2))
    assert bench.state.connectors[1].status == "Reserved"

    fresh = again(bench)
    fresh.wait(30)

    assert fresh.state.connectors[1].status == "Reserved"
    assert fresh.failed(Swipe(evse_id=2, id_tag=STRANGER)).code == "wrong_state"
    fresh.done(Swipe(evse_id=2, id_tag=OWNER))


@pytest.mark.parametrize("version", VERSIONS)
def test_who_has_come_needs_no_further_place(version: str) -> None:
    bench = Bench(version)
    reserve(bench, 0)
    bench.forget()

    bench.done(Swipe(evse_id=2, id_tag=OWNER))  # and has not plugged in yet

    assert bench.statuses(1) == []
    assert len(bench.state.reservations) == (1 if version == "1.6" else 0)
    bench.done(Swipe(evse_id=1, id_tag=STRANGER))


def test_h03_fr_09_and_10_the_token_alone_uses_the_reservation() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.EVConnectionTimeOut": "20"})
    reserve(bench)
    bench.forget()

    bench.done(Swipe(id_tag=OWNER))
    assert bench.statuses() == ["Available"]
    [used] = bench.seen(ReservationEnded)
    assert (used.reservation_id, used.reason) == (7, "Used")
    assert again(bench).state.reservations == ()
    assert cancel(bench) == "Rejected"

    bench.wait(21)  # and nobody plugs in
    assert bench.statuses() == ["Available"]
    assert ended(bench) == []
    bench.done(Swipe(id_tag=STRANGER))
    bench.done(PlugIn())
    assert told_reservation(bench) == []


def test_who_came_and_did_not_plug_in_is_expected_again() -> None:
    bench = Bench(settings={"ConnectionTimeOut": "20"})
    reserve(bench)
    bench.forget()

    bench.done(Swipe(id_tag=OWNER))
    bench.wait(21)

    assert bench.statuses() == ["Preparing", "Available", "Reserved"]  # G2, B1, A7


TWO_KINDS = ChargerSpec(
    identity="CP 1",
    version="2.0.1",
    evses=(
        EvseSpec(connectors=(ConnectorSpec(type="CCS2"), ConnectorSpec(type="CHAdeMO"))),
        EvseSpec(connectors=(ConnectorSpec(type="Type2"),)),
    ),
)


def test_tc_h_15_16_of_a_kind_of_connector() -> None:
    bench = Bench(spec=TWO_KINDS)
    bench.forget()

    assert reserve(bench, 0, kind="cG105") == "Accepted"

    told = [(t["evseId"], t["connectorId"], t["connectorStatus"]) for t in _statuses(bench)]
    assert told == [(1, 1, "Reserved"), (1, 2, "Reserved")]  # H01.FR.24
    assert reserve(bench, 0, id=8, kind="cCCS2") == "Occupied"
    assert reserve(bench, 0, id=8, kind="cTesla") == "Rejected"
    assert reserve(bench, 2, id=8, kind="cCCS2") == "Rejected"
    assert bench.failed(Swipe(connector_id=1, id_tag=OWNER)).code == "wrong_state"
    bench.done(Swipe(connector_id=2, id_tag=OWNER))
    bench.done(PlugIn(connector_id=2))
    assert told_reservation(bench) == [7]


def _statuses(bench: Bench) -> list[dict[str, Any]]:
    return bench.said("StatusNotification")


def test_of_a_reserved_evse_all_connectors_are() -> None:
    bench = Bench(spec=TWO_KINDS)
    bench.forget()

    reserve(bench, 1)

    assert [t["connectorStatus"] for t in _statuses(bench)] == ["Reserved", "Reserved"]
    answer = bench.call(
        "GetVariables",
        getVariableData=[
            {
                "component": {"name": "EVSE", "evse": {"id": 1}},
                "variable": {"name": "AvailabilityState"},
            }
        ],
    )
    assert answer["getVariableResult"][0]["attributeValue"] == "Reserved"


# --- groups ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_053_1_h_19_a_tag_of_the_group_may_come_as_well(version: str) -> None:
    bench = Bench(version)
    reserve(bench, group="Family")
    in_group(bench, "FAMILY")
    bench.forget()

    bench.done(Swipe(id_tag="WIFE"))
    bench.done(PlugIn())

    assert "Authorize" in bench.actions()
    assert told_reservation(bench) == [7]


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_053_2_a_remote_start_asks_for_the_group(version: str) -> None:
    bench = Bench(version)
    reserve(bench, group="Family")
    in_group(bench, "FAMILY")
    bench.done(PlugIn())
    bench.forget()

    assert remote(bench, "WIFE") == "Accepted"

    assert bench.said("Authorize")
    assert told_reservation(bench) == [7]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_tag_of_another_group_is_refused_and_remembered(version: str) -> None:
    bench = Bench(version)
    reserve(bench, group="Family")
    in_group(bench, "NEIGHBOURS")
    bench.done(PlugIn())

    assert bench.failed(Swipe(id_tag=STRANGER)).code == "wrong_state"
    bench.forget()
    assert bench.failed(Swipe(id_tag=STRANGER)).code == "wrong_state"
    assert remote(bench, STRANGER) == "Rejected"

    assert bench.calls == []  # the cache says of which group it is
    assert bench.state.connectors[0].status == "Reserved"


def test_a_remote_start_may_bring_the_group() -> None:
    bench = Bench("2.0.1")
    reserve(bench, group="Family")
    bench.done(PlugIn())
    bench.forget()

    assert remote(bench, "WIFE", group="FAMILY") == "Accepted"

    assert not bench.said("Authorize")
    assert told_reservation(bench) == [7]


def test_f01_fr_22_a_remote_start_that_names_another_group_is_rejected() -> None:
    bench = Bench("2.0.1")
    reserve(bench, group="Family")
    bench.done(PlugIn())
    bench.forget()

    assert remote(bench, "STRANGER", group="Others") == "Rejected"

    assert not bench.said("Authorize")
    assert bench.state.connectors[0].status == "Reserved"


@pytest.mark.parametrize("version", VERSIONS)
def test_offline_only_known_tags_of_the_group_may_come(version: str) -> None:
    bench = Bench(version, settings={"AllowOfflineTxForUnknownId": "true"})
    in_group(bench, "FAMILY")
    bench.done(Swipe(evse_id=2, id_tag="WIFE"))
    bench.done(Swipe(evse_id=2, id_tag="WIFE"))
    reserve(bench, group="Family")
    bench.cut()

    assert bench.failed(Swipe(id_tag=STRANGER)).code == "wrong_state"
    bench.done(Swipe(id_tag="WIFE"))


# --- what breaks and what lasts ----------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_h_20_a_fault_ends_the_reservation(version: str) -> None:
    bench = Bench(version)
    reserve(bench)
    bench.forget()

    bench.done(InjectFault(fault_type="GroundFailure"))
    bench.done(ClearFault())

    assert bench.statuses() == ["Faulted", "Available"]  # G9, I1
    assert ended(bench) == ([] if version == "1.6" else [(7, "Removed")])


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_h_21_going_out_of_service_ends_the_reservation(version: str) -> None:
    bench = Bench(version)
    reserve(bench)
    bench.forget()

    if version == "1.6":
        bench.call("ChangeAvailability", connectorId=1, type="Inoperative")
    else:
        bench.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})

    assert bench.statuses() == ["Unavailable"]  # G8
    assert ended(bench) == ([] if version == "1.6" else [(7, "Removed")])
    assert bench.state.reservations == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_one_of_no_place_in_particular_outlasts_all_but_the_last(version: str) -> None:
    bench = Bench(version)
    reserve(bench, 0)

    bench.done(InjectFault(fault_type="GroundFailure"))
    assert bench.state.connectors[1].status == "Reserved"
    bench.done(InjectFault(evse_id=2, fault_type="GroundFailure"))

    assert bench.state.reservations == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reservation_outlasts_a_reset_and_a_restart(version: str) -> None:
    bench = Bench(version)
    reserve(bench, group="Family")
    bench.done(Reboot())
    bench.wait(30)
    assert bench.statuses()[-1] == "Reserved"

    fresh = again(bench)
    fresh.wait(30)

    assert fresh.statuses() == ["Reserved"]
    assert fresh.failed(Swipe(id_tag=STRANGER))
    assert fresh.state.reservations == bench.state.reservations


@pytest.mark.parametrize("version", VERSIONS)
def test_one_that_expired_without_power_is_told_when_it_is_back(version: str) -> None:
    bench = Bench(version)
    reserve(bench, lasts_s=90)

    fresh = again(bench, after_s=100)
    fresh.wait(30)

    assert fresh.statuses() == ["Available"]
    assert ended(fresh) == ([] if version == "1.6" else [(7, "Expired")])


def test_the_profile_is_advertised() -> None:
    bench = Bench()

    answer = bench.call("GetConfiguration", key=["SupportedFeatureProfiles"])

    assert "Reservation" in answer["configurationKey"][0]["value"].split(",")


def test_a_charger_without_reservations_looks_at_none() -> None:
    bench = Bench()
    assert bench.charger.reservations.deadline() is None
    reserve(bench, lasts_s=90)

    assert bench.charger.deadline() is not None
    assert bench.charger.reservations.deadline() == pytest.approx(START + 90)
