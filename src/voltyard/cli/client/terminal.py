"""The terminal of a command that asks a server: what it asks, and how it prints the answer."""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from voltyard.cli.client.address import server_address
from voltyard.cli.client.answers import ServerRefusal
from voltyard.cli.client.api_client import ApiClient, Listed
from voltyard.cli.client.names import with_nearest
from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.cli.display.printable import json_text
from voltyard.cli.display.tables import Column, print_record, print_table
from voltyard.cli.output import quietly_written, tell
from voltyard.kernel.text.printable_text import printable

P = ParamSpec("P")

UrlOption = Annotated[
    str | None, typer.Option("--url", help="The server. [VOLTYARD_URL, else as logged in]")
]
OrganizationOption = Annotated[
    str | None,
    typer.Option("--organization", help="Act for another organization, with an admin's key."),
]


class Terminal:
    """A server to ask, and standard output, which gets JSON or what people read."""

    def __init__(self, api: ApiClient, *, is_json: bool) -> None:
        self.api = api
        self.is_json = is_json

    def rows(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> None:
        """Print a list: an array, or a table; people are told where it is cut short."""
        if self.is_json:
            self.document(list(rows))
            return
        print_table(columns, rows)
        if isinstance(rows, Listed) and rows.total > len(rows):
            self.note(f"{len(rows):,} of {rows.total:,}; --limit shows more")

    def listing(self, path: str, limit: int, columns: Sequence[Column], **query: Any) -> None:
        """Ask for a list, at most so many rows of it, and print it."""
        self.rows(self.api.listed(path, limit, **query), columns)

    def delete(self, path: str, name: str, said: str = "deleted") -> None:
        """Have something deleted, and print that it is."""
        answer = self.api.delete(path)
        self.done(answer or {"deleted": name}, f"{name}: {said}")

    def record(self, record: Mapping[str, Any]) -> None:
        """Print one thing."""
        if self.is_json:
            self.document(record)
        else:
            print_record(record)

    def done(self, document: Mapping[str, Any], sentence: str) -> None:
        """Print what came of a request: the document, or a sentence for people."""
        if self.is_json:
            self.document(document)
        else:
            tell(printable(sentence))

    def document(self, value: Any) -> None:
        """Print one JSON document."""
        print_document(value)

    def line(self, value: Any) -> None:
        """Print one JSON document of many, on a line of its own."""
        tell(json_text(value))

    def note(self, text: str) -> None:
        """A remark for people, on standard error."""
        if sys.stderr is not None:
            quietly_written(f"{printable(text)}\n")


def asking(
    app: typer.Typer, name: str | None = None, **settings: Any
) -> Callable[[Callable[Concatenate[Terminal, P], None]], Callable[P, None]]:
    """Decorator of a command that asks a server: it is handed a Terminal, and typed with --url,
    --organization and --json beside its own options. Others are as of `typer.Typer.command`."""

    def decorate(command: Callable[Concatenate[Terminal, P], None]) -> Callable[P, None]:
        return _asking(app, name, command, settings)

    return decorate


def _asking(
    app: typer.Typer,
    name: str | None,
    command: Callable[Concatenate[Terminal, P], None],
    settings: dict[str, Any],
) -> Callable[P, None]:
    @wraps(command)
    def typed(*given: Any, **named: Any) -> None:
        url, organization = named.pop("url"), named.pop("organization")
        is_json = named.pop("is_json")
        with ApiClient(server_address(url), organization) as api:
            try:
                command(Terminal(api, is_json=is_json), *given, **named)
            except ServerRefusal as error:
                raise with_nearest(api, error, named) from error

    own = list(inspect.signature(command).parameters.values())[1:]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option)
        for name, default, option in (
            ("url", None, UrlOption),
            ("organization", None, OrganizationOption),
            ("is_json", False, JsonOption),
        )
    ]
    signature = inspect.Signature([*own, *shared])
    setattr(typed, "__signature__", signature)  # noqa: B010 - typer reads it
    typed.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    app.command(name, **settings)(typed)
    return typed
