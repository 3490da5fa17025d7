"""Network conditions between a charger and its CSMS: latency, loss, cuts and the like. Values
only."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from voltyard.kernel.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConditions:
    """Conditions of one network. The defaults are a perfect one; shares are from 0 to 1."""

    latency_ms: float = 0.0
    """Of each frame, each way."""
    jitter_ms: float = 0.0
    """On top of it, at most; frames stay in their order."""
    loss: float = 0.0
    """Share of the frames that never arrive, each way."""
    duplicate: float = 0.0
    """Share that arrives twice."""
    reorder: float = 0.0
    """Share that is overtaken by what comes after it."""
    breaks: float = 0.0
    """Share that breaks the link, and is lost with it, each way."""
    bytes_per_s: float = 0.0
    """Bandwidth of the road, each way; 0: any."""
    reads_per_s: float = 0.0
    """Frames the charger reads; what it has not read waits at the peer. 0: any."""
    cut_every_s: float = 0.0
    """Life of a link until it is cut, on average; 0: for ever."""
    storm_every_s: float = 0.0
    """Each time the clock is at a multiple of it, all links with it are cut; 0: never."""
    half_open_after_s: float = 0.0
    """Life of a link until it goes silent without an end; 0: for ever."""
    half_open_for_s: float = 900.0
    """Time that this lasts until the charger's end gives up."""
    probability: float = 1.0
    """Share of the links that are on this road; the others are on a good one."""
    from_s: float = 0.0
    """Only frames so long after the link came up, and no cut before."""
    to_s: float = 0.0
    """Not later than so long after; 0: to the end."""
    every: int = 1
    """Only each so many-th link."""
    once: bool = False
    """Only the first link that it has come to."""


GOOD_NETWORK: Final = NetworkConditions()

_DAY: Final = 86_400.0

_MOST: Final[dict[str, float]] = {
    "latency_ms": 600_000.0,
    "jitter_ms": 600_000.0,
    "loss": 1.0,
    "duplicate": 1.0,
    "reorder": 1.0,
    "breaks": 1.0,
    "bytes_per_s": 1e9,
    "reads_per_s": 1e6,
    "cut_every_s": 30 * _DAY,
    "storm_every_s": 30 * _DAY,
    "half_open_after_s": 30 * _DAY,
    "half_open_for_s": 30 * _DAY,
    "probability": 1.0,
    "from_s": 365 * _DAY,
    "to_s": 365 * _DAY,
    "every": 1e9,
}
"""The least is 0, of `every` 1."""


def read(plain: Mapping[str, Any] | None) -> NetworkConditions:
    """Conditions as JSON has them. Invalid where there are none like that."""
    if plain is None:
        return GOOD_NETWORK
    if not isinstance(plain, Mapping):
        raise _bad("the network is an object, such as {latency_ms: 200}")
    known = {field.name for field in fields(NetworkConditions)}
    every = plain.get("every")
    if type(every) is float and every.is_integer():
        plain = {**plain, "every": int(every)}
    for name, value in plain.items():
        if name not in known:
            raise _bad(f"a network has no {name!r}; it has {', '.join(sorted(known))}")
        if name == "once":
            if type(value) is not bool:
                raise _bad("once must be true or false")
        else:
            _check_number(name, value)
    return NetworkConditions(**plain)


def plain(conditions: NetworkConditions) -> dict[str, Any]:
    """Plain data that `read` takes, without what is as it always is."""
    return {
        name: value
        for name, value in asdict(conditions).items()
        if value != getattr(GOOD_NETWORK, name)
    }


def _check_number(name: str, value: Any) -> None:
    least, most = (1 if name == "every" else 0), _MOST[name]
    kinds = (int,) if name == "every" else (int, float)
    if type(value) not in kinds or not math.isfinite(value) or not least <= value <= most:
        raise _bad(f"{name} must be a number from {least} to {most:g}")


def _bad(problem: str) -> Invalid:
    return Invalid(problem, param="network")
