"""What can be read of a memory without a charger."""

import msgspec
import pytest

from voltyard.charger.evse.kept import KeptEvse
from voltyard.charger.snapshot import Snapshot
from voltyard.charger.transactions.kept import KeptMessage, KeptTransaction
from voltyard.kernel.errors import Invalid
from voltyard.runtimes.parsing import owes

TRANSACTION = KeptTransaction(
    id="t",
    wire_id="1",
    connector_id=1,
    started_at=0.0,
    meter_start_wh=0.0,
    id_token=None,
    seq_no=1,
    evse_told=True,
    token_told=True,
    reached=(),
    kept=(),
)
MESSAGE = KeptMessage(
    part="end",
    transaction="t",
    action="StopTransaction",
    payload="{}",
    offline=True,
    attempts=0,
)


def evse(transaction: KeptTransaction | None) -> KeptEvse:
    return KeptEvse(
        register_wh=1.0,
        operative=True,
        inoperative_connectors=(),
        plugged=None,
        vehicle=None,
        soc_percent=0.0,
        transaction=transaction,
    )


def memory(**kept: object) -> bytes:
    return msgspec.json.encode(Snapshot(identity="CP", **kept))  # type: ignore[arg-type]


def test_a_charger_owes_what_it_has_not_told_of_a_transaction() -> None:
    assert owes(memory(evses=(evse(None), evse(TRANSACTION))))
    assert owes(memory(evses=(evse(None),), outbox=(MESSAGE,)))


def test_a_quiet_charger_owes_nothing() -> None:
    assert not owes(memory(evses=(evse(None),)))


def test_a_memory_that_cannot_be_read_is_said_to_be_so() -> None:
    with pytest.raises(Invalid):
        owes(b"\x00")
