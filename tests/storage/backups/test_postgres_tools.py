"""pg_dump and pg_restore, as they are found and told; programs of the tests' own stand in."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from voltyard.kernel.errors import Unavailable
from voltyard.storage.backups.postgres_tools import PostgresTool

URL = make_url("postgresql+psycopg://someone:s3cret@db.example/one?sslmode=require&options=-cx%3D1")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first directory on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def program(programs: Path, body: str, version: str = "pg_dump (PostgreSQL) 16.4 (Debian)") -> None:
    text = f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{version}"; exit; fi\n{body}\n'
    (programs / "pg_dump").write_text(text)
    (programs / "pg_dump").chmod(0o755)


def test_it_is_told_where_the_database_is_and_the_password_where_nobody_sees_it(
    programs: Path,
) -> None:
    program(programs, f'echo "$@" > {programs}/told; echo "$PGPASSWORD" > {programs}/password')

    PostgresTool("pg_dump", 16).run(URL, ["--file=one.dump"])

    told = (programs / "told").read_text()
    assert (programs / "password").read_text() == "s3cret\n"
    assert "s3cret" not in told
    for part in ("host=db.example", "user=someone", "dbname=one", "sslmode=require", "-cx=1"):
        assert part in told
    assert told.endswith("--no-password --file=one.dump\n")


def test_what_it_fails_with_is_said_in_a_line(programs: Path) -> None:
    said = (
        'echo "pg_dump: warning: of no account" >&2;'
        'echo "pg_dump: error: connection failed: no such host" >&2; exit 1'
    )
    program(programs, said)

    with pytest.raises(Unavailable) as refused:
        PostgresTool("pg_dump", 16).run(URL, [])
    assert refused.value.message == "pg_dump failed: connection failed: no such host"
    assert "VOLTYARD_DATABASE_URL" in refused.value.advice


def test_a_full_disk_is_told_from_a_server_that_is_away(programs: Path) -> None:
    program(programs, 'echo "pg_dump: error: could not write: No space left on device" >&2; exit 1')

    with pytest.raises(Unavailable, match="has the disk room"):
        PostgresTool("pg_dump", 16).run(URL, [])


@pytest.mark.parametrize("version", ["", "something else 3", "pg_dump (PostgreSQL) devel"])
def test_one_that_does_not_tell_its_version_is_refused(programs: Path, version: str) -> None:
    program(programs, "", version)

    with pytest.raises(Unavailable, match="does not tell its version"):
        PostgresTool("pg_dump", 16)


def test_an_older_one_is_refused_and_a_newer_one_is_not(programs: Path) -> None:
    program(programs, "")
    found = PostgresTool("pg_dump", 17)

    found.check(16, "the server is")
    with pytest.raises(Unavailable, match="of PostgreSQL 16, the server is of 17") as refused:
        found.check(17, "the server is")
    assert "postgresql-client-17" in refused.value.advice
