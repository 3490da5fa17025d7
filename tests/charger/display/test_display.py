"""The display: messages are set, shown by priority, state and time, reported and cleared."""

from typing import Any

import pytest

from tests.charger.bench import TAG, Bench, again, charging
from voltyard.catalogue.commands.commands import InjectFault, PlugIn, Swipe, Unplug
from voltyard.kernel import limits
from voltyard.kernel.time import to_rfc3339


def message(id: int = 1, **fields: Any) -> dict[str, Any]:
    content = {"format": "UTF8", "language": "en", "content": f"message {id}"}
    return {"id": id, "priority": "NormalCycle", "message": content, **fields}


def put(bench: Bench, id: int = 1, **fields: Any) -> str:
    status: str = bench.call("SetDisplayMessage", message=message(id, **fields))["status"]
    return status


def shown(bench: Bench) -> list[int]:
    return [one.id for one in bench.state.display_messages if one.is_shown]


def reported(bench: Bench, **criteria: Any) -> list[dict[str, Any]] | None:
    """What is reported; None: there is nothing."""
    bench.forget()
    if bench.call("GetDisplayMessages", requestId=7, **criteria)["status"] == "Unknown":
        assert bench.said("NotifyDisplayMessages") == []
        return None
    pages = bench.said("NotifyDisplayMessages")
    assert [page.get("tbc", False) for page in pages] == [True] * (len(pages) - 1) + [False]
    assert {page["requestId"] for page in pages} == {7}
    return [one for page in pages for one in page["messageInfo"]]


def test_a_message_is_shown_and_reported_as_it_was_set() -> None:
    bench = Bench("2.0.1")
    whole = message(
        4,
        state="Idle",
        startDateTime=to_rfc3339(bench.now - 5),
        endDateTime=to_rfc3339(bench.now + 60),
        display={"name": "Display"},
    )

    assert bench.call("SetDisplayMessage", message=whole) == {"status": "Accepted"}

    assert shown(bench) == [4]
    assert reported(bench) == [whole]


@pytest.mark.parametrize("ended", [False, True])
def test_times_are_kept(ended: bool) -> None:
    bench = Bench("2.0.1")
    time = "endDateTime" if ended else "startDateTime"
    put(bench, **{time: to_rfc3339(bench.now + 60)})

    assert shown(bench) == ([1] if ended else [])
    bench.wait(61)
    assert shown(bench) == ([] if ended else [1])
    assert (reported(bench) is None) is ended


def test_a_message_whose_end_is_past_is_rejected() -> None:
    bench = Bench("2.0.1")
    assert put(bench, endDateTime=to_rfc3339(bench.now - 1)) == "Rejected"
    assert bench.state.display_messages == ()


def test_states_are_those_of_the_charger() -> None:
    bench = Bench("2.0.1")
    for id, state in enumerate(("Idle", "Charging", "Faulted", "Unavailable"), 1):
        put(bench, id, state=state)
    put(bench, 9)

    assert shown(bench) == [1, 9]
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    assert shown(bench) == [2, 9]
    bench.done(InjectFault(evse_id=2, fault_type="GroundFailure"))
    assert shown(bench) == [2, 3, 9]
    bench.done(Swipe(id_tag=TAG))
    bench.done(Unplug())
    bench.call("ChangeAvailability", operationalStatus="Inoperative")
    assert 1 not in shown(bench)


def test_one_evse_out_of_service_leaves_the_station_available() -> None:
    bench = Bench("2.0.1")
    put(bench, state="Unavailable")
    bench.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
    assert shown(bench) == []
    bench.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 2})
    assert shown(bench) == [1]


def test_the_highest_priority_is_shown() -> None:
    bench = Bench("2.0.1")
    for id, priority in enumerate(("NormalCycle", "InFront", "InFront"), 1):
        put(bench, id, priority=priority)
    assert shown(bench) == [2, 3]

    put(bench, 4, priority="AlwaysFront")
    assert shown(bench) == [4]
    put(bench, 5, priority="AlwaysFront")
    assert shown(bench) == [5]
    assert [one["id"] for one in reported(bench) or ()] == [1, 2, 3, 5]


def test_a_message_takes_the_place_of_the_one_of_its_id() -> None:
    bench = Bench("2.0.1")
    put(bench)
    put(bench, priority="InFront")
    assert [one["priority"] for one in reported(bench) or ()] == ["InFront"]


@pytest.mark.parametrize(
    "refused, status",
    [
        ({"transactionId": "nobody's"}, "UnknownTransaction"),
        ({"display": {"name": "Projector"}}, "Rejected"),
        ({"display": {"name": "Display", "evse": {"id": 2}}}, "Rejected"),
        ({"priority": "AlwaysFront"}, "NotSupportedPriority"),
        ({"state": "Faulted"}, "NotSupportedState"),
        ({"message": {"format": "URI", "content": "https://example.com"}}, None),
    ],
)
def test_what_cannot_be_shown_changes_nothing(refused: dict[str, Any], status: str | None) -> None:
    settings = {
        "DisplayMessageCtrlr.SupportedPriorities": "NormalCycle",
        "DisplayMessageCtrlr.SupportedStates": "Idle",
        "DisplayMessageCtrlr.SupportedFormats": "UTF8",
    }
    bench = Bench("2.0.1", settings=settings)
    put(bench, 1)
    before = reported(bench)

    assert put(bench, 1, **refused) == (status or "NotSupportedMessageFormat")

    assert reported(bench) == before


def test_a_display_that_is_off_takes_nothing() -> None:
    bench = Bench("2.0.1", settings={"DisplayMessageCtrlr.Enabled": "false"})
    answer = bench.call("SetDisplayMessage", message=message())
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "NotEnabled")


def test_there_is_a_bound_and_a_known_id_still_takes_its_place() -> None:
    bench = Bench("2.0.1")
    for id in range(limits.DISPLAY_MESSAGES):
        assert put(bench, id) == "Accepted"
    assert put(bench, 1_000) == "Rejected"
    assert put(bench, 5, priority="InFront") == "Accepted"
    assert len(reported(bench) or ()) == limits.DISPLAY_MESSAGES
    assert len(bench.said("NotifyDisplayMessages")) == 8


def test_a_message_goes_with_its_transaction() -> None:
    bench = charging("2.0.1")
    transaction = bench.state.connectors[0].transaction.transaction_id
    assert put(bench, transactionId=transaction) == "Accepted"
    assert shown(bench) == [1]

    bench.done(Swipe(id_tag=TAG))
    bench.done(Unplug())

    assert reported(bench) is None


def test_messages_are_kept_over_a_power_cut() -> None:
    bench = Bench("2.0.1")
    put(bench, 1, state="Idle", endDateTime=to_rfc3339(bench.now + 3600))
    put(bench, 2, endDateTime=to_rfc3339(bench.now + 30))
    before = bench.remembered
    put(bench, 3)
    assert bench.remembered == before + 1

    fresh = again(bench)
    fresh.tick()
    fresh.wait(10)

    assert [one["id"] for one in reported(fresh) or ()] == [1, 3]


@pytest.mark.parametrize(
    "criteria, wanted",
    [
        ({"id": [1, 99]}, [1]),
        ({"priority": "InFront"}, [2]),
        ({"state": "Idle"}, [1]),
        ({"id": [1], "state": "Charging"}, None),
        ({"id": [99]}, None),
    ],
)
def test_criteria_all_have_to_be_met(criteria: dict[str, Any], wanted: list[int] | None) -> None:
    bench = Bench("2.0.1")
    put(bench, 1, state="Idle")
    put(bench, 2, priority="InFront", state="Charging")

    found = reported(bench, **criteria)

    assert (None if found is None else [one["id"] for one in found]) == wanted


def test_a_message_is_cleared_once() -> None:
    bench = Bench("2.0.1")
    put(bench, 1)
    put(bench, 2)
    assert bench.call("ClearDisplayMessage", id=1) == {"status": "Accepted"}
    assert bench.call("ClearDisplayMessage", id=1) == {"status": "Unknown"}
    assert shown(bench) == [2]
    variable = {
        "component": {"name": "DisplayMessageCtrlr"},
        "variable": {"name": "DisplayMessages"},
    }
    [result] = bench.call("GetVariables", getVariableData=[variable])["getVariableResult"]
    assert result["attributeValue"] == "1"
