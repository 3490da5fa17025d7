"""Tags that the list, the cache or the CSMS restrict: conflicts, groups that are masters, places
(1.6 section 3.5; 2.0.1 blocks C and D)."""

from typing import Any

import pytest

from tests.charger.bench import Bench, again, answering
from voltyard.catalogue.commands.commands import (
    InjectFault,
    InstallLocalList,
    PlugIn,
    PullCableAtVehicle,
    StartSession,
    StopSession,
    Swipe,
    Unplug,
)
from voltyard.catalogue.commands.settings import LocalListEntry
from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.description.specification import ConnectorSpec

VERSIONS = ["1.6", "2.0.1"]


def listed(bench: Bench, *entries: LocalListEntry) -> None:
    bench.done(
        InstallLocalList(version=bench.charger.authorization.list_version + 1, entries=entries)
    )


def conflicts(bench: Bench) -> list[dict[str, Any]]:
    return [
        told
        for told in bench.said("StatusNotification")
        if told.get("errorCode") == "LocalListConflict"
    ]


@pytest.mark.parametrize(
    ("status", "answer", "conflict"),
    [
        ("Accepted", "Invalid", True),
        ("Accepted", "Accepted", False),
        ("Accepted", "ConcurrentTx", False),
    ],
)
def test_a_start_that_contradicts_the_list_is_told_of_connector_0(
    status: str, answer: str, conflict: bool
) -> None:
    bench = Bench(settings={"LocalPreAuthorize": "true"})
    listed(bench, LocalListEntry(id_tag="L", status=status))
    bench.done(PlugIn())
    bench.forget()

    bench.tariff = {"status": answer}
    bench.ask(Swipe(id_tag="L"))

    told = conflicts(bench)
    assert bool(told) is conflict
    if told:
        assert (told[0]["connectorId"], told[0]["status"]) == (0, "Available")


def test_a_listed_tag_that_expired_and_the_csms_accepts_is_a_conflict() -> None:
    bench = Bench()
    listed(bench, LocalListEntry(id_tag="L", expires_at=bench.now - 1))
    bench.done(PlugIn())

    bench.done(Swipe(id_tag="L"))

    assert len(conflicts(bench)) == 1


def test_an_unlisted_tag_and_a_list_not_in_use_are_no_conflict() -> None:
    bench = Bench(settings={"LocalAuthListEnabled": "false"})
    listed(bench, LocalListEntry(id_tag="L", status="Blocked"))
    bench.done(StartSession(id_tag="L"))
    bench.done(StartSession(evse_id=2, id_tag="OTHER"))

    assert conflicts(bench) == []


def test_2_x_has_no_word_for_a_conflict() -> None:
    bench = Bench("2.0.1", settings={"LocalPreAuthorize": "true"})
    listed(bench, LocalListEntry(id_tag="L"))
    bench.tariff = {"status": "Invalid"}
    bench.forget()
    bench.done(PlugIn())
    bench.ask(Swipe(id_tag="L"))

    assert set(bench.actions()) == {"StatusNotification", "TransactionEvent"}


def test_an_empty_list_of_1_6_is_version_0_and_a_differential_one_may_follow() -> None:
    bench = Bench()
    entry = {"idTag": "A", "idTagInfo": {"status": "Accepted"}}
    bench.call("SendLocalList", listVersion=5, updateType="Full", localAuthorizationList=[entry])

    assert bench.call("SendLocalList", listVersion=6, updateType="Full")["status"] == "Accepted"
    assert bench.call("GetLocalListVersion") == {"listVersion": 0}
    again = bench.call(
        "SendLocalList", listVersion=1, updateType="Differential", localAuthorizationList=[entry]
    )
    assert again["status"] == "Accepted"


def test_tc_d_04_an_empty_list_of_2_x_keeps_its_version() -> None:
    bench = Bench("2.0.1")

    assert bench.call("SendLocalList", versionNumber=6, updateType="Full")["status"] == "Accepted"

    assert bench.call("GetLocalListVersion") == {"versionNumber": 6}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_has_its_longest_and_a_message_too(version: str) -> None:
    bench = Bench(version, settings={"LocalAuthListMaxLength": "3", "SendLocalListMaxLength": "2"})

    def send(number: int, kind: str, *tags: str) -> str:
        key = "listVersion" if version == "1.6" else "versionNumber"
        info = {"status": "Accepted"}
        entries = [
            {"idTag": tag, "idTagInfo": info}
            if version == "1.6"
            else {"idToken": {"idToken": tag, "type": "ISO14443"}, "idTokenInfo": info}
            for tag in tags
        ]
        answer = bench.call(
            "SendLocalList", updateType=kind, localAuthorizationList=entries, **{key: number}
        )
        return str(answer["status"])

    assert send(1, "Full", "A", "B", "C") == "Failed"
    assert send(1, "Full", "A", "B") == "Accepted"
    assert send(2, "Differential", "C", "D") == "Failed"
    assert send(2, "Differential", "C") == "Accepted"
    assert bench.charger.authorization.listed == 3


# --- questions that are not asked --------------------------------------------------------------


@pytest.mark.parametrize("where", ["AuthCacheCtrlr", "LocalAuthListCtrlr"])
def test_tc_c_57_58_a_tag_known_to_be_invalid_is_not_asked_about(where: str) -> None:
    bench = Bench(
        "2.0.1", settings={"LocalPreAuthorize": "true", f"{where}.DisablePostAuthorize": "true"}
    )
    if where == "LocalAuthListCtrlr":
        listed(bench, LocalListEntry(id_tag="T", status="Blocked"))
    else:
        bench.tariff = {"status": "Blocked"}
        bench.failed(Swipe(id_tag="T"))
        bench.tariff = {"status": "Accepted"}
    bench.forget()

    assert bench.failed(Swipe(id_tag="T")).details["status"] == "Blocked"

    assert bench.calls == []


@pytest.mark.parametrize("where", ["AuthCacheCtrlr", "LocalAuthListCtrlr"])
def test_without_local_pre_authorize_it_is(where: str) -> None:
    bench = Bench("2.0.1", settings={f"{where}.DisablePostAuthorize": "true"})
    listed(bench, LocalListEntry(id_tag="T", status="Blocked"))

    bench.done(Swipe(id_tag="T"))

    assert bench.said("Authorize")


def test_a_charger_may_be_told_never_to_ask() -> None:
    bench = Bench("2.0.1", settings={"AuthCtrlr.DisableRemoteAuthorization": "true"})
    listed(bench, LocalListEntry(id_tag="L"))
    bench.forget()

    assert bench.failed(Swipe(id_tag="STRANGER")).details["status"] == "Invalid"
    bench.done(Swipe(id_tag="L"))

    assert not bench.said("Authorize")


def test_a_cached_tag_lives_on_as_long_as_it_is_used() -> None:
    bench = Bench("2.0.1", settings={"AuthCacheCtrlr.LifeTime": "100"})
    bench.done(Swipe(id_tag="T"))
    bench.done(Swipe(id_tag="T"))
    bench.cut()
    for _ in range(3):
        bench.wait(60)
        bench.done(Swipe(id_tag="T"))
        bench.done(Swipe(id_tag="T"))

    bench.wait(101)

    assert bench.failed(Swipe(id_tag="T")).details["status"] == "Expired"


def test_c14_fr_05_what_is_past_its_date_in_the_list_is_asked_for() -> None:
    bench = Bench("2.0.1", settings={"AuthCtrlr.LocalPreAuthorize": "true"})
    ends_at = bench.now + 100
    listed(bench, LocalListEntry(id_tag="L", status="Accepted", expires_at=ends_at))
    asked = {
        "component": {"name": "LocalAuthListCtrlr"},
        "variable": {"name": "SupportsExpiryDateTime"},
    }
    [result] = bench.call("GetVariables", getVariableData=[asked])["getVariableResult"]
    assert result["attributeValue"] == "true"

    for wait_s, questions in ((99, 0), (1, 1)):
        bench.forget()
        bench.wait(wait_s)
        bench.done(StartSession(id_tag="L"))
        assert len(bench.said("Authorize")) == questions
        bench.done(StopSession())


# --- groups and places -------------------------------------------------------------------------

MASTER = {"status": "Accepted", "groupIdToken": {"idToken": "Police", "type": "Central"}}


def mastered() -> Bench:
    bench = Bench("2.0.1", settings={"AuthCtrlr.MasterPassGroupId": "POLICE"})
    bench.done(StartSession(id_tag="A"))
    bench.tariff = MASTER
    bench.forget()
    return bench


def test_tc_c_45_a_master_pass_begins_nothing() -> None:
    bench = mastered()
    bench.done(Swipe(evse_id=1, id_tag="OFFICER"))
    bench.forget()

    assert bench.failed(Swipe(evse_id=2, id_tag="OFFICER")).code == "refused"
    assert bench.failed(StartSession(evse_id=2, id_tag="OFFICER")).code == "refused"

    assert not bench.said("TransactionEvent")
    assert bench.state.connectors[1].vehicle is None


def test_tc_c_48_a_master_pass_stops_what_it_is_shown_at() -> None:
    bench = mastered()
    bench.tariff = {"status": "Accepted"}
    bench.done(StartSession(evse_id=2, id_tag="B"))
    bench.tariff = MASTER
    bench.forget()

    bench.done(Swipe(evse_id=1, id_tag="OFFICER"))

    [end] = [e for e in bench.said("TransactionEvent") if e["eventType"] == "Ended"]
    assert end["transactionInfo"]["stoppedReason"] == "MasterPass"
    assert end["triggerReason"] == "StopAuthorized"
    assert bench.state.connectors[1].transaction is not None


def test_tc_c_49_a_master_pass_shown_at_a_free_place_stops_everything() -> None:
    bench = Bench("2.0.1", evses=3, settings={"AuthCtrlr.MasterPassGroupId": "POLICE"})
    for place in (1, 2):
        bench.done(StartSession(evse_id=place, id_tag=f"T{place}"))
    bench.tariff = MASTER

    ended = bench.done(Swipe(evse_id=3, id_tag="OFFICER"))["ended"]

    assert len(ended) == 2
    assert [c.transaction for c in bench.state.connectors] == [None, None, None]


def test_a_token_may_be_confined_to_evses() -> None:
    bench = Bench("2.0.1")
    bench.tariff = {"status": "Accepted", "evseId": [2]}

    refused = bench.failed(StartSession(id_tag="T"))
    assert (refused.code, refused.details["evse_ids"]) == ("refused", [2])
    bench.done(StartSession(evse_id=2, id_tag="T"))

    fresh = again(bench)  # the cache knows it too, over a restart
    known = fresh.charger.authorization.known(IdToken("T"), fresh.now)
    assert known is not None and known.evse_ids == (2,)


def test_a_transaction_whose_token_is_of_elsewhere_is_stopped() -> None:
    bench = Bench("2.0.1")
    bench.answers["TransactionEvent"] = answering(
        {"idTokenInfo": {"status": "Accepted", "evseId": [2]}}
    )
    bench.done(PlugIn())

    bench.done(Swipe(id_tag="T"))

    end = bench.said("TransactionEvent")[-1]
    assert end["transactionInfo"]["stoppedReason"] == "DeAuthorized"
    assert bench.state.connectors[0].transaction is None


# --- a cable that stays locked -----------------------------------------------------------------


def refused_at_start(version: str, **more: Any) -> Bench:
    """A transaction that the CSMS has refused: its tag was known, of the group Family."""
    bench = Bench(version, settings={"LocalPreAuthorize": "true"}, **more)
    listed(
        bench,
        LocalListEntry(id_tag="T", group="family"),
        LocalListEntry(id_tag="WIFE", group="family"),
        LocalListEntry(id_tag="STRANGER", group="others"),
    )
    bench.done(PlugIn())
    bench.tariff = {"status": "Invalid"}
    bench.ask(Swipe(id_tag="T"))
    assert bench.state.connectors[0].transaction is None
    bench.tariff = {"status": "Accepted"}
    return bench


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("card", ["t", "WIFE"])
def test_e_05_fr_11_a_refused_start_keeps_the_cable_until_its_owner_comes(
    version: str, card: str
) -> None:
    bench = refused_at_start(version)

    assert bench.failed(Unplug()).message == "the cable is locked"
    assert bench.done(Swipe(id_tag=card)) == {"unlocked": True}

    bench.done(Unplug())
    assert bench.state.connectors[0].status == "Available"


@pytest.mark.parametrize("version", VERSIONS)
def test_an_unlock_releases_what_a_refused_start_keeps(version: str) -> None:
    bench = refused_at_start(version)

    place = {"connectorId": 1} | ({} if version == "1.6" else {"evseId": 1})
    assert bench.call("UnlockConnector", **place)["status"] == "Unlocked"

    bench.done(Unplug())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_fixed_cable_is_not_locked_by_a_refusal(version: str) -> None:
    bench = refused_at_start(version, connector=ConnectorSpec(has_lock=False))

    bench.done(Unplug())


@pytest.mark.parametrize("version", VERSIONS)
def test_another_driver_may_begin_at_a_cable_that_was_kept(version: str) -> None:
    bench = refused_at_start(version)

    bench.done(Swipe(id_tag="STRANGER"))
    bench.done(Swipe(id_tag="STRANGER"))

    bench.done(Unplug())


@pytest.mark.parametrize("version", VERSIONS)
def test_e_10_fr_01_a_suspended_transaction_keeps_its_cable(version: str) -> None:
    bench = Bench(
        version,
        settings={
            "StopTransactionOnEVSideDisconnect": "false",
            "TxCtrlr.TxStopPoint": "Authorized",
        },
    )
    bench.done(StartSession(id_tag="T"))
    bench.done(PullCableAtVehicle())

    assert bench.failed(Unplug()).message == "the cable is locked"
    assert bench.state.connectors[0].transaction is not None
    bench.done(Swipe(id_tag="T"))
    bench.done(Unplug())

    assert bench.state.connectors[0].transaction is None


def test_a_suspended_transaction_whose_cable_is_back_goes_on() -> None:
    bench = Bench("1.6", settings={"StopTransactionOnEVSideDisconnect": "false"})
    bench.done(StartSession(id_tag="T"))
    bench.done(PullCableAtVehicle())

    bench.done(PlugIn())

    assert bench.state.connectors[0].status == "Charging"
    bench.done(Unplug())


def test_e_09_fr_01_a_transaction_may_be_authorized_once_more_when_the_cable_is_back() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStopPoint": "ParkingBayOccupancy"})
    bench.done(StartSession(id_tag="T"))
    bench.done(PullCableAtVehicle())
    assert bench.failed(Swipe(id_tag="T")).message == "its transaction is ending"
    bench.done(PlugIn())
    assert bench.state.connectors[0].power_w == 0.0
    bench.forget()

    assert bench.failed(Swipe(id_tag="OTHER")).message == "its transaction is another token's"
    other = {"idToken": "OTHER", "type": "Central"}
    answer = bench.call("RequestStartTransaction", idToken=other, remoteStartId=1, evseId=1)
    assert answer["status"] == "Rejected"  # C01.FR.23
    assert not bench.said("TransactionEvent")
    bench.done(Swipe(id_tag="T"))

    told = bench.said("TransactionEvent")
    assert told[0]["triggerReason"] == "Authorized"
    assert told[0]["idToken"]["idToken"] == "T"
    assert bench.state.connectors[0].power_w > 0.0
    bench.done(Unplug())
    end = bench.said("TransactionEvent")[-1]
    assert end["transactionInfo"]["stoppedReason"] == "EVDisconnected"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("04A1B2C3", None), "ISO14443"),
        (("04A1B2C3D4E580", None), "ISO14443"),
        (("E0040150AABBCCDD", None), "ISO15693"),
        (("DRIVER", None), "Central"),
        (("DRIVER", "KeyCode"), "KeyCode"),
        (("DRIVER", "ISO14443"), "ISO14443"),
    ],
)
def test_a_tag_has_the_type_it_was_given_or_the_one_that_fits_its_text(
    given: tuple[str, str | None], told: str
) -> None:
    bench = Bench("2.0.1")
    text, kind = given

    bench.done(PlugIn())
    bench.done(Swipe(id_tag=text, id_token_type=kind))

    assert bench.said("Authorize")[0]["idToken"] == {"idToken": text, "type": told}
    started = next(one for one in bench.said("TransactionEvent") if "idToken" in one)
    assert started["idToken"] == {"idToken": text, "type": told}


def test_a_broken_reader_reads_no_card_whatever_its_text() -> None:
    bench = Bench("2.0.1")
    bench.done(InjectFault(fault_type="ReaderFailure"))

    for tag in ("DRIVER", "04A1B2C3"):
        assert bench.failed(Swipe(id_tag=tag)).code == "wrong_state"
    bench.done(PlugIn())
    assert bench.done(Swipe(id_tag="DRIVER", id_token_type="KeyCode"))
