"""Totals of samples of chargers."""

from collections import Counter
from typing import Literal

from msgspec import Struct, field

from voltyard.ports.runtimes import SampledCharger
from voltyard.yard.samples.sampled_status import is_faulted


class SampleTotals(Struct, kw_only=True):
    """Totals of samples, added one by one."""

    chargers: int = 0
    connected: int = 0
    accepted: int = 0
    """Chargers that are connected, and whose boot was accepted."""
    connectors: int = 0
    in_transaction: int = 0
    faulted: int = 0
    power_w: int = 0
    by_status: Counter[str] = field(default_factory=Counter)

    def add(self, sample: SampledCharger, sign: Literal[1, -1] = 1) -> None:
        """Count one charger more, or one less."""
        self.chargers += sign
        self.connected += sign * sample.connected
        self.accepted += sign * (sample.connected and sample.boot_status == "Accepted")
        self.power_w += sign * sample.power_w
        self.connectors += sign * len(sample.connectors)
        for connector in sample.connectors:
            self.by_status[connector.status] += sign
            self.in_transaction += sign * (connector.charging_state is not None)
            self.faulted += sign * is_faulted(connector)
