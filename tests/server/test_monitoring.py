"""Dashboards and alert rules of `deploy/`, held to what a server says on /metrics."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.server.both_halves import House
from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.service, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
DASHBOARDS = sorted((ROOT / "deploy" / "grafana").glob("*.json"))
OF_PROMETHEUS = {"instance", "job"}
"""Labels that the scrape adds."""
WITHOUT_SERIES = {"voltyard_certificate_expires_at_seconds": {"setting"}}
"""Labels of metrics that a server without TLS has none of."""
OF_PROMETHEUS_ALONE = {"up"}
SECONDS = re.compile(r"_seconds(_bucket|_sum|$)")


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Labels by metric, after a little traffic of either half."""
    with (
        ServerProcess(tmp_path_factory.mktemp("scraped"), "a-key") as server,
        httpx.Client(base_url=server.url, headers={"X-API-Key": "a-key"}) as client,
    ):
        house = House(server, client)
        house.charger("WATCHED", "OCPP1.6")
        house.post("/api/v1/chargers/WATCHED/cache/clear")
        house.done("plug-connector", "WATCHED", connector_id=1)
        found = client.get("/metrics").raise_for_status().text
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(found):
        total = "_total" if family.type == "counter" else ""
        if family.type != "histogram":
            labels[f"{family.name}{total}"] = set(WITHOUT_SERIES.get(family.name, ()))
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            if panel["type"] != "row":
                yield f"{path.name}: {panel['title']}", panel


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    for title, panel in panels():
        for target in panel["targets"]:
            yield title, target["expr"]
    for rule in rules():
        yield rule["alert"], rule["expr"]


def parsed(expression: str) -> Any:
    return promql_parser.parse(expression.replace("$__rate_interval", "5m"))


def parts(node: Any) -> Iterator[Any]:
    """An expression and all that is in it."""
    yield node
    below = [getattr(node, name, None) for name in ("lhs", "rhs", "expr", "vector_selector")]
    for one in (*below, *(getattr(node, "args", None) or ())):
        if one is not None:
            yield from parts(one)


def selectors(expression: str) -> Iterator[Any]:
    yield from vectors(parsed(expression))


def vectors(node: Any) -> Iterator[Any]:
    for one in parts(node):
        if isinstance(one, promql_parser.VectorSelector):
            yield one


def grouped_by(expression: str) -> Iterator[tuple[set[str], set[str]]]:
    """Labels by which is aggregated, and the metrics below."""
    for node in parts(parsed(expression)):
        modifier = getattr(node, "modifier", None)
        if isinstance(node, promql_parser.AggregateExpr) and modifier is not None:
            yield set(modifier.labels), {one.name for one in vectors(node.expr)}


def test_every_metric_and_label_that_is_asked_for_is_there(scraped: dict[str, set[str]]) -> None:
    for title, expression in expressions():
        for one in selectors(expression):
            if one.name in OF_PROMETHEUS_ALONE:
                continue
            assert one.name in scraped, f"{title}: {one.name}"
            asked = {matcher.name for matcher in one.matchers.matchers} - OF_PROMETHEUS
            assert asked <= scraped[one.name], f"{title}: {one.name}{asked}"
        for labels, metrics in grouped_by(expression):
            for metric in metrics:
                assert labels - OF_PROMETHEUS <= scraped[metric], f"{title}: {metric} by {labels}"


def test_a_legend_names_labels_that_the_query_leaves() -> None:
    for title, panel in panels():
        for target in panel["targets"]:
            named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            left = set().union(*(labels for labels, _ in grouped_by(target["expr"])), {"setting"})
            assert named <= left | OF_PROMETHEUS, f"{title}: {named}"


def test_every_metric_of_ours_is_in_a_panel(scraped: dict[str, set[str]]) -> None:
    shown = {one.name for _, text in expressions() for one in selectors(text)}
    ours = {name for name in scraped if name.startswith("voltyard_")}

    assert len(ours) > 30
    assert {name for name in ours if not name.endswith("_created")} <= shown


def test_units_are_those_of_the_metrics() -> None:
    for title, panel in panels():
        unit = panel["fieldConfig"]["defaults"]["unit"]
        for target in panel["targets"]:
            names = {one.name for one in selectors(target["expr"])} - {"voltyard_build_info"}
            if not names:  # of versions
                continue
            if all(SECONDS.search(name) for name in names):
                assert unit == "s", title
            elif all(name.endswith("_bytes") for name in names):
                assert unit == "bytes", title
            elif all(name.endswith("_watts") for name in names):
                assert unit == "watt", title
            else:
                counts = all(name.endswith("_total") for name in names)
                is_process = "process_cpu_seconds_total" in names
                assert is_process or (unit == "ops") == counts, title


def test_each_rule_says_what_to_do_and_where_that_is_written() -> None:
    headings = re.findall(r"^### (\w+)$", (ROOT / "docs" / "monitoring.md").read_text(), re.M)

    assert [one["alert"] for one in rules()] == headings
    for one in rules():
        notes = one["annotations"]
        assert one["labels"]["severity"] in ("critical", "warning")
        assert one["for"] and notes["summary"] and notes["description"]
        assert notes["runbook_url"].endswith(f"/docs/monitoring.md#{one['alert'].lower()}")


def test_dashboards_differ_in_what_grafana_knows_them_by() -> None:
    shown = [json.loads(path.read_text()) for path in DASHBOARDS]

    assert len(shown) == len({one["uid"] for one in shown}) == len({one["title"] for one in shown})
    for one in shown:
        variables = {variable["name"] for variable in one["templating"]["list"]}
        assert variables == {"datasource", "instance"}
        assert len({panel["id"] for panel in one["panels"]}) == len(one["panels"])
