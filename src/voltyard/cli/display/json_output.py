"""Output in JSON: the option for it, and the one document that a command prints."""

from typing import Annotated, Any, TypeAlias

import typer

from voltyard.cli.display.printable import json_text
from voltyard.cli.output import is_terminal, tell

JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def print_document(value: Any) -> None:
    """Print one JSON document: indented on a terminal, on one line elsewhere."""
    tell(json_text(value, indent=2 if is_terminal() else None))
