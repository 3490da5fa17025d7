"""Statuses of sampled chargers: the words they can be asked for by, and their order."""

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias, get_args

from voltyard.ports.runtimes import SampledCharger, SampledConnector

ConnectorStatus: TypeAlias = Literal[
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
]
"""Of a connector, in the words of OCPP 1.6 and 2.0.1."""

WantedStatus: TypeAlias = Literal[ConnectorStatus, "offline", "stopped", "faulted", "charging"]
"""A connector's status, or one of the charger as a whole."""

SortKey: TypeAlias = Literal["created_at", "identity", "status", "power", "soc"]

_NO_ERROR: Final = "NoError"


def is_faulted(connector: SampledConnector) -> bool:
    """True where it has an error; in OCPP 1.6 a connector may have one and not be Faulted."""
    return connector.status == "Faulted" or connector.error_code != _NO_ERROR


def _charging(connector: SampledConnector) -> bool:
    return connector.charging_state == "Charging" or connector.status == "Charging"


_OF_ANY: Final[Mapping[str, Callable[[SampledConnector], bool]]] = {
    "faulted": is_faulted,
    "charging": _charging,
}


def has_status(sample: SampledCharger | None, wanted: WantedStatus) -> bool:
    """True where a charger is asked for by that status: `stopped` where no runtime runs (None),
    `offline` where one does and its CSMS is not reached, any other where one of its connectors has
    it."""
    if sample is None:
        return wanted == "stopped"
    if wanted == "offline":
        return not sample.connected
    holds = _OF_ANY.get(wanted)
    if holds is None:
        return any(connector.status == wanted for connector in sample.connectors)
    return any(map(holds, sample.connectors))


_RANKS: Final = {
    word: rank
    for rank, word in enumerate(
        (
            "Faulted",
            "Charging",
            "SuspendedEVSE",
            "SuspendedEV",
            "Occupied",
            "Preparing",
            "Finishing",
            "Reserved",
            "Available",
            "Unavailable",
        )
    )
}
assert _RANKS.keys() == set(get_args(ConnectorStatus))
_OFFLINE_RANK: Final = len(_RANKS)
_STOPPED_RANK: Final = len(_RANKS) + 1


def status_rank(sample: SampledCharger | None) -> int:
    """Its place when chargers are sorted by status: a fault first, then what is in use, what is
    free, what is offline, and what is stopped."""
    if sample is None:
        return _STOPPED_RANK
    ranks = [0 if is_faulted(one) else _RANKS[one.status] for one in sample.connectors]
    least = min(ranks, default=_OFFLINE_RANK)
    return least if sample.connected or least == 0 else _OFFLINE_RANK


def highest_soc(sample: SampledCharger | None) -> float | None:
    """The highest state of charge of the vehicles at it; None: there is none."""
    if sample is None:
        return None
    return max((one.soc for one in sample.connectors if one.soc is not None), default=None)
