"""Samples of all chargers of a server, as its event stream tells them: one frame that is whole,
then what changed."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

SAMPLES: Final = "samples"
CHANGES: Final = (
    *("charger.created", "charger.changed", "charger.deleted"),
    *("provisioning.succeeded", "provisioning.failed", "runtime.broke"),
)
"""Events after which a list of chargers is another than it was."""

_OF_SAMPLE: Final = {"status": "status", "power_w": "power_w", "soc": "soc_percent"}
"""Fields of a connector in a sample, and their names in its state."""


class LiveSamples:
    """The last sample of each charger, by its id; None of one that does not run."""

    def __init__(self) -> None:
        self._chargers: dict[str, dict[str, Any] | None] = {}

    def take(self, frame: Mapping[str, Any]) -> None:
        """A frame of the stream."""
        if frame["whole"]:
            self._chargers = dict(frame["chargers"])
            return
        for charger_id, change in frame["chargers"].items():
            known = self._chargers.get(charger_id)
            self._chargers[charger_id] = None if change is None else _merged(known or {}, change)

    def on(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """A charger as the list has it, with what its sample tells."""
        if row["id"] not in self._chargers:
            return row
        sample = self._chargers[row["id"]]
        if sample is None:
            return {**row, "state": None}
        listed = _listed(row)
        connectors = [_state(one, listed.get(_place(one), {})) for one in sample["connectors"]]
        return {**row, "state": {"connected": sample["connected"], "connectors": connectors}}

    def is_beyond(self, row: Mapping[str, Any]) -> bool:
        """True where a transaction has begun of which the list tells more than the sample."""
        sample = self._chargers.get(row["id"])
        if sample is None:
            return False
        listed = _listed(row)
        return any(
            one["charging_state"] is not None and not _is_of(one, listed.get(_place(one), {}))
            for one in sample["connectors"]
        )

    def totals(self, summary: Mapping[str, Any]) -> dict[str, Any]:
        """A summary whose figures of what runs are those of the samples."""
        running = [one for one in self._chargers.values() if one is not None]
        connectors = [one for charger in running for one in charger["connectors"]]
        connected = [one for one in running if one["connected"]]
        return {
            **summary,
            "power_w": sum(one["power_w"] for one in running),
            "chargers": {
                **summary["chargers"],
                "connected": len(connected),
                "accepted": sum(one["boot_status"] == "Accepted" for one in connected),
            },
            "connectors": {
                **summary["connectors"],
                "total": len(connectors),
                "in_transaction": sum(one["charging_state"] is not None for one in connectors),
                "by_status": Counter(one["status"] for one in connectors),
            },
        }


def _merged(known: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A sample, changed; connectors that the change does not name stay as they are."""
    places = {_place(one): one for one in known.get("connectors", ())}
    for one in change.get("connectors", ()):
        places[_place(one)] = {**places.get(_place(one), {}), **one}
    return {**known, **change, "connectors": list(places.values())}


def _place(connector: Mapping[str, Any]) -> tuple[int, int]:
    return connector["evse_id"], connector["connector_id"]


def _listed(row: Mapping[str, Any]) -> dict[tuple[int, int], Mapping[str, Any]]:
    """Connectors of a charger of the list."""
    return {_place(one): one for one in (row.get("state") or {}).get("connectors", ())}


def _state(sample: Mapping[str, Any], listed: Mapping[str, Any]) -> dict[str, Any]:
    """A connector's state as the list has it, with what the sample tells."""
    told = {name: sample[field] for field, name in _OF_SAMPLE.items()}
    transaction = listed["transaction"] if _is_of(sample, listed) else None
    return {**listed, **told, "transaction": transaction}


def _is_of(sample: Mapping[str, Any], listed: Mapping[str, Any]) -> bool:
    """True where the list has the transaction that the sample has."""
    running = listed.get("transaction")
    if not running or sample["charging_state"] is None:
        return False
    return bool(running["transaction_id"] == sample["transaction_id"])
