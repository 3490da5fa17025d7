"""The journal in memory, beyond the contract of journals (storage/database/test_journal.py)."""

from tests.csms.bench import ORG, ZULU, Yard
from tests.fakes.journals import MemoryJournal
from voltyard.csms.commands.control import ClearCache
from voltyard.csms.commands.maintenance import SendDataTransfer
from voltyard.csms.records import ChargerSeen


async def test_logs_are_kept_to_a_bound() -> None:
    yard = Yard(MemoryJournal(log_limit=2))
    peer = await yard.booted()
    values = [{"timestamp": ZULU, "sampledValue": [{"value": "1"}]}]
    for _ in range(3):
        await peer.say("MeterValues", {"connectorId": 1, "meterValue": values})
        await peer.say("DataTransfer", {"vendorId": "V"})
    for command in (ClearCache(), SendDataTransfer(vendor_id="V")):
        task = await yard.command(command)
        await peer.answer({"status": "Accepted"})
        await task

    journal = yard.journal
    assert len(journal.messages) == len(journal.meter_values) == len(journal.data_transfers) == 2
    assert len(journal.commands) == 2
    await yard.backend.close()


async def test_a_charger_that_is_not_stored_is_not_seen() -> None:
    journal = MemoryJournal()

    journal.write([ChargerSeen(charger_id="chg_x", last_seen_at=1.0, last_heartbeat_at=None)])
    await journal.flush()

    assert journal.chargers == {}
    assert journal.commits == 1


async def test_failures_may_be_counted(yard: Yard) -> None:
    yard.journal.fail(OSError("disk full"), groups=1)
    try:
        await yard.register("A")
    except Exception:
        yard.complaints.clear()

    await yard.register("B")

    assert [charger.row.charge_box_id for charger in yard.backend.chargers(ORG)] == ["B"]
