"""Metrics of the yard: the simulated chargers, their links, frames and commands."""

from collections import Counter
from typing import Final

from voltyard.api.metrics.families import Families, counters, gauge, gauges, single
from voltyard.yard.commands.command import CommandStatus
from voltyard.yard.yard import Yard

_STATUSES: Final = (
    "Available",
    "Preparing",
    "Charging",
    "SuspendedEV",
    "SuspendedEVSE",
    "Finishing",
    "Occupied",
    "Reserved",
    "Unavailable",
    "Faulted",
)
"""Statuses of connectors in either version; any other is `other`."""
_ENDS: Final = (CommandStatus.COMPLETED, CommandStatus.FAILED, CommandStatus.EXPIRED)


def yard_metrics(yard: Yard) -> Families:
    """Metrics of all simulated chargers together."""
    totals, reports = yard.sampled, yard.reports
    yield gauge("yard_chargers", "Simulated chargers, stopped ones included.", yard.deployed)
    yield gauge("yard_chargers_running", "Simulated chargers that run.", totals.chargers)
    yield gauge(
        "yard_chargers_connected", "Simulated chargers that are connected.", totals.connected
    )
    yield gauge(
        "yard_chargers_accepted",
        "Simulated chargers that are connected, and whose boot was accepted.",
        totals.accepted,
    )
    statuses = Counter(dict.fromkeys((*_STATUSES, "other"), 0))
    for status, count in totals.by_status.items():
        statuses[status if status in _STATUSES else "other"] += count
    yield gauges(
        "yard_connectors",
        "Connectors of simulated chargers that run, by status.",
        ("status",),
        single(statuses),
    )
    yield gauge("yard_transactions", "Transactions of simulated chargers.", totals.in_transaction)
    yield gauge("yard_power_watts", "Power that simulated chargers deliver.", totals.power_w)
    yield counters(
        "yard_dials",
        "Dials of simulated chargers that succeeded (connected) and failed, and links lost.",
        ("result",),
        single(reports.dials),
    )
    yield counters(
        "yard_frames",
        "Frames on the links of simulated chargers.",
        ("direction", "kind", "verdict"),
        reports.frames,
    )
    yield counters(
        "yard_commands",
        "Commands to simulated chargers that are over.",
        ("status",),
        {(str(status),): yard.commands_ended[status] for status in _ENDS},
    )
