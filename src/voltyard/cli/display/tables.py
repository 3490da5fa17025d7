"""Tables: with colours and a header on a terminal, tab-separated lines anywhere else."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from voltyard.cli.display.printable import cell, fields
from voltyard.cli.output import is_terminal, tell

if TYPE_CHECKING:
    from rich.console import Console

_GOOD = {"Available", "Accepted", "READY", "accepted", "active", "completed", "online", "succeeded"}
_BUSY = {"Charging", "Preparing", "Finishing", "Occupied", "SuspendedEV", "SuspendedEVSE"} | {
    *("in_progress", "queued", "delivered", "PROVISIONING"),
}
_BAD = {"Faulted", "FAILED", "failed", "offline", "Rejected", "Blocked", "expired", "invalid"}


class Column(NamedTuple):
    """A column: its title, and the value of a row by a field's name (`a.b` is b within a) or by a
    function."""

    title: str
    of: str | Callable[[Mapping[str, Any]], Any] = ""

    def value(self, row: Mapping[str, Any]) -> str:
        """The text of its cell."""
        if callable(self.of):
            return cell(self.of(row))
        found: Any = row
        for name in (self.of or self.title).split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return cell(found)


def print_table(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows."""
    cells = [[column.value(row) for column in columns] for row in rows]
    if not is_terminal():
        sys.stdout.writelines("\t".join(row) + "\n" for row in cells)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.title, overflow="fold")
    for row in cells:
        table.add_row(*(Text(text, style=style_of(text)) for text in row))
    console().print(table)


def print_line(columns: Sequence[Column], row: Mapping[str, Any]) -> None:
    """Print one row of many that come one by one."""
    cells = [column.value(row) for column in columns]
    if not is_terminal():
        tell("\t".join(cells))
        return
    from rich.text import Text

    line = Text("  ").join(Text(text, style=style_of(text)) for text in cells if text)
    console().print(line, soft_wrap=True)


def print_record(record: Mapping[str, Any]) -> None:
    """Print the fields of one thing, a line each."""
    lines = fields(record)
    if not is_terminal():
        sys.stdout.writelines(f"{name}\t{value}\n" for name, value in lines)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, value in lines:
        table.add_row(Text(name, style="dim"), Text(value, style=style_of(value)))
    console().print(table)


def console() -> "Console":
    """Standard output as rich writes to it: no markup, no guesses at what is a number."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)


def style_of(text: str) -> str:
    """The colour of a status; none of what is no status."""
    if text in _GOOD:
        return "green"
    if text in _BUSY:
        return "cyan"
    return "red" if text in _BAD else ""
