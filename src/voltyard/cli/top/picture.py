"""A picture of the fleet: totals, and the page of chargers that is on show."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from voltyard.cli.client.api_client import PAGE_ROWS, ApiClient
from voltyard.cli.display.printable import cell
from voltyard.cli.top.live_samples import LiveSamples
from voltyard.kernel.units import W_PER_KW

COLUMNS: Final = ("identity", "status", "version", "connectors", "kW", "SoC", "tag", "location")
SORTS: Final = ("identity", "-power", "-soc", "status", "-created_at")
"""Sort orders of the server; a key chooses the next one."""

MOVING_SORTS: Final = frozenset({"-power", "-soc", "status"})
"""Orders by a value that changes while chargers work: power, SoC, status."""


class FleetPicture(NamedTuple):
    """Totals of the fleet, and the chargers on show."""

    summary: Mapping[str, Any]
    nodes: Sequence[Mapping[str, Any]]
    """The server and its nodes, of the backend; none where the key may not read them."""
    rows: list[Mapping[str, Any]]
    total: int
    """Chargers that match; `rows` are the first page of them."""


def look(api: ApiClient, search: str, sort: str) -> FleetPicture:
    """Three requests, whatever the size of the fleet."""
    summary = api.get("/ocpp/summary")
    nodes = api.get("/api/v1/nodes")["nodes"]
    page = api.listed(
        "/ocpp/chargers", PAGE_ROWS, include="state", search=search or None, sort=sort
    )
    return FleetPicture(summary, nodes, located(page, summary), page.total)


def sampled(picture: FleetPicture, samples: LiveSamples) -> FleetPicture:
    """The picture, with what the chargers are doing as of the last samples."""
    rows = [samples.on(row) for row in picture.rows]
    return picture._replace(summary=samples.totals(picture.summary), rows=rows)


def located(
    rows: Iterable[Mapping[str, Any]], summary: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Chargers with the names of their locations as `location`."""
    names = {one["location_id"]: one["name"] for one in summary["locations"]}
    return [{**row, "location": names.get(row["location_id"])} for row in rows]


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a charger's row, as of COLUMNS."""
    state = row.get("state") or {"connectors": ()}
    connectors = state["connectors"]
    transactions = [one["transaction"] for one in connectors if one["transaction"]]
    return (
        cell(row["identity"]),
        _status(row),
        str(row["ocpp_version"]).removeprefix("OCPP"),
        ", ".join(cell(one["status"]) for one in connectors),
        f"{sum(one['power_w'] or 0.0 for one in connectors) / W_PER_KW:.1f}" if connectors else "",
        ", ".join(f"{one['soc_percent']:.0f} %" for one in connectors if one["soc_percent"]),
        ", ".join(cell(one.get("id_tag")) for one in transactions),
        cell(row["location"]),
    )


def told(picture: FleetPicture) -> str:
    """The totals, on two lines; where there are nodes, a third has the backend's chargers at
    each."""
    chargers, connectors = picture.summary["chargers"], picture.summary["connectors"]
    statuses = ", ".join(f"{name} {count:,}" for name, count in connectors["by_status"].items())
    power_kw = picture.summary["power_w"] / W_PER_KW
    return (
        f"{chargers['total']:,} chargers, {chargers['connected']:,} connected, "
        f"{chargers['accepted']:,} accepted; {power_kw:,.1f} kW\n"
        f"{connectors['total']:,} connectors, {connectors['in_transaction']:,} in transaction: "
        f"{cell(statuses) or 'none runs'}"
        f"{_told_of_nodes(picture.nodes)}"
    )


def _told_of_nodes(nodes: Sequence[Mapping[str, Any]]) -> str:
    if len(nodes) < 2:
        return ""
    told = (
        f"{cell(one['name'] or 'server')} {one['chargers']:,}"
        f"{'' if one['answers'] else ' (does not answer)'}"
        for one in nodes
    )
    return f"\nbackend: {', '.join(told)}"


def _status(row: Mapping[str, Any]) -> str:
    """Its state in one word: how far it is made, then whether it has its link."""
    if row["status"] != "READY":
        return cell(row["status"])
    if row.get("state") is None:
        return "stopped"
    return "online" if row["state"]["connected"] else "offline"
