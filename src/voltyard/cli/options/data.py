"""Options for a server's data, of the commands that work beside it."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from voltyard.config.environment import from_environment

if TYPE_CHECKING:
    from voltyard.storage.backups.server_data import ServerData

DataOption: TypeAlias = Annotated[
    Path | None, typer.Option(help="The server's data directory. [VOLTYARD_DATA, else data]")
]


def server_data(data: Path | None) -> "ServerData":
    """The data that the server's own settings name."""
    from voltyard.storage.backups.server_data import ServerData

    config = from_environment(os.environ, data=data)
    return ServerData.of(config.data, config.database_url)


def end_in_order() -> None:
    """Have SIGTERM end the command as Ctrl-C does: what it has begun is taken back."""

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)


def size(count_bytes: int) -> str:
    """For people."""
    amount, units = float(count_bytes), ["TB", "GB", "MB", "kB", "bytes"]
    while amount >= 1_000 and len(units) > 1:
        amount, _ = amount / 1_000, units.pop()
    return f"{amount:.0f} {units[-1]}" if units[-1] == "bytes" else f"{amount:.1f} {units[-1]}"
