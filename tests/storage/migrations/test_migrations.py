"""The migrations lead to exactly the tables the code speaks of."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from voltyard.storage import migrations
from voltyard.storage.backups import postgres_dumps
from voltyard.storage.database.database import Database
from voltyard.storage.schema import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def empty(request: pytest.FixtureRequest) -> str | Path:
    """Where no database is yet, or nothing is in it."""
    name = {"sqlite": "tmp_path", "postgresql": "empty_postgres"}[request.param]
    found: str | Path = request.getfixturevalue(name)
    return found


async def test_a_migrated_database_has_the_tables_of_the_schema(database: Database) -> None:
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert await database.read(differences) == []


def test_the_named_head_is_the_newest_revision() -> None:
    scripts = ScriptDirectory.from_config(migrations.configuration())

    assert scripts.get_current_head() == migrations.HEAD


async def test_a_second_opening_migrates_nothing(empty: str | Path) -> None:
    first = await Database.open(empty)
    assert await first.read(migrations.revision) == migrations.HEAD
    await first.close()

    second = await Database.open(empty)

    assert await second.read(migrations.revision) == migrations.HEAD
    await second.close()


async def test_a_database_of_a_newer_version_is_refused(empty: str | Path) -> None:
    database = await Database.open(empty)
    await database.write(
        lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    await database.close()

    with pytest.raises(migrations.UnknownSchema):
        await Database.open(empty)


def test_a_backup_takes_every_table_that_any_revision_has_made() -> None:
    scripts = Path(migrations.__file__).parent / "versions"
    made = {
        name
        for script in scripts.glob("*.py")
        for name in re.findall(r'create_table\(\s*"(\w+)"', script.read_text())
    }

    assert "lab_days" in made
    assert made <= postgres_dumps.TABLES
