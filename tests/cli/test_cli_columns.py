"""Columns of each listing are of fields that the answer of its operation has, by openapi.json."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pytest

import voltyard.cli
from tests.surface import description
from voltyard.cli.display.tables import Column
from voltyard.cli.top.picture import cells


class Source(NamedTuple):
    """An operation whose answer has the rows of a table."""

    operation: str
    rows: str
    """The field that has them."""
    added: Mapping[str, Any] = {}
    """Fields that the command adds, with an example."""


SOURCES: Final = {
    "account.audit._COLUMNS": Source("list_audit_entries", "entries"),
    "account.keys._COLUMNS": Source("list_api_keys", "apiKeys"),
    "account.organizations._COLUMNS": Source("list_organizations", "organizations"),
    "account.webhooks._COLUMNS": Source("list_webhooks", "webhooks"),
    "account.webhooks._DELIVERY_COLUMNS": Source("list_deliveries", "deliveries"),
    "backend.chargers._COLUMNS": Source("list_registered_chargers", "chargers"),
    "backend.messages._COLUMNS": Source("list_messages", "messages"),
    "backend.nodes._COLUMNS": Source("get_nodes", "nodes"),
    "backend.refusals._COLUMNS": Source("list_refusals", "refusals"),
    "backend.tags._COLUMNS": Source("list_id_tags", "idTags"),
    "backend.transactions._COLUMNS": Source("list_transactions", "transactions"),
    "backend.transactions._METER_COLUMNS": Source("list_meter_values", "meterValues"),
    "verbs.waiting._RESULTS": Source("list_commands", "data"),
    "yard.chargers.COLUMNS": Source("list_chargers", "data", {"location": "Harbour"}),
    "yard.days._COLUMNS": Source("list_days", "data"),
    "yard.deliberate._COLUMNS": Source("set_location_quirks", "chargers"),
    "yard.events._COLUMNS": Source("list_events", "data"),
    "yard.frames._COLUMNS": Source("list_charger_logs", "data"),
    "yard.locations._LOCATION_COLUMNS": Source("list_locations", "data"),
    "yard.locations._TEMPLATE_COLUMNS": Source("list_location_templates", "data"),
    "yard.quirks._CATALOGUE": Source("list_quirks", "data"),
    "yard.quirks._COLUMNS": Source("get_charger_quirks", "quirks"),
}
OURS: Final = {
    "backend.calls._COLUMNS": "the backend's commands are known without a server",
    "pki.pki._COLUMNS": "a PKI is a directory; tests/cli/pki lists one",
}
"""Tables that no operation answers."""


def tables() -> Iterator[tuple[str, Sequence[Column]]]:
    """Every tuple of columns of the terminal's modules."""
    for found in pkgutil.walk_packages(voltyard.cli.__path__, "voltyard.cli."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if isinstance(value, tuple) and value and all(isinstance(one, Column) for one in value):
                yield f"{found.name.removeprefix('voltyard.cli.')}.{name}", value


TABLES: Final = dict(tables())


class Row(dict[str, Any]):
    """A row with all fields of its schema, and no others."""

    def get(self, name: str, default: Any = None) -> Any:
        """Ask for a field; KeyError where the schema has none."""
        return self[name]


class Open(dict[str, Any]):
    """An object whose fields the schema leaves open."""

    def __missing__(self, name: str) -> str:
        return "text"


def rows_of(operation: str, field: str) -> list[Any]:
    """A row of the schema of an operation's answer; where that leaves the fields open, its
    example's."""
    ((answer, _),) = [
        (one["responses"], path)
        for path, methods in description()["paths"].items()
        for one in methods.values()
        if one.get("operationId") == operation
    ]
    content = next(answer[code] for code in ("200", "202") if code in answer)["content"]
    body = content["application/json"]
    rows = sample(body["schema"])[field]
    return list(rows if rows[0] else [Row(one) for one in body["example"][field]])


def sample(schema: Mapping[str, Any]) -> Any:
    """A value of a schema, with all its fields."""
    if "$ref" in schema:
        return sample(description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return sample(next(one for one in schema[union] if one.get("type") != "null"))
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "object")
    match kinds if isinstance(kinds, str) else kinds[0]:
        case "object":
            fields = {name: sample(one) for name, one in schema.get("properties", {}).items()}
            return Row(fields) if fields else Open()
        case "array":
            return [sample(schema["items"])]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
    return "text"


def test_every_table_has_a_source() -> None:
    assert TABLES.keys() == SOURCES.keys() | OURS.keys()


@pytest.mark.parametrize("name", SOURCES)
def test_every_column_is_of_a_field_of_the_answer(name: str) -> None:
    source = SOURCES[name]

    for row in rows_of(source.operation, source.rows):
        row.update(source.added)
        for column in TABLES[name]:
            assert isinstance(column.value(row), str)


def test_the_rows_of_top_are_of_fields_of_the_answer() -> None:
    for row in rows_of("list_chargers", "data"):
        assert all(isinstance(text, str) for text in cells(Row(row, location="Harbour")))


def test_a_column_of_no_field_is_found() -> None:
    (row,) = rows_of("list_chargers", "data")

    for wrong in (Column("nmae"), Column("x", "state.nmae"), Column("x", lambda one: one["nmae"])):
        with pytest.raises(KeyError, match="nmae"):
            wrong.value(row)
