"""`voltyard doctor` on PostgreSQL: its database is asked, and what is stored there is looked at."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from tests.storage.bench import charger
from voltyard.cli.main import app
from voltyard.kernel import ids
from voltyard.storage.csms.backend_records import csms_journal
from voltyard.storage.database.database import Database

SECRET = "correct-horse"


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Of the environment; ports that others have on this machine are none of the test's."""
    monkeypatch.setenv("VOLTYARD_PORT", "0")
    monkeypatch.setenv("VOLTYARD_OCPP_PORT", "0")
    return monkeypatch


def found(variables: pytest.MonkeyPatch, url: str, *arguments: str) -> tuple[int, list[Any]]:
    """The exit code, and what was found."""
    variables.setenv("VOLTYARD_DATABASE_URL", url)
    ended = CliRunner().invoke(app, ["doctor", "--json", *arguments])
    return ended.exit_code, json.loads(ended.output)["found"]


@pytest.fixture
def stranger(empty_postgres: str) -> Iterator[str]:
    """The URL of a database for a role that it does not let in."""
    role, name = f"stranger_{ids.token(ids.SYSTEM, 8)}", empty_postgres.rpartition("/")[2]
    database, quoted = sql.Identifier(name), sql.Identifier(role)
    with psycopg.connect(empty_postgres, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN").format(quoted))
        owner.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(database))
        try:
            yield empty_postgres.replace("//postgres@", f"//{role}:{SECRET}@")
        finally:
            owner.execute(sql.SQL("DROP ROLE {}").format(quoted))


@pytest.mark.service
@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg"])
def test_a_database_that_answers_is_well(
    variables: pytest.MonkeyPatch, postgres_url: str, driver: str
) -> None:
    url = postgres_url.replace("postgresql", driver, 1)

    assert found(variables, url) == (0, [])


@pytest.mark.service
async def test_chargers_without_passwords_are_counted_there(
    variables: pytest.MonkeyPatch, postgres_url: str
) -> None:
    database = await Database.open(postgres_url)
    csms_journal(database).write((charger(1), charger(2)))
    await database.close()

    code, told = found(variables, postgres_url, "--host", "0.0.0.0")

    assert code == 1
    assert any("2 registered chargers are of security profile 0" in one["what"] for one in told)


@pytest.mark.service
def test_a_database_that_is_not_there_is_found(
    variables: pytest.MonkeyPatch, postgres_url: str
) -> None:
    code, (told,) = found(variables, f"{postgres_url}_that_is_not")

    assert code == 1
    assert "the database does not answer" in told["what"]
    assert "does not exist" in told["what"]
    assert "VOLTYARD_DATABASE_URL" in told["to_do"]


@pytest.mark.service
def test_a_database_that_refuses_is_found(variables: pytest.MonkeyPatch, stranger: str) -> None:
    code, (told,) = found(variables, stranger)

    assert code == 1
    assert "permission denied for database" in told["what"]
    assert SECRET not in str(told)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://yard:{SECRET}@{SECRET}@127.0.0.1:5432/yard",
        f"postgresql://yard:{SECRET}@127.0.0.1:port/yard",
        f"mysql://yard:{SECRET}@127.0.0.1/yard",
        f"postgresql:/yard:{SECRET}",
    ],
)
def test_a_url_that_is_none_is_found_and_its_password_is_not_told(
    variables: pytest.MonkeyPatch, url: str
) -> None:
    code, told = found(variables, url)

    assert code == 1
    assert "database" in told[0]["what"]
    assert SECRET not in str(told)
