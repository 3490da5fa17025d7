"""The totals of the live view, in words."""

from typing import Any

from voltyard.cli.top.picture import FleetPicture, told

SUMMARY = {
    "chargers": {"total": 1200, "connected": 1187, "accepted": 1180},
    "connectors": {"total": 2400, "in_transaction": 600, "by_status": {"Charging": 600}},
    "power_w": 4_200_000.0,
}
SERVER = {"name": None, "chargers": 340, "answers": True}
NODES: list[dict[str, Any]] = [
    SERVER,
    {"name": "hall-1", "chargers": 4120, "answers": True},
    {"name": "hall-2", "chargers": 4087, "answers": False},
]


def test_the_totals_are_two_lines() -> None:
    assert told(FleetPicture(SUMMARY, [SERVER], [], 0)).split("\n") == [
        "1,200 chargers, 1,187 connected, 1,180 accepted; 4,200.0 kW",
        "2,400 connectors, 600 in transaction: Charging 600",
    ]


def test_nodes_have_a_line_with_the_chargers_of_each() -> None:
    assert told(FleetPicture(SUMMARY, NODES, [], 0)).split("\n")[2:] == [
        "backend: server 340, hall-1 4,120, hall-2 4,087 (does not answer)"
    ]
