"""Dashboards of Grafana, laid out from rows of panels."""

import json
from collections.abc import Sequence
from itertools import count
from typing import Any, Final, NamedTuple

_COLUMNS: Final = 24
_HEIGHT: Final = 8
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


class Panel(NamedTuple):
    """A panel: a graph of queries over time."""

    title: str
    about: str
    queries: Sequence[tuple[str, str]]
    """Query and legend. `$where` stands for the selected instances, `$rate` for the interval."""
    unit: str = "short"
    marks: Sequence[tuple[str, float]] = ()
    """Colours of lines at named limits, rising."""
    stacked: bool = False


class Dashboard(NamedTuple):
    """A dashboard: rows of panels below each other."""

    uid: str
    title: str
    about: str
    rows: Sequence[tuple[str, Sequence[Panel]]]
    chooses_by: str
    """Metric whose instances can be chosen."""


def dashboard_json(dashboard: Dashboard) -> str:
    """The file that Grafana imports."""
    ids, panels, y = count(1), [], 0
    for title, row in dashboard.rows:
        place = {"x": 0, "y": y, "w": _COLUMNS, "h": 1}
        panels.append({"id": next(ids), "type": "row", "title": title, "gridPos": place})
        y += 1
        width = _COLUMNS // len(row)
        for number, panel in enumerate(row):
            place = {"x": number * width, "y": y, "w": width, "h": _HEIGHT}
            panels.append({"id": next(ids), **_panel(panel), "gridPos": place})
        y += _HEIGHT
    shown = {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.about,
        "tags": ["voltyard"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "timezone": "browser",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": _variables(dashboard.chooses_by)},
        "panels": panels,
    }
    return json.dumps(shown, indent=2) + "\n"


def _panel(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    steps += [{"color": colour, "value": value} for colour, value in panel.marks]
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "targets": [
            {"refId": chr(ord("A") + number), "expr": _expression(query), "legendFormat": legend}
            for number, (query, legend) in enumerate(panel.queries)
        ],
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "thresholds": {"mode": "absolute", "steps": steps},
                "custom": {
                    "fillOpacity": 10,
                    "showPoints": "never",
                    "stacking": {"mode": "normal" if panel.stacked else "none"},
                    "thresholdsStyle": {"mode": "dashed" if panel.marks else "off"},
                },
            },
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }


def _expression(query: str) -> str:
    return query.replace("$where", 'instance=~"$instance"').replace("$rate", "$__rate_interval")


def _variables(metric: str) -> list[dict[str, Any]]:
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        {
            "name": "instance",
            "label": "Instance",
            "type": "query",
            "datasource": _SOURCE,
            "query": f"label_values({metric}, instance)",
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".+",
        },
    ]
