"""`voltyard backup`: all that a server keeps, copied while it runs."""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.cli.options.data import DataOption, end_in_order, server_data, size

if TYPE_CHECKING:
    from voltyard.storage.backups.manifest import Manifest


def backup(
    to: Annotated[
        Path | None,
        typer.Argument(
            help="A directory that is not there yet. [voltyard-backup-<time> here]",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    is_json: JsonOption = False,
) -> None:
    """Back up all that a server keeps, also while it runs.

    In it is whatever was answered before it began: the database, the notes of workflows, files
    that chargers uploaded and firmware, and the keys the server has made. It is as secret as the
    data directory, and only its owner can read it. Settings of the environment, and the PEM files
    they name, are not in it. The directory has its name once the backup is whole.

    VOLTYARD_DATA and VOLTYARD_DATABASE_URL are those of the server. PostgreSQL is dumped by
    pg_dump, which must be on PATH, of the server's version or newer.

    The exit code is 0 where the backup is whole, 1 where files of the server were damaged already
    and are in it as they were, 2 where there is none.

    For example: voltyard backup /backups/monday --data data
    """
    from voltyard.storage.backups.making import make

    end_in_order()
    os.umask(0o077)
    to = to or Path(f"voltyard-backup-{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}")
    made = make(server_data(data), to, time.time)
    _tell(to, made, is_json=is_json)
    sys.exit(1 if made.damaged else 0)


def _tell(to: Path, made: "Manifest", *, is_json: bool) -> None:
    size_bytes = sum(part.size for part in made.parts)
    if is_json:
        print_document(
            {
                "backup": str(to),
                "began": made.moment,
                "schema": made.schema,
                "database": made.database.kind,
                "size_bytes": size_bytes,
                "files": len(made.parts),
                "damaged": made.damaged,
            }
        )
    else:
        print(f"backup    {to}")
        print(f"began     {made.moment}: what was answered before is in it")
        print(f"schema    {made.schema}, {made.database.kind}")
        print(f"size      {size(size_bytes)} in {len(made.parts)} files")
        for wrong in made.damaged:
            print(f"damaged   {wrong}", file=sys.stderr)
