"""Handshakes that a node refuses: counted there, told by the server."""

from typing import Any

from tests.csms.bench import ORG, Yard
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.ports.links import BrokenHandshake


class Bus:
    """Carries notes of a node to its server."""

    def __init__(self) -> None:
        self.notes: list[tuple[Any, ...]] = []

    def __call__(
        self,
        path: str,
        remote: str,
        subprotocols: tuple[str, ...],
        reason: RefusalReason,
        detail: str,
        at: float,
    ) -> None:
        self.notes.append((path, remote, subprotocols, reason, detail, at))


async def test_a_refusal_is_counted_at_the_node_and_told_by_the_server() -> None:
    bus = Bus()
    node, server = Yard(refused=bus), Yard()

    node.knock("/ocpp/CP9")
    for note in bus.notes:
        server.backend.refused(*note)

    assert (node.backend.refusals.count, server.backend.refusals.count) == (1, 0)
    assert node.backend.refusal_record.book.list(ORG) == []
    (row,) = server.backend.refusal_record.book.list(ORG)
    assert (row.identity, row.address, row.reason) == ("CP9", "192.0.2.1", "not_registered")
    (told,) = server.heard("charger.refused")
    assert told.at == node.clock.now
    assert node.heard("charger.refused") == []
    for yard in (node, server):
        await yard.backend.close()


async def test_a_broken_handshake_goes_the_same_way() -> None:
    bus = Bus()
    node, server = Yard(refused=bus), Yard()

    node.backend.broken(BrokenHandshake("192.0.2.1:1", "tls_failed", "no shared cipher"))
    for note in bus.notes:
        server.backend.refused(*note)

    assert node.backend.refusals.counts[RefusalReason.TLS_FAILED] == 1
    (row,) = server.backend.refusal_record.book.list(ORG)
    assert row.reason == "tls_failed"
    node.backend.refusals.tick(0.0)
    for yard in (node, server):
        await yard.backend.close()


async def test_a_charger_of_a_node_is_none_of_the_strangers() -> None:
    server = Yard()
    server.backend.note_elsewhere(ORG, "CP1", "n1", "chg_1")

    server.backend.refused("/ocpp/CP1", "192.0.2.1:1", (), RefusalReason.WRONG_PASSWORD, "", 1.0)

    (row,) = server.backend.refusal_record.book.list(ORG)
    assert row.charger_id == "chg_1"
    await server.backend.close()
