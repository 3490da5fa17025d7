"""Differences of samples, as JSON: only what changed of a charger and of its connectors."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from voltyard.ports.runtimes import SampledCharger, SampledConnector

_OF_CHARGER: Final = ("connected", "boot_status", "power_w")
_OF_CONNECTOR: Final = (
    "status",
    "error_code",
    "power_w",
    "current_a",
    "soc",
    "energy_wh",
    "limit_w",
    "transaction_id",
    "charging_state",
)

_charger_values = attrgetter(*_OF_CHARGER)
_connector_values = attrgetter(*_OF_CONNECTOR)
_encode = msgspec.json.Encoder().encode


def difference(before: SampledCharger | None, after: SampledCharger | None) -> bytes:
    """The change as JSON; the whole where there was none before, `null` where there is none now. A
    connector is named by `evse_id` and `connector_id`; one that is as it was is left out."""
    if after is None:
        return b"null"
    if before is None or not _have_same_connectors(before, after):
        shown = dict(zip(_OF_CHARGER, _charger_values(after), strict=True))
        return _encode(shown | {"connectors": [_whole(one) for one in after.connectors]})
    shown = _changed(_OF_CHARGER, _charger_values(before), _charger_values(after))
    connectors = [
        _named(now) | _changed(_OF_CONNECTOR, _connector_values(then), _connector_values(now))
        for then, now in zip(before.connectors, after.connectors, strict=True)
        if then != now
    ]
    if connectors:
        shown["connectors"] = connectors
    return _encode(shown)


def _have_same_connectors(before: SampledCharger, after: SampledCharger) -> bool:
    return [_named(one) for one in before.connectors] == [_named(one) for one in after.connectors]


def _named(connector: SampledConnector) -> dict[str, Any]:
    return {"evse_id": connector.evse_id, "connector_id": connector.connector_id}


def _whole(connector: SampledConnector) -> dict[str, Any]:
    values = zip(_OF_CONNECTOR, _connector_values(connector), strict=True)
    return _named(connector) | dict(values)


def _changed(names: Sequence[str], before: Sequence[Any], after: Sequence[Any]) -> dict[str, Any]:
    return {name: now for name, then, now in zip(names, before, after, strict=True) if then != now}
