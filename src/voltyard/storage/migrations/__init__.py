"""Bringing a database to the present schema when it is opened.

Alembic is imported only when there is something to do: it costs a tenth of a start.
"""

from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from voltyard.kernel.errors import Unavailable

HEAD = "0016"
"""The newest revision in `versions`; a test compares."""


class UnknownSchema(Unavailable):
    """The database was written by a newer version of the program."""

    code = "unknown_schema"
    hint = "start the version that wrote it, or another data directory"


def migrate(engine: Engine) -> None:
    """Bring the database to HEAD; nothing happens where it is there already."""
    with engine.connect() as connection:
        present = revision(connection)
    if present != HEAD:
        _upgrade(engine)


def revision(connection: Connection) -> str | None:
    """The revision a database is at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def is_newer(revision: str) -> bool:
    """True where a newer version of the program has made it; revisions are numbered upwards."""
    return revision > HEAD


def check_present(revision: str | None) -> None:
    """Unavailable where a database, at that revision, is not at HEAD: for those who do not migrate
    it."""
    if revision is None:
        raise Unavailable(
            "the database has nothing of a server in it", hint="start the server first"
        )
    if is_newer(revision):
        raise UnknownSchema(
            f"the database is of a newer version: its schema is {revision}, and this version knows "
            f"up to {HEAD}",
            hint="start the version that its server is of",
        )
    if revision != HEAD:
        raise Unavailable(
            f"the database is of an older version: its schema is {revision}, and not {HEAD}",
            hint="start the server of this version first",
        )


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.util.exc import CommandError

    with engine.begin() as connection:
        try:
            command.upgrade(configuration(connection), HEAD)
        except CommandError as error:
            raise UnknownSchema(f"the database's schema is not known: {error}") from error


def configuration(connection: Connection | None = None) -> Any:
    """Alembic's configuration, without a file."""
    from alembic.config import Config

    configured = Config()
    configured.set_main_option("script_location", "voltyard.storage:migrations")
    configured.attributes["connection"] = connection
    return configured
