"""JSON Schema of scenarios, made of the form: editors complete and check by it."""

from typing import Any, Final

import msgspec

from voltyard.scenarios.form.form import VERBS, Scenario

ADDRESS: Final = (
    "https://raw.githubusercontent.com/voltyard/voltyard/main/docs/reference/scenario.schema.json"
)
COMMENT: Final = f"# yaml-language-server: $schema={ADDRESS}\n"
"""The first line of a file, by which editors find the schema."""
_OCCURRENCES: Final = ("frame", "event", "status", "state", "transaction")


def scenario_schema() -> dict[str, Any]:
    """The schema of a file."""
    [root], parts = msgspec.json.schema_components([Scenario], ref_template="#/$defs/{name}")
    parts["ScenarioStep"]["oneOf"] = [{"required": [verb]} for verb in VERBS]
    for name in ("Condition", "Occurrence"):
        parts[name]["oneOf"] = [{"required": [one]} for one in _OCCURRENCES]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ADDRESS,
        "title": "A scenario of voltyard run",
        **root,
        "$defs": parts,
    }
