"""Chargers and settings as an operator sees them: changed durably or not at all."""

import asyncio
from typing import Any

import pytest

from tests.csms.bench import BOOT_16, ORG, Yard
from voltyard.csms.records import (
    ChargerStored,
    ConnectorStored,
    Contents,
    SettingsStored,
    TransactionStored,
)
from voltyard.csms.registry import ChargerChange, ChargerRegistry, RegisteredCharger
from voltyard.csms.transactions.ledger import TransactionLedger
from voltyard.kernel.errors import Conflict, Invalid, NotFound, Unavailable


async def test_a_registered_charger_has_an_id_and_is_durable(yard: Yard) -> None:
    charger = await yard.register("CP1", name="Gate", location="North")

    row = yard.journal.chargers[charger.row.id]
    assert row.id.startswith("chg_")
    assert (row.charge_box_id, row.name, row.location) == ("CP1", "Gate", "North")
    assert row.registered_at == yard.clock.now
    assert yard.backend.charger(ORG, "CP1") is charger


async def test_a_charge_box_id_is_registered_once_in_an_organization(yard: Yard) -> None:
    charger = await yard.register("CP1")

    with pytest.raises(Conflict):
        await yard.register("CP1")

    other = await yard.register("CP1", org="org_b")
    assert yard.backend.chargers(ORG) == [charger]
    assert yard.backend.chargers("org_b") == [other]
    with pytest.raises(NotFound):
        yard.backend.charger("org_c", "CP1")


async def test_a_registration_that_cannot_be_stored_is_taken_back(yard: Yard) -> None:
    yard.journal.fail(OSError("disk full"), groups=1)

    with pytest.raises(Unavailable):
        await yard.register("CP1")

    assert yard.backend.chargers(ORG) == []
    yard.complaints.clear()
    assert await yard.register("CP1")


async def test_what_is_left_unset_stays(yard: Yard) -> None:
    await yard.register("CP1", name="Gate", boot_policy="pending", boot_interval_s=5)

    charger = await yard.backend.update(
        ORG, "CP1", ChargerChange(name=None, allow_concurrent_transactions=False)
    )

    row = yard.journal.chargers[charger.row.id]
    assert (row.name, row.boot_policy, row.boot_interval_s) == (None, "pending", 5)
    assert row.allow_concurrent_transactions is False
    assert charger.row == row


async def test_a_change_that_cannot_be_stored_is_taken_back(yard: Yard) -> None:
    charger = await yard.register("CP1", name="Gate")
    yard.journal.fail(OSError("disk full"), groups=1)

    with pytest.raises(Unavailable):
        await yard.backend.update(ORG, "CP1", ChargerChange(name="Door"))

    assert charger.row.name == "Gate"
    yard.complaints.clear()


async def test_a_failed_change_takes_back_nothing_else(yard: Yard) -> None:
    peer = await yard.booted(name="Gate")
    yard.journal.fail(OSError("disk full"), groups=1)
    change = yard.backend.update(ORG, "CP1", ChargerChange(name="Door"))
    change.send(None)

    # while it is being stored the charger boots with other firmware
    await peer.say("BootNotification", BOOT_16 | {"firmwareVersion": "2"})
    with pytest.raises(Unavailable):
        change.send(None)

    row = yard.backend.charger(ORG, "CP1").row
    assert (row.name, row.firmware_version) == ("Gate", "2")
    yard.journal.fail(None)
    await yard.settle()
    assert yard.journal.chargers[row.id].name == "Gate"
    yard.complaints.clear()


async def test_of_two_changes_that_fail_neither_stays(yard: Yard) -> None:
    charger = await yard.register("CP1", name="Gate")
    yard.journal.fail(OSError("disk full"))
    changes = [yard.backend.update(ORG, "CP1", ChargerChange(name=name)) for name in "AB"]

    for failed in await asyncio.gather(*changes, return_exceptions=True):
        assert isinstance(failed, Unavailable)

    assert charger.row.name == "Gate"
    yard.journal.fail(None)
    yard.complaints.clear()


async def test_a_deletion_that_cannot_be_stored_does_not_happen(yard: Yard) -> None:
    peer = await yard.booted()
    yard.journal.fail(OSError("disk full"), groups=1)

    with pytest.raises(Unavailable):
        await yard.backend.delete(ORG, "CP1")

    assert peer.wire.closed is None
    assert yard.backend.charger(ORG, "CP1").online
    yard.complaints.clear()


async def test_a_deleted_id_may_be_registered_anew(yard: Yard) -> None:
    first = await yard.register("CP1")
    await yard.backend.delete(ORG, "CP1")

    second = await yard.register("CP1")

    assert second.row.id != first.row.id
    assert list(yard.journal.chargers) == [second.row.id]


def test_what_is_not_registered_can_be_removed() -> None:
    registry = ChargerRegistry()
    stranger = RegisteredCharger(_row("x"))

    registry.remove(stranger)
    registry.add(stranger)

    assert len(registry) == 1
    assert list(registry) == [stranger]


def test_connectors_of_deleted_chargers_are_let_go() -> None:
    registry = ChargerRegistry()
    connector = ConnectorStored(
        charger_id="chg_gone", evse_id=1, connector_id=1, status="Available", updated_at=0.0
    )

    registry.load([_row("x")], [connector])

    assert registry.get(ORG, "x").connectors == {}


# --- settings ------------------------------------------------------------------------------------


async def test_settings_are_per_organization_and_durable(yard: Yard) -> None:
    await yard.backend.change_settings(ORG, heartbeat_interval_s=10)

    assert yard.backend.settings("org_b").heartbeat_interval_s == 300
    assert yard.restarted().backend.settings(ORG).heartbeat_interval_s == 10


@pytest.mark.parametrize(
    "changes",
    [
        {"heartbeat_interval_s": 0},
        {"command_timeout_s": 0},
        {"web_socket_ping_interval_s": -1},
        {"retention_days": 0},
        {"command_timeout_s": float("nan")},
        {"command_timeout_s": float("inf")},
        {"boot_policy": "maybe"},
        {"validation": 1},
        {"heartbeat_interval_s": "soon"},
        {"unheard_of": 1},
    ],
)
async def test_settings_that_cannot_be_are_refused(yard: Yard, changes: dict[str, Any]) -> None:
    before = yard.backend.settings(ORG)

    with pytest.raises(Invalid):
        await yard.backend.change_settings(ORG, **changes)

    assert yard.backend.settings(ORG) == before
    assert yard.journal.settings == {}


async def test_settings_that_cannot_be_stored_do_not_count(yard: Yard) -> None:
    yard.journal.fail(OSError("disk full"), groups=1)

    with pytest.raises(Unavailable):
        await yard.backend.change_settings(ORG, heartbeat_interval_s=10)

    assert yard.backend.settings(ORG) == SettingsStored(organization_id=ORG)
    yard.complaints.clear()


# --- the ledger ----------------------------------------------------------------------------------


def _row(box_id: str) -> ChargerStored:
    return ChargerStored(
        id=f"chg_{box_id}", organization_id=ORG, charge_box_id=box_id, registered_at=0.0
    )


def _transaction(number: int, status: Any = "completed", **fields: Any) -> TransactionStored:
    return TransactionStored(
        id=f"txn_{number}",
        organization_id=ORG,
        charger_id="chg_x",
        charge_box_id="x",
        version="1.6",
        status=status,
        number=number,
        ocpp_id=str(number),
        created_at=0.0,
        updated_at=0.0,
        **({"meter_start_wh": number} | fields),
    )


def test_only_so_many_completed_transactions_are_kept() -> None:
    ledger = TransactionLedger(closed_limit=2)
    ledger.put(_transaction(1, "in_progress"))
    for number in (2, 3, 4):
        ledger.put(_transaction(number))

    assert [ledger.get(f"txn_{n}") is not None for n in (1, 2, 3, 4)] == [True, False, True, True]
    assert ledger.by_ocpp_id("chg_x", "2") is None
    assert ledger.find(ORG, "2") is None


def test_numbers_go_on_from_the_highest_ever_given() -> None:
    ledger = TransactionLedger()

    ledger.load([_transaction(5)], highest_number=9)

    assert ledger.next_number() == 10


def test_a_reopened_transaction_is_not_forgotten_with_the_completed() -> None:
    ledger = TransactionLedger(closed_limit=1)
    ledger.put(_transaction(1, "in_progress"))
    ledger.put(_transaction(1))
    ledger.put(_transaction(1, "in_progress"))
    ledger.put(_transaction(2))

    assert ledger.get("txn_1") is not None
    assert [row.id for row in ledger.open_of("chg_x")] == ["txn_1"]


def test_removing_what_is_unknown_changes_nothing() -> None:
    ledger = TransactionLedger()

    ledger.remove(_transaction(1))

    assert len(ledger) == 0


async def test_a_backend_starts_on_what_storage_holds(yard: Yard) -> None:
    yard.backend.load(
        Contents(
            chargers=[_row("x")],
            transactions=[_transaction(3, "in_progress", id_tag="TAG")],
            highest_transaction_number=8,
        )
    )

    assert yard.backend.charger(ORG, "x").row.id == "chg_x"
    assert yard.backend.transaction(ORG, "3").id_tag == "TAG"
