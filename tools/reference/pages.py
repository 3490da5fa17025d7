"""Pages of the reference: each a heading for each thing of its kind."""

import ast
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, get_args

import faults_tables
from generated_blocks import ROOT, table
from reference import terminal_page
from reference.error_guide import OF_COMMANDS, OF_HTTP, Guide
from reference.fields import fields_table, resolved
from reference.rule_guide import rule_texts
from reference.specimens import specimen
from voltyard.api.metrics import backend_metrics, server_metrics, yard_metrics
from voltyard.catalogue.commands.commands import COMMANDS
from voltyard.catalogue.commands.declaration import asked_by, event_type_of
from voltyard.catalogue.faults import FAULTS, FaultType
from voltyard.catalogue.quirks.quirk import Parameter, Quirk
from voltyard.catalogue.quirks.table import QUIRKS
from voltyard.csms.commands import commands as backend
from voltyard.csms.commands.declaration import documentation
from voltyard.csms.events import BackendEvent
from voltyard.yard.events.event_types import EVENT_TYPES

FOLDER: Final = ROOT / "docs" / "reference"
_NOTE: Final = "<!-- Written by tools/reference; edits are overwritten. -->"
_DESCRIPTION: Final[Mapping[str, Any]] = json.loads((ROOT / "openapi.json").read_text())

_EFFECTS: Final = {
    "stops": "The connector becomes Faulted, and its transaction ends.",
    "suspends": "No energy flows while it lasts (SuspendedEVSE); the transaction goes on.",
    "warns": "It is reported; nothing else changes.",
}


def charger_commands() -> str:
    """Commands of a simulated charger."""
    parts = []
    for command in COMMANDS:
        if (rest := asked_by(command)) is None:
            continue
        path = f"/ocpp/commands/{rest.path}"
        parts.append(
            f"## `{rest.path}`\n\n{rest.summary}. `POST {path}`, called `{event_type_of(command)}` "
            f"in the list of commands.\n\n{_operation('post', path, 'event')}"
        )
    return _page(
        "Commands of simulated chargers",
        'A body is `{"target": ..., "event": ...}`. The target is one charger (`charger_id`: '
        "an id or an identity) or all chargers of a location (`location_id`). The tables list the "
        "fields of `event`. [The gateway, by task](../gateway.md#commands) shows how commands are "
        "queued and answered.",
        parts,
    )


def backend_commands() -> str:
    """Commands of the backend to a charger."""
    parts = []
    for command in backend.COMMANDS:
        if (operation := command.operation) is None:
            continue
        tag = str(command.__struct_config__.tag)
        route = operation.path or tag
        path = f"/api/v1/chargers/{{chargeBoxId}}/{route}"
        parts.append(
            f"## `{operation.method} {route}`\n\n{documentation(command).summary}. Called `{tag}` "
            f"in the history of commands.\n\n{_operation(operation.method.lower(), path)}"
        )
    return _page(
        "Commands of the backend",
        "Paths are below `/api/v1/chargers/{chargeBoxId}/`. With `async=true` the answer is 202 "
        "at once. [The backend, by task](../backend.md#commands) shows what is answered "
        "and what comes later.",
        parts,
    )


def _operation(method: str, path: str, part: str = "") -> str:
    """Description, fields and example of an operation; `part` names a field of its body."""
    operation = _DESCRIPTION["paths"][path][method]
    told = [" ".join(operation.get("description", "").split())]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is not None:
        schema = resolved(_DESCRIPTION, content["schema"])
        schema = next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)
        if part:
            schema = resolved(_DESCRIPTION, schema)["properties"][part]
        told.append(fields_table(_DESCRIPTION, schema))
        if "example" in content:
            told.append(_json(content["example"]))
    else:
        queries = [
            (f"`{one['name']}`", " ".join(one.get("description", "").split()))
            for one in operation.get("parameters", ())
            if one["in"] == "query" and one["name"] != "async"
        ]
        told.append(table(("query parameter", "what it is"), queries) if queries else "")
    return "\n\n".join(one for one in told if one)


def yard_events() -> str:
    """Events of the yard."""
    parts = []
    for name, event in EVENT_TYPES.items():
        unkept = "" if event.stored else " Not stored, and without an id."
        example = f"\n\n{_json(event.example)}" if event.example else ""
        parts.append(f"## `{name}`\n\n{event.says}{unkept}{example}")
    return _page(
        "Events of the yard",
        "What happens to simulated chargers. Listed at `GET /ocpp/events`, streamed at `GET "
        "/ocpp/events/stream`. Each entry shows an example of the event's `data`. "
        "[Events](../gateway.md#events) shows how to follow them.",
        parts,
    )


def backend_events() -> str:
    """Events of the backend."""
    parts = []
    for event in get_args(BackendEvent):
        fields = [f"`{name}`" for name in specimen(event).data()]
        about = " ".join(inspect.cleandoc(event.__doc__ or "").split())
        held = f"\n\nFields of `data`: {', '.join(fields)}." if fields else ""
        parts.append(f"## `{event.name}`\n\n{about}{held}")
    return _page(
        "Events of the backend",
        "What happens at the backend. Listed at `GET /api/v1/events`, streamed at `GET "
        "/api/v1/events/stream`, and sent to webhooks that ask for them. "
        "[Events and webhooks](../backend.md#events-and-webhooks) shows how.",
        sorted(parts),
    )


def errors() -> str:
    """Codes of errors."""
    return _page(
        "Errors",
        'Under `/api/v1` an error is `{"success": false, "error": {"code", "message", '
        '"details", "request_id"}}`. Under `/ocpp` it is `{"detail": ...}`: a text, or a list of '
        "the fields at fault; the HTTP status tells them apart. The log of the server has the "
        "same `request_id`.",
        [
            "## Answers\n\nThe code, and the HTTP status it comes with.",
            *(_error(one) for one in OF_HTTP),
            "## Failed commands\n\nThe code in `error.code` of a command, a provisioning or a "
            "bulk creation that failed.",
            *(_error(one) for one in OF_COMMANDS),
        ],
    )


def _error(one: Guide) -> str:
    status = f" (HTTP {one.status})" if one.status else ""
    return f"### `{one.code}`\n\n{one.meaning}{status}\n\nWhat to do: {one.advice}"


def faults() -> str:
    """Hardware faults."""
    return _page(
        "Faults",
        "What can break at a simulated charger. `POST /ocpp/commands/inject-fault` breaks it, "
        "`clear-fault` repairs it ([Faults](../gateway.md#faults)). The spelling of a name does "
        "not matter: case, spaces and signs are ignored.",
        [_fault(one) for one in FAULTS.values()],
    )


def _fault(one: FaultType) -> str:
    rows = [
        ("OCPP 1.6", f"errorCode `{one.error_code}`"),
        ("OCPP 2.0.1", f"component `{one.component}`, variable `{one.variable}`"),
        ("effect", f"{one.effect}: {_EFFECTS[one.effect]}"),
    ]
    if one.effect == "stops":
        rows.append(("stop reason", f"`{one.stop_reason_16}` in 1.6, `{one.stop_reason}` in 2.0.1"))
    if one.other_names:
        rows.append(("other names", ", ".join(one.other_names)))
    return f"## `{one.name}`\n\n{one.description}\n\n{table(('', ''), rows)}"


def quirks() -> str:
    """Quirks and personalities."""
    return _page(
        "Quirks",
        "Misbehaviours of chargers in the field, each with its sources. `PUT "
        "/ocpp/chargers/{charger_id}/quirks` switches them on ([Faults](../faults.md#quirks)). "
        "`probability` and `schedule` work for all of them. A test shows what each does to the "
        "wire.",
        [_quirk(one) for one in QUIRKS],
    )


def _quirk(one: Quirk) -> str:
    rows = [
        (f"`{parameter.name}`", _shown(parameter.default), _about(parameter))
        for parameter in one.parameters
    ]
    parameters = f"\n\n{table(('parameter', 'default', 'what it is'), rows)}" if rows else ""
    versions = f" OCPP {one.versions[0]} only." if len(one.versions) == 1 else ""
    seen = ", ".join(faults_tables.source_link(source) for source in one.sources)
    return (
        f"## `{one.name}`\n\n{one.id}, {one.where}. {one.about}{versions}{parameters}"
        f"\n\nSeen by: {seen}."
    )


def _about(parameter: Parameter) -> str:
    choices = ", ".join(f"`{one}`" for one in parameter.choices)
    return f"{parameter.about} One of {choices}." if choices else parameter.about


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`" if value != "" else ""


def rules() -> str:
    """Rules that a frame or a payload may break."""
    parts = [f"## `{key}`\n\n{text}" for key, text in rule_texts().items()]
    return _page(
        "Rules and violations",
        "The `kind` of a violation, as `/violations` counts them, and the `rule` of an answer "
        "that a charger refused. `strict` validation answers a violation with the CALLERROR "
        "below; `lenient` takes the message where its meaning is beyond doubt, and records the "
        "violation ([The message log](../backend.md#the-message-log)). A "
        "[trace](../trace.md) shows them at their frames; those without a CALLERROR are of the "
        "conversation, and found in traces alone.",
        parts,
    )


def metric_pages() -> str:
    """Prometheus metrics."""
    parts = [
        f"## `voltyard_{name}`\n\n{about} {kind.capitalize()}{_labelled(labels)}."
        for name, kind, about, labels in sorted(_families())
    ]
    return _page(
        "Metrics",
        "`GET /metrics` has them in the text format of Prometheus, for a key with the scope "
        "`admin`, beside the usual figures of the process (`process_...`). There are as many "
        "series however many chargers there are. [Watching it](../monitoring.md) has dashboards "
        "and alerts made of them.",
        parts,
    )


def _families() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Name, kind, help and labels of each, as the source writes them."""
    kinds = {
        "gauge": "gauge",
        "gauges": "gauge",
        "counter": "counter",
        "counters": "counter",
        "histogram": "histogram",
    }
    for module in (backend_metrics, server_metrics, yard_metrics):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in kinds:
                continue
            function = getattr(node.func, "id", "")
            name, about = (ast.literal_eval(one) for one in node.args[:2])
            labels = ast.literal_eval(node.args[2]) if function.endswith("s") else ()
            total = "_total" if kinds[function] == "counter" else ""
            yield f"{name}{total}", kinds[function], about, labels


def _labelled(labels: tuple[str, ...]) -> str:
    return f", by {' and '.join(f'`{one}`' for one in labels)}" if labels else ""


def terminal() -> str:
    """Commands of the terminal."""
    return _page(terminal_page.TITLE, terminal_page.ABOUT, terminal_page.terminal_parts())


def _page(title: str, about: str, parts: Iterable[str]) -> str:
    return "\n\n".join((f"# {title}", _NOTE, about, *parts)) + "\n"


def _json(value: object) -> str:
    return f"```json\n{json.dumps(value, indent=2)}\n```"


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "charger-commands": charger_commands,
    "backend-commands": backend_commands,
    "yard-events": yard_events,
    "backend-events": backend_events,
    "errors": errors,
    "faults": faults,
    "quirks": quirks,
    "rules": rules,
    "metrics": metric_pages,
    "terminal": terminal,
}
