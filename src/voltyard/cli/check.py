"""`voltyard check`: whether a server's data, or a backup, is whole."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.cli.options.data import DataOption, server_data


def check(
    backup: Annotated[
        Path | None,
        typer.Argument(help="A backup to look at, instead of a server's data.", show_default=False),
    ] = None,
    data: DataOption = None,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept",
            help="Take an SQLite file that was copied without its log as it is from now on.",
        ),
    ] = False,
    is_json: JsonOption = False,
) -> None:
    """Check that a server's data, or a backup, are intact.

    The server may be running. All of it is read: the database by its own means, the rows by what
    has to be true of them, and every file that has a row. What is wrong is said in a line each,
    with what to do.

    The exit code is 0 where all is whole, 1 where something is wrong, 2 where there is nothing to
    look at or it cannot be reached.

    For example: voltyard check --data data
    """
    from voltyard.storage.backups import checking

    if backup is not None:
        findings, what = checking.check_backup(backup), str(backup)
    else:
        where = server_data(data)
        if accept:
            checking.accept(where)
        findings, what = checking.check(where), where.name
    if is_json:
        found = [{"what": one.what, "to_do": one.to_do} for one in findings]
        print_document({"checked": what, "found": found})
        sys.exit(1 if found else 0)
    is_whole = True
    for finding in findings:
        is_whole = False
        print(f"{finding.what}\n  {finding.to_do}")
    if is_whole:
        print(f"{what}: all is whole")
    sys.exit(0 if is_whole else 1)
