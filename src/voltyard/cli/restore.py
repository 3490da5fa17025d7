"""`voltyard restore`: a backup, in the place of a server's data."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.cli.options.data import DataOption, end_in_order, server_data


def restore(
    backup: Annotated[Path, typer.Argument(help="The directory that `voltyard backup` made.")],
    data: DataOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the data that are there. They are lost.")
    ] = False,
    is_json: JsonOption = False,
) -> None:
    """Restore a backup, for a server to be started on it.

    The backup is looked at first, and nothing is changed where it is damaged, of a newer version,
    or of another kind of database; nor while a server uses the data directory or the database, nor
    where there is something in them, unless with --force. A restore that is killed half-way keeps
    servers from starting until it is run again.

    VOLTYARD_DATA and VOLTYARD_DATABASE_URL are those of the server to come. PostgreSQL is restored
    by pg_restore, which must be on PATH.

    For example: voltyard restore /backups/monday --data data
    """
    from voltyard.storage.audit_log import note_offline
    from voltyard.storage.backups.restoring import restore as put_back

    end_in_order()
    os.umask(0o077)
    where = server_data(data)
    manifest = put_back(backup, where, force=force)
    note_offline(where.data, "voltyard restore", {"backup": str(backup.absolute())}, time.time())
    if is_json:
        print_document(
            {
                "restored": where.name,
                "as_of": manifest.moment,
                "schema": manifest.schema,
                "damaged": manifest.damaged,
            }
        )
        return
    print(f"restored  {where.name}")
    print(f"as of     {manifest.moment}, schema {manifest.schema}")
    print("next      voltyard up")
    for wrong in manifest.damaged:
        print(f"damaged   {wrong}, as it was at the server", file=sys.stderr)
