"""What any `ports.Journal` of the backend's records keeps to. Subclass it to test a journal:

class TestMyJournal(JournalContract):
    @pytest.fixture
    async def journal(self): ...
    async def contents(self, journal): ...      # as a backend that starts on it gets them
"""

import asyncio
from typing import Any, ClassVar

from voltyard.csms.records import (
    ChargerDeleted,
    ChargerSeen,
    ChargerStored,
    CommandStored,
    ConnectorStored,
    Contents,
    DataTransferLogged,
    MessageLogged,
    MeterValuesLogged,
    Record,
    Sample,
    SettingsStored,
    TransactionForgotten,
    TransactionStored,
)
from voltyard.ports import Journal

ORG = "org_default"
ABOUT: dict[str, Any] = {"organization_id": ORG, "charger_id": "chg_1", "charge_box_id": "CP1"}


def charger(id: str = "chg_1", **fields: Any) -> ChargerStored:
    return ChargerStored(
        id=id, organization_id=ORG, charge_box_id=id.upper(), registered_at=1.0, **fields
    )


def connector(status: str, number: int = 1) -> ConnectorStored:
    return ConnectorStored(
        charger_id="chg_1", evse_id=number, connector_id=number, status=status, updated_at=2.0
    )


def transaction(number: int | None, status: Any, **fields: Any) -> TransactionStored:
    values = {
        "id": f"txn_{number}",
        "version": "1.6",
        "number": number,
        "created_at": 1.0,
        "updated_at": 2.0,
    }
    return TransactionStored(status=status, **(ABOUT | values | fields))


LOGS: tuple[Record, ...] = (
    MessageLogged(
        id="msg_1",
        version="1.6",
        direction="incoming",
        at=1.0,
        message_id="1",
        action="Heartbeat",
        request="[]",
        outcome="result",
        violations=("one", "two"),
        **ABOUT,
    ),
    MeterValuesLogged(
        organization_id=ORG,
        charger_id="chg_1",
        transaction_id=None,
        evse_id=1,
        connector_id=1,
        at=1.0,
        samples=(Sample(value="1.5"),),
    ),
    DataTransferLogged(
        id="dt_1",
        direction="outgoing",
        vendor_id="V",
        message_id=None,
        data=None,
        response_status=None,
        response_data=None,
        created_at=1.0,
        **ABOUT,
    ),
    CommandStored(
        id="cmd_1", command="reset", request="{}", status="accepted", asked_at=1.0, **ABOUT
    ),
)


class JournalContract:
    """The facts."""

    unknown: ClassVar[Any] = object()
    """A record that cannot be stored."""

    async def contents(self, journal: Any) -> Contents:
        """What a backend that starts on this journal is handed."""
        raise NotImplementedError

    async def test_a_commit_is_told_of_later_never_within_the_call(
        self, journal: Journal[Record]
    ) -> None:
        told: list[str] = []
        journal.write([charger()], lambda: told.append("committed"))
        assert told == []

        await journal.flush()

        assert told == ["committed"]
        assert (await self.contents(journal)).chargers == (charger(),)

    async def test_a_commit_is_told_of_without_a_flush(self, journal: Journal[Record]) -> None:
        committed = asyncio.Event()

        journal.write([charger()], committed.set)

        await asyncio.wait_for(committed.wait(), timeout=5)

    async def test_commits_are_told_of_in_order(self, journal: Journal[Record]) -> None:
        told: list[int] = []
        for number in range(20):
            journal.write([connector("Available", number)], lambda n=number: told.append(n))
            journal.write([connector("Charging", number)])

        await journal.flush()

        assert told == list(range(20))

    async def test_what_nobody_waits_for_is_durable_after_a_flush(
        self, journal: Journal[Record]
    ) -> None:
        journal.write([charger(), connector("Available")])
        journal.write(LOGS)

        await journal.flush()

        contents = await self.contents(journal)
        assert tuple(contents.connectors) == (connector("Available"),)

    async def test_a_row_replaces_the_one_of_its_key(self, journal: Journal[Record]) -> None:
        journal.write([charger(), connector("Available"), SettingsStored(organization_id=ORG)])
        journal.write([connector("Charging"), connector("Faulted", 2)])
        journal.write([charger(name="Gate")])
        journal.write([SettingsStored(organization_id=ORG, heartbeat_interval_s=5)])
        journal.write([ChargerSeen(charger_id="chg_1", last_seen_at=7.0, last_heartbeat_at=6.0)])
        await journal.flush()

        contents = await self.contents(journal)

        assert sorted(row.status for row in contents.connectors) == ["Charging", "Faulted"]
        assert tuple(contents.chargers) == (
            charger(name="Gate", last_seen_at=7.0, last_heartbeat_at=6.0),
        )
        assert [row.heartbeat_interval_s for row in contents.settings] == [5]

    async def test_transactions_come_back_open_ones_and_completed(
        self, journal: Journal[Record]
    ) -> None:
        pending = transaction(None, "pending", id="txn_p", id_tag="TAG")
        journal.write([charger(), pending, transaction(None, "pending", id="txn_q")])
        journal.write([transaction(3, "in_progress"), transaction(7, "in_progress")])
        journal.write([transaction(7, "completed", meter_stop_wh=1.5)])
        journal.write([TransactionForgotten(id="txn_q")])
        await journal.flush()

        contents = await self.contents(journal)

        rows = {row.id: row for row in contents.transactions}
        assert rows == {
            "txn_p": pending,
            "txn_3": transaction(3, "in_progress"),
            "txn_7": transaction(7, "completed", meter_stop_wh=1.5),
        }
        assert contents.highest_transaction_number == 7

    async def test_a_deleted_charger_comes_back_no_more(self, journal: Journal[Record]) -> None:
        journal.write([charger(), charger("chg_2"), connector("Available")])
        journal.write([ChargerDeleted(charger_id="chg_1", deleted_at=3.0)])
        await journal.flush()

        contents = await self.contents(journal)

        assert [row.id for row in contents.chargers] == ["chg_2"]

    async def test_a_group_that_fails_is_told_of_and_leaves_nothing(
        self, journal: Journal[Record]
    ) -> None:
        told: list[str] = []
        journal.write([charger()], lambda: told.append("first"))
        journal.write(
            [charger("chg_2"), self.unknown],
            lambda: told.append("never"),
            lambda error: told.append("failed"),
        )
        journal.write([charger("chg_3")], lambda: told.append("third"))

        await journal.flush()

        assert told == ["first", "failed", "third"]
        contents = await self.contents(journal)
        assert sorted(row.id for row in contents.chargers) == ["chg_1", "chg_3"]

    async def test_a_group_that_fails_unheard_takes_no_other_with_it(
        self, journal: Journal[Record]
    ) -> None:
        journal.write([charger("chg_2"), self.unknown])
        journal.write([charger("chg_3")])

        await journal.flush()

        contents = await self.contents(journal)
        assert [row.id for row in contents.chargers] == ["chg_3"]
