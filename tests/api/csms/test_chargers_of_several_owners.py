"""Lists of chargers from memory and from the database, which say the same."""

import pytest

from tests.api.bench import BOX, Lab, ScriptedCharger
from voltyard.csms.reading.charger_lists import ListsInMemory
from voltyard.kernel.paging import ListPart
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.links import DialFailed
from voltyard.storage.csms.charger_lists import StoredChargers

pytestmark = pytest.mark.alone
"""Memory has all chargers where there are no nodes."""


class Part:
    def __init__(self, limit: int, offset: int) -> None:
        self.limit = limit
        self.offset = offset


@pytest.mark.parametrize("online", [None, True, False])
@pytest.mark.parametrize("part", [Part(10, 0), Part(1, 1), Part(10, 9)], ids=["all", "1", "none"])
async def test_the_database_lists_chargers_as_memory_does(
    lab: Lab, online: bool | None, part: ListPart
) -> None:
    await _busy(lab)
    in_memory, stored = ListsInMemory(lab.backend), _stored(lab)

    one = await in_memory.chargers(DEFAULT_ORGANIZATION_ID, online, part)
    other = await stored.chargers(DEFAULT_ORGANIZATION_ID, online, part)

    assert [_shown(found) for found in other.items] == [_shown(found) for found in one.items]
    assert other.total == one.total


async def test_the_database_counts_chargers_as_memory_does(lab: Lab) -> None:
    await _busy(lab)

    one = await ListsInMemory(lab.backend).totals(DEFAULT_ORGANIZATION_ID)
    other = await _stored(lab).totals(DEFAULT_ORGANIZATION_ID)

    assert other == one
    assert (other.chargers, other.online, other.active_transactions, other.refusals) == (4, 1, 1, 1)


def _stored(lab: Lab) -> StoredChargers:
    return StoredChargers(lab.database, lab.backend.refusal_record.book.list)


def _shown(found: object) -> tuple[object, ...]:
    row = found.row  # type: ignore[attr-defined]
    names = row.id, row.charge_box_id, row.registration
    return *names, found.online, list(found.connectors)  # type: ignore[attr-defined]


async def _busy(lab: Lab) -> None:
    """One charger that charges, one that was here, one that never was, one deleted, one refused."""
    for box in ("A-NEVER", "B-GONE", "C-WAS-HERE"):
        await lab.register(box)
        lab.now += 1.0
    await lab.delete("/chargers/B-GONE")
    await lab.register("D-LAST")
    lab.now += 1.0
    was = await lab.connect(box="C-WAS-HERE")
    await lab.call(was, "StatusNotification", _status(1, "Faulted"))
    assert was.link is not None
    was.link.close(1000, "")
    await was.until(lambda: was.is_closed)
    charger = await lab.connect()
    for connector_id, status in ((0, "Available"), (2, "Faulted"), (1, "Charging")):
        await lab.call(charger, "StatusNotification", _status(connector_id, status))
    began = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-02-10T14:00:00Z"}
    await lab.call(charger, "StartTransaction", began)
    with pytest.raises(DialFailed):
        await lab.dial(ScriptedCharger({}), box="NOBODY")
    assert BOX in {one.row.charge_box_id for one in lab.backend.chargers(DEFAULT_ORGANIZATION_ID)}


def _status(connector_id: int, status: str) -> dict[str, object]:
    return {"connectorId": connector_id, "errorCode": "NoError", "status": status}
