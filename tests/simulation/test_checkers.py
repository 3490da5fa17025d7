"""Each invariant, broken on purpose."""

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from voltyard.charger.description.events import (
    ConnectionChanged,
    MessageDropped,
    StatusChanged,
    TransactionConfirmed,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.charger.evse.connector import NEXT
from voltyard.csms.records import TransactionStored
from voltyard.simulation.checkers import STATUSES_16, STUCK_S, InvariantBroken, InvariantChecks

NOW = 1_767_571_200.0
OLD, NEW = "OLD", "NEW"


@pytest.fixture
def checks() -> InvariantChecks:
    return InvariantChecks({OLD: "1.6", NEW: "2.0.1"})


def charger(*registers: float, queued: int = 0, online: bool = True) -> Any:
    """As much of a charger as is looked at."""
    return SimpleNamespace(
        evses=[
            SimpleNamespace(meter=SimpleNamespace(register_wh=register)) for register in registers
        ],
        profile_limits=SimpleNamespace(negotiating=False),
        outbox=range(queued),
        context=SimpleNamespace(online=online),
    )


def status(word: str) -> StatusChanged:
    return StatusChanged(at=NOW, evse_id=1, connector_id=1, status=word, error_code="NoError")


def started(transaction: str = "a") -> TransactionStarted:
    return TransactionStarted(
        at=NOW,
        evse_id=1,
        connector_id=1,
        transaction=transaction,
        id_tag="TAG",
        meter_start_wh=100.0,
    )


def ended(transaction: str = "a", stop_wh: float = 900.0) -> TransactionEnded:
    return TransactionEnded(
        at=NOW,
        evse_id=1,
        connector_id=1,
        transaction=transaction,
        transaction_id="1",
        reason="Local",
        meter_start_wh=100.0,
        meter_stop_wh=stop_wh,
    )


def confirmed(transaction: str = "a") -> TransactionConfirmed:
    return TransactionConfirmed(
        at=NOW, transaction=transaction, transaction_id="1", id_tag_status="Accepted"
    )


def row(id: str = "txn_1", ocpp_id: str = "1", **more: Any) -> TransactionStored:
    values: dict[str, Any] = {
        "charge_box_id": OLD,
        "meter_start_wh": 100.0,
        "meter_stop_wh": 900.0,
        **more,
    }
    return TransactionStored(
        id=id,
        organization_id="org_default",
        charger_id="chg_1",
        version="1.6",
        status="completed",
        ocpp_id=ocpp_id,
        created_at=NOW,
        updated_at=NOW,
        **values,
    )


def a_whole_transaction(checks: InvariantChecks) -> None:
    for event in (started(), confirmed(), ended()):
        checks.happened(OLD, event)


def test_a_register_that_rises_is_well(checks: InvariantChecks) -> None:
    for registers in ((0.0, 5.0), (0.0, 5.0), (1.0, 6.0)):
        checks.stepped(OLD, charger(*registers), NOW)

    assert checks.steps == 3


def test_a_register_that_falls_is_broken(checks: InvariantChecks) -> None:
    checks.stepped(OLD, charger(0.0, 5.0), NOW)

    with pytest.raises(InvariantBroken, match="fell"):
        checks.stepped(OLD, charger(1.0, 4.9), NOW)


def test_a_queue_that_waits_a_while_or_offline_for_ever_raises_nothing(
    checks: InvariantChecks,
) -> None:
    checks.stepped(OLD, charger(0.0, queued=3, online=False), NOW)
    checks.stepped(OLD, charger(0.0, queued=3, online=False), NOW + 10 * STUCK_S)
    checks.stepped(OLD, charger(0.0, queued=3), NOW + 10 * STUCK_S)
    checks.stepped(OLD, charger(0.0, queued=3), NOW + 11 * STUCK_S)
    checks.stepped(OLD, charger(0.0), NOW + 11 * STUCK_S)
    checks.stepped(OLD, charger(0.0, queued=1), NOW + 13 * STUCK_S)


def test_a_queue_that_stays_while_online_is_broken(checks: InvariantChecks) -> None:
    checks.stepped(OLD, charger(0.0, queued=3), NOW)

    with pytest.raises(InvariantBroken, match="3 messages stay queued"):
        checks.stepped(OLD, charger(0.0, queued=3), NOW + STUCK_S + 1.0)


def test_statuses_of_their_versions_specification_raise_nothing(checks: InvariantChecks) -> None:
    for word in ("Preparing", "Charging", "SuspendedEV", "Finishing", "Available"):
        checks.happened(OLD, status(word))
    for word in ("Occupied", "Faulted", "Occupied", "Available"):
        checks.happened(NEW, status(word))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (OLD, ("Finishing",)),
        (OLD, ("Preparing", "Reserved")),
        (OLD, ("Preparing", "Finishing", "Charging")),
        (OLD, ("Preparing", "Preparing")),
        (NEW, ("Occupied", "Reserved")),
    ],
)
def test_a_status_that_cannot_follow_is_broken(
    checks: InvariantChecks, key: str, words: tuple[str, ...]
) -> None:
    for word in words[:-1]:
        checks.happened(key, status(word))

    with pytest.raises(InvariantBroken, match=f"to {words[-1]}"):
        checks.happened(key, status(words[-1]))


def test_the_checkers_table_is_the_chargers() -> None:
    theirs = {state.value: {next.value for next in row} for state, row in NEXT.items()}

    assert {status: set(following.split()) for status, following in STATUSES_16.items()} == theirs


def test_a_warning_may_come_and_go_under_one_status(checks: InvariantChecks) -> None:
    for code in ("WeakSignal", "OtherError", "OtherError", "NoError"):
        checks.happened(OLD, replace(status("Available"), error_code=code))

    with pytest.raises(InvariantBroken, match="from Available to Available"):
        checks.happened(OLD, status("Available"))


def test_what_an_excused_charger_tells_is_not_held_against_it() -> None:
    checks = InvariantChecks({OLD: "1.6"}, frozenset({OLD}))
    checks.happened(OLD, MessageDropped(at=NOW, action="StopTransaction", reason="a quirk"))

    with pytest.raises(InvariantBroken, match="from Available to Finishing"):
        checks.happened(OLD, status("Finishing"))


def test_a_second_transaction_at_a_connector_is_broken(checks: InvariantChecks) -> None:
    checks.happened(OLD, started("a"))

    with pytest.raises(InvariantBroken, match="second"):
        checks.happened(OLD, started("b"))


def test_a_transaction_begins_once_and_ends_once(checks: InvariantChecks) -> None:
    a_whole_transaction(checks)

    with pytest.raises(InvariantBroken, match="without a start"):
        checks.happened(OLD, ended())
    with pytest.raises(InvariantBroken, match="began twice"):
        checks.happened(OLD, started())


def test_a_transaction_that_gives_energy_back_is_broken(checks: InvariantChecks) -> None:
    checks.happened(OLD, started())

    with pytest.raises(InvariantBroken, match="back"):
        checks.happened(OLD, ended(stop_wh=99.0))


def test_a_message_given_up_and_a_backend_that_fails_are_broken(checks: InvariantChecks) -> None:
    checks.happened(OLD, ConnectionChanged(at=NOW, connected=False, reason="1006"))
    with pytest.raises(InvariantBroken, match="given up"):
        checks.happened(
            OLD, MessageDropped(at=NOW, action="StopTransaction", reason="too many attempts")
        )
    with pytest.raises(InvariantBroken, match="backend failed"):
        checks.happened(OLD, ConnectionChanged(at=NOW, connected=False, reason="1011 bug"))


def test_accounts_that_agree_raise_nothing(checks: InvariantChecks) -> None:
    a_whole_transaction(checks)

    checks.closed(row(), NOW)
    checks.settled({OLD: charger(900.0)}, NOW)


def test_a_transaction_of_the_newer_version_is_known_by_its_own_id(checks: InvariantChecks) -> None:
    checks.happened(NEW, started())
    checks.happened(NEW, ended())

    with pytest.raises(InvariantBroken, match="stop"):
        checks.closed(row(ocpp_id="a", charge_box_id=NEW, meter_stop_wh=1.0), NOW)


@pytest.mark.parametrize("wrong", [{"meter_stop_wh": 898.0}, {"meter_start_wh": None}])
def test_energy_that_differs_is_broken(checks: InvariantChecks, wrong: dict[str, Any]) -> None:
    a_whole_transaction(checks)

    with pytest.raises(InvariantBroken, match="the backend has"):
        checks.closed(row(**wrong), NOW)


def test_a_transaction_completed_twice_or_too_early_is_broken(checks: InvariantChecks) -> None:
    checks.happened(OLD, started())
    checks.happened(OLD, confirmed())
    with pytest.raises(InvariantBroken, match="only at the backend"):
        checks.closed(row(), NOW)
    with pytest.raises(InvariantBroken, match="twice"):
        checks.closed(row(), NOW)


def test_in_the_end_nothing_may_be_missing(checks: InvariantChecks) -> None:
    a_whole_transaction(checks)
    with pytest.raises(InvariantBroken, match="never completed"):
        checks.settled({OLD: charger(900.0)}, NOW)


def test_in_the_end_nothing_may_be_left_over(checks: InvariantChecks) -> None:
    a_whole_transaction(checks)
    checks.closed(row(), NOW)
    checks.closed(row("txn_2", "2"), NOW)
    with pytest.raises(InvariantBroken, match="nobody"):
        checks.settled({OLD: charger(900.0)}, NOW)


def test_in_the_end_nothing_may_be_there_twice(checks: InvariantChecks) -> None:
    a_whole_transaction(checks)
    checks.closed(row(), NOW)
    checks.closed(row("txn_2", "1"), NOW)
    with pytest.raises(InvariantBroken, match="two rows"):
        checks.settled({OLD: charger(900.0)}, NOW)


def test_in_the_end_everybody_is_online_and_has_told_all(checks: InvariantChecks) -> None:
    with pytest.raises(InvariantBroken, match="not online"):
        checks.settled({OLD: charger(0.0, online=False)}, NOW)

    checks.stepped(OLD, charger(0.0, queued=1), NOW)
    checks.settled({OLD: charger(0.0, queued=1)}, NOW + 1.0)  # on its way
    with pytest.raises(InvariantBroken, match="stay queued"):
        checks.settled({OLD: charger(0.0, queued=1)}, NOW + 61.0)
