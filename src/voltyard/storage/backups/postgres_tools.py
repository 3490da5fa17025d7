"""PostgreSQL's own pg_dump and pg_restore, found on PATH."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import URL, Connection

from voltyard.kernel.errors import Unavailable

_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_INSTALL: Final = "install PostgreSQL's client programs (postgresql-client-{}), or put them on PATH"
_SAID_CHARS: Final = 500


class PostgresTool:
    """One of PostgreSQL's client programs. Unavailable where it is not there."""

    def __init__(self, name: str, server_major: int) -> None:
        """`server_major`: for the hint, which version to install."""
        self.name = name
        found = shutil.which(name)
        if found is None:
            raise Unavailable(f"{name} is not on PATH", hint=_INSTALL.format(server_major))
        self._path = found
        self.major = self._major(server_major)

    def check(self, least: int, what: str) -> None:
        """Unavailable where it is of an older major version than `what`."""
        if self.major < least:
            raise Unavailable(
                f"{self.name} on PATH is of PostgreSQL {self.major}, {what} of {least}",
                hint=_INSTALL.format(least),
            )

    def run(self, url: URL, arguments: Sequence[str]) -> None:
        """Run it on a database. Unavailable where it fails, with what it said."""
        connection, environment = _connection(url)
        ended = subprocess.run(
            [self._path, f"--dbname={connection}", "--no-password", *arguments],
            env={**os.environ, **environment, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if ended.returncode:
            raise Unavailable(
                f"{self.name} failed: {_said(ended.stderr)}", hint=_hint(ended.stderr)
            )

    def _major(self, server_major: int) -> int:
        try:
            ended = subprocess.run(
                [self._path, "--version"], capture_output=True, text=True, check=False
            )
            said = ended.stdout
        except OSError as error:
            said = os.strerror(error.errno or 0)
        found = _VERSION.search(said)
        if found is None:
            raise Unavailable(
                f"{self._path} does not tell its version: {said.strip()[:_SAID_CHARS]}",
                hint=_INSTALL.format(server_major),
            )
        return int(found[1])


def server_major(connection: Connection) -> int:
    """The major version of the server."""
    driver: Any = connection.connection.driver_connection
    return int(driver.info.server_version) // 10_000


def _connection(url: URL) -> tuple[str, dict[str, str]]:
    """The arguments and environment of a connection by libpq: the password goes where other users
    cannot see it."""
    from psycopg.conninfo import make_conninfo  # an extra

    _, parameters = url.get_dialect()().create_connect_args(url)
    password = parameters.pop("password", None)
    return make_conninfo(**parameters), {"PGPASSWORD": password} if password else {}


def _said(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    telling = next((line for line in lines if "error:" in line), lines[0] if lines else "")
    return telling.partition("error:")[2].strip()[:_SAID_CHARS] or telling[:_SAID_CHARS]


def _hint(errors: str) -> str:
    if "No space left" in errors or "could not write" in errors:
        return "has the disk room?"
    return "is the server of VOLTYARD_DATABASE_URL there, and may its user do that?"
