"""The table of connector states: what it allows happens, what it does not changes nothing."""

from itertools import product

import pytest

from voltyard.charger.description.specification import ConnectorSpec
from voltyard.charger.evse.connector import (
    DETOUR,
    NEXT,
    ChargePointStatus,
    Connector,
    transition_path,
)
from voltyard.kernel.errors import WrongState

MATRIX = """
A Available     - A2 A3 A4 A5 .  A7 A8 A9
B Preparing     B1 - B3 B4 B5 B6 .  .  B9
C Charging      C1 . -  C4 C5 C6 .  C8 C9
D SuspendedEV   D1 . D3 -  D5 D6 .  D8 D9
E SuspendedEVSE E1 . E3 E4 -  E6 .  E8 E9
F Finishing     F1 F2 . .  .  -  .  F8 F9
G Reserved      G1 G2 . .  .  .  -  G8 G9
H Unavailable   H1 H2 H3 H4 H5 . .  -  H9
I Faulted       I1 I2 I3 I4 I5 I6 I7 I8 -
"""
"""OCPP 1.6 section 4.9 with its errata, as printed; the table must say the same."""


def _cells() -> dict[tuple[ChargePointStatus, ChargePointStatus], str]:
    cells = {}
    for line in MATRIX.strip().splitlines():
        _, name, *columns = line.split()
        for to, cell in zip(ChargePointStatus, columns, strict=True):
            cells[ChargePointStatus(name), to] = cell
    return cells


CELLS = _cells()


def _connector(state: ChargePointStatus) -> Connector:
    connector = Connector(1, ConnectorSpec())
    connector.state = state
    return connector


@pytest.mark.parametrize("start,end", list(product(ChargePointStatus, ChargePointStatus)))
def test_the_table_is_the_specifications_matrix(
    start: ChargePointStatus, end: ChargePointStatus
) -> None:
    assert NEXT[start].get(end, ".") == CELLS[start, end].replace("-", ".")


@pytest.mark.parametrize(
    "start,end",
    [pair for pair in product(ChargePointStatus, ChargePointStatus) if pair[1] in NEXT[pair[0]]],
)
def test_a_legal_move_happens(start: ChargePointStatus, end: ChargePointStatus) -> None:
    connector = _connector(start)

    cell = connector.move(end)

    assert connector.state is end
    assert cell == CELLS[start, end]


@pytest.mark.parametrize(
    "start,end",
    [
        pair
        for pair in product(ChargePointStatus, ChargePointStatus)
        if pair[1] not in NEXT[pair[0]]
    ],
)
def test_an_illegal_move_raises_and_changes_nothing(
    start: ChargePointStatus, end: ChargePointStatus
) -> None:
    connector = _connector(start)
    before = {name: getattr(connector, name) for name in Connector.__slots__}

    with pytest.raises(WrongState) as raised:
        connector.move(end)

    assert {name: getattr(connector, name) for name in Connector.__slots__} == before
    assert raised.value.details["wanted"] == end.value


def test_every_detour_is_legal_and_needed() -> None:
    for (start, end), between in DETOUR.items():
        assert end not in NEXT[start]
        assert between in NEXT[start]
        assert end in NEXT[between]


def test_the_way_to_where_one_is_is_empty() -> None:
    assert transition_path(ChargePointStatus.CHARGING, ChargePointStatus.CHARGING) == ()
    assert transition_path(ChargePointStatus.AVAILABLE, ChargePointStatus.PREPARING) == (
        ChargePointStatus.PREPARING,
    )
    assert transition_path(ChargePointStatus.PREPARING, ChargePointStatus.UNAVAILABLE) == (
        ChargePointStatus.AVAILABLE,
        ChargePointStatus.UNAVAILABLE,
    )
