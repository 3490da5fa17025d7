"""The migrations lead to exactly the tables the code speaks of."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from voltyard.storage import migrations
from voltyard.storage.database import FILE_NAME, Database
from voltyard.storage.schema import metadata


async def test_a_migrated_database_has_the_tables_of_the_schema(database: Database) -> None:
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert await database.read(differences) == []


def test_the_named_head_is_the_newest_revision() -> None:
    scripts = ScriptDirectory.from_config(migrations.configuration())

    assert scripts.get_current_head() == migrations.HEAD


async def test_a_second_opening_migrates_nothing(tmp_path: Path) -> None:
    await (await Database.open(tmp_path)).close()
    engine = create_engine(f"sqlite:///{tmp_path / FILE_NAME}")
    with engine.connect() as connection:
        assert migrations.revision(connection) == migrations.HEAD

    await (await Database.open(tmp_path)).close()


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    await (await Database.open(tmp_path)).close()
    engine = create_engine(f"sqlite:///{tmp_path / FILE_NAME}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(migrations.UnknownSchema):
        await Database.open(tmp_path)


def test_every_revision_can_be_undone(tmp_path: Path) -> None:
    from alembic import command

    engine = create_engine(f"sqlite:///{tmp_path / FILE_NAME}")
    migrations.migrate(engine)

    with engine.begin() as connection:
        command.downgrade(migrations.configuration(connection), "base")
        tables = connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'table'")
        ).all()

    assert tables == ["alembic_version"]
