"""The journal in memory keeps to the contract of journals."""

import pytest
from journal_contract import LOGS, JournalContract

from voltyard.csms.records import ChargerSeen, Contents
from voltyard.storage.memory import MemoryJournal


class TestMemoryJournal(JournalContract):
    @pytest.fixture
    async def journal(self) -> MemoryJournal:
        return MemoryJournal()

    async def contents(self, journal: MemoryJournal) -> Contents:
        return journal.contents()


async def test_logs_are_kept_to_a_bound() -> None:
    journal = MemoryJournal(log_limit=2)
    for _ in range(3):
        journal.write(LOGS)
    await journal.flush()

    assert len(journal.messages) == len(journal.meter_values) == len(journal.data_transfers) == 2
    assert list(journal.commands) == ["cmd_1"]
    assert journal.commits == 3


async def test_a_charger_that_is_not_stored_is_not_seen() -> None:
    journal = MemoryJournal()

    journal.write([ChargerSeen(charger_id="chg_x", last_seen_at=1.0, last_heartbeat_at=None)])
    await journal.flush()

    assert journal.chargers == {}
