"""`voltyard doctor`: what it finds in the database."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from voltyard.cli.stored_doors import of_stored
from voltyard.config.config import Config
from voltyard.storage.database.database import FILE_NAME, Database
from voltyard.storage.schema.csms import chargers
from voltyard.storage.schema.organizations import organizations


def told(data: Path, **settings: Any) -> str:
    return "\n".join(one.what for one in of_stored(Config(data=data, **settings)))


async def store(data: Path, *rows: Any) -> None:
    database = await Database.open(data)
    for row in rows:
        await database.write(lambda connection, row=row: connection.execute(row))
    await database.close()


def charger(number: int, **fields: Any) -> Any:
    about = {"security_profile": 0, "allow_concurrent_transactions": True, "registration": "none"}
    names = {"id": f"chg_{number}", "charge_box_id": f"CP{number}", "organization_id": "org_a"}
    return insert(chargers).values(registered_at=0.0, **names, **about | fields)


def organization(name: str) -> Any:
    return insert(organizations).values(id=f"org_{name}", name=name, created_at=0.0)


async def test_chargers_that_anybody_can_be_are_counted_beyond_loopback(tmp_path: Path) -> None:
    await store(
        tmp_path,
        charger(1),
        charger(2),
        charger(3, password_hash="x"),
        charger(4, security_profile=3),
        charger(5, deleted_at=1.0),
    )

    assert told(tmp_path) == ""
    assert told(tmp_path, host="0.0.0.0").startswith("2 registered chargers are of security")


@pytest.mark.parametrize("recorded_only", [False, True])
async def test_roots_that_organizations_share_are_told_of(
    tmp_path: Path, recorded_only: bool
) -> None:
    roots = {"ocpp_client_ca": Path("ca.pem"), "ocpp_client_recorded_only": recorded_only}
    await store(tmp_path, organization("a"))
    before = told(tmp_path, **roots)

    await store(tmp_path, organization("b"))

    assert "share the roots in ca.pem" not in before
    assert ("share the roots in ca.pem" in told(tmp_path, **roots)) is not recorded_only
    assert told(tmp_path) == ""


def test_a_database_that_is_none_is_passed_over(tmp_path: Path) -> None:
    assert told(tmp_path / "absent", host="0.0.0.0") == ""

    (tmp_path / FILE_NAME).write_text("no database at all")

    assert told(tmp_path, host="0.0.0.0") == ""
