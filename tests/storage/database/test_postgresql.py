"""What is PostgreSQL's own: who holds a database, what becomes of lost connections, odd values."""

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text

from tests import postgres
from tests.storage import bench as rows
from voltyard.csms import records
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.storage.csms import history
from voltyard.storage.csms.backend_records import csms_journal
from voltyard.storage.database.database import Database
from voltyard.storage.leases.database_hold import HoldLost
from voltyard.storage.schema.leases import leases
from voltyard.storage.schema.organizations import organizations
from voltyard.storage.yard.yard_records import yard_journal, yard_repositories
from voltyard.testing.processes import free_port
from voltyard.yard.records import FrameLogged
from voltyard.yard.repositories import FrameQuery

pytestmark = pytest.mark.service

AT_COMMIT = """
CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER cut_at_commit AFTER INSERT ON organizations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.name = 'doomed') EXECUTE FUNCTION cut()
"""
"""Has the connection lost by whoever commits an organization of that name."""

HOLDING = """
import asyncio, sys
from voltyard.storage.database.database import Database
from voltyard.storage.leases.database_hold import HoldLost

async def main():
    await Database.open(sys.argv[1], alone=True)
    print("open", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def database(postgres_url: str) -> Any:
    opened = await Database.open(postgres_url, alone=True)
    yield opened
    await opened.close()


@pytest.fixture
def guest(postgres_server: None) -> Iterator[str]:
    """A role that may connect, and no more."""
    with postgres.fresh_role() as name:
        yield name


def adding(name: str) -> Any:
    def run(connection: Connection) -> None:
        row = {"id": f"org_{name}", "name": name, "created_at": 1.5}
        connection.execute(insert(organizations).values(row))

    return run


async def names(database: Database) -> list[str]:
    query = select(organizations.c.name).order_by(organizations.c.name)
    return await database.read(lambda connection: list(connection.scalars(query)))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
async def test_a_url_may_begin_as_is_usual(postgres_url: str, scheme: str) -> None:
    database = await Database.open(postgres_url.replace("postgresql", scheme, 1))

    assert database.url.get_backend_name() == "postgresql"
    assert await names(database) == []
    await database.close()


async def test_a_database_that_is_not_there_is_said_without_the_password(
    empty_postgres: str,
) -> None:
    before, _, after = empty_postgres.partition("@")
    missing = f"{before}:hunter2@{after.replace('voltyard_test_', 'voltyard_gone_')}"

    with pytest.raises(Unavailable, match="does not exist") as refusal:
        await Database.open(missing)

    assert "createdb" in refusal.value.advice
    assert "hunter2" not in repr(refusal.value) + str(refusal.value)


async def test_a_server_that_is_not_there_is_said() -> None:
    with pytest.raises(Unavailable, match="cannot open the PostgreSQL database"):
        await Database.open(f"postgresql://u:hunter2@127.0.0.1:{free_port()}/x")


async def test_a_user_who_may_make_no_tables_is_told_what_is_missing(
    empty_postgres: str, guest: str
) -> None:
    joint = "&" if "?" in empty_postgres else "?"

    with pytest.raises(Unavailable, match="permission denied for schema public") as refusal:
        await Database.open(f"{empty_postgres}{joint}options=-c%20role%3D{guest}")

    assert "own the database" in refusal.value.advice


async def test_an_unknown_option_of_the_url_is_named(postgres_url: str) -> None:
    joint = "&" if "?" in postgres_url else "?"

    with pytest.raises(Invalid, match="colour"):
        await Database.open(f"{postgres_url}{joint}colour=red")


async def test_a_commit_waits_for_the_disk_whatever_the_servers_habit(empty_postgres: str) -> None:
    database = await Database.open(empty_postgres)
    name = await database.read(lambda c: c.scalar(text("SELECT current_database()")))
    await database.write(
        lambda c: c.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    )
    await database.close()

    database = await Database.open(empty_postgres)

    assert await database.write(lambda c: c.scalar(text("SHOW synchronous_commit"))) == "on"
    await database.close()


async def test_a_database_that_is_held_cannot_be_held_by_another(
    database: Database, postgres_url: str
) -> None:
    with pytest.raises(Unavailable, match="another server uses the database"):
        await Database.open(postgres_url, alone=True)

    await database.write(adding("north"))
    assert await names(database) == ["north"]


async def test_a_database_is_free_once_its_holder_is_killed(postgres_url: str) -> None:
    code = f"import sys; sys.path[:0] = {sys.path!r}\n{HOLDING}"
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, postgres_url, stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"open\n"

    holder.kill()
    await holder.wait()

    await (await Database.open(postgres_url, alone=True)).close()


async def test_writer_and_readers_survive_the_loss_of_their_connections(
    database: Database, postgres_url: str
) -> None:
    await database.write(adding("north"))
    await names(database)

    postgres.cut_connections(postgres_url)

    await database.write(adding("south"))
    postgres.cut_connections(postgres_url)
    assert await names(database) == ["north", "south"]


async def test_while_the_server_is_away_all_are_told_and_later_it_works(
    database: Database, postgres_url: str
) -> None:
    with postgres.out_of_reach(postgres_url):
        results = await asyncio.gather(
            database.write(adding("north")),
            database.write(adding("south")),
            names(database),
            return_exceptions=True,
        )

    assert [isinstance(result, Unavailable) for result in results] == [True] * 3
    await database.write(adding("west"))
    assert await names(database) == ["west"]


async def test_a_connection_lost_at_the_commit_is_told_and_not_tried_again(
    empty_postgres: str,
) -> None:
    database = await Database.open(empty_postgres, alone=True)
    await database.write(lambda c: c.execute(text(AT_COMMIT)))

    results = await asyncio.gather(
        database.write(adding("doomed")), database.write(adding("north")), return_exceptions=True
    )

    assert [isinstance(result, Unavailable) for result in results] == [True, True]
    await database.write(adding("south"))
    assert await names(database) == ["south"]
    await database.close()


async def test_what_was_held_is_held_again_after_a_loss(
    database: Database, postgres_url: str
) -> None:
    postgres.cut_connections(postgres_url)
    await database.write(adding("north"))

    with pytest.raises(Unavailable, match="another server uses the database"):
        await Database.open(postgres_url, alone=True)


async def test_who_has_lost_the_hold_can_never_write_again(
    database: Database, postgres_url: str
) -> None:
    postgres.cut_connections(postgres_url)
    other = await Database.open(postgres_url, alone=True)

    with pytest.raises(Unavailable, match="another server uses the database"):
        await database.write(adding("north"))

    # Nor once the other has gone: what the first remembers is no longer what is stored.
    await other.write(adding("west"))
    await other.close()
    with pytest.raises(HoldLost):
        await database.write(adding("south"))
    assert await names(database) == ["west"]


async def test_each_hold_has_a_higher_epoch_and_a_lost_connection_changes_none(
    postgres_url: str,
) -> None:
    async def epoch(database: Database) -> int:
        return int(await database.read(lambda c: c.scalar(select(leases.c.epoch))) or 0)

    first = await Database.open(postgres_url, alone=True)
    before = await epoch(first)
    postgres.cut_connections(postgres_url)
    await first.write(adding("north"))
    assert await epoch(first) == before
    await first.close()

    second = await Database.open(postgres_url, alone=True)
    assert await epoch(second) == before + 1
    await second.close()


def frame(message_id: str, frame_text: str) -> FrameLogged:
    return FrameLogged(
        deployment_id="dep-1",
        at=rows.NOW,
        direction="cp_to_csms",
        kind="call",
        action="Heartbeat",
        message_id=message_id,
        text=frame_text,
        latency_s=None,
        verdict="valid",
    )


async def test_a_peers_text_is_kept_however_odd(database: Database) -> None:
    journal, frames = yard_journal(database), yard_repositories(database).frames
    long = "x" * 10_000

    journal.write([frame("1", "before"), frame(long, 'a\0b % %s \\ "é" \U0001f50c')])
    journal.write([frame("3", "after")])
    await journal.flush()

    kept = (await frames.listed("dep-1", FrameQuery())).entries
    assert [(one.message_id, one.text) for one in kept] == [
        ("3", "after"),
        (long, 'a�b % %s \\ "é" \U0001f50c'),
        ("1", "before"),
    ]


async def test_a_peers_numbers_may_have_more_than_32_bits(database: Database) -> None:
    journal = csms_journal(database)
    wide = rows.transaction(1, seq_no=2**53, number=2**40, id_tag="T" * 5_000)

    journal.write([wide])
    await journal.flush()

    stored = await database.read(lambda c: history.find_transaction(c, rows.ORGANIZATION, "txn_1"))
    assert stored == wide


async def test_a_refused_row_takes_no_other_with_it(database: Database) -> None:
    journal = csms_journal(database)
    told: list[Any] = []
    other = rows.charger(2, charge_box_id="CP-1")

    journal.write([rows.charger(1)], lambda: told.append("first"), told.append)
    journal.write([other], lambda: told.append("second"), lambda _: told.append("refused"))
    journal.write([records.SettingsStored(organization_id="org_x")], lambda: told.append("third"))
    await journal.flush()

    assert told == ["first", "refused", "third"]


async def test_log_rows_are_numbered_as_they_come(database: Database) -> None:
    journal = yard_journal(database)
    for number in range(0, 3_000, 300):
        journal.write([frame(str(n), "[]") for n in range(number, number + 300)])
    await journal.flush()

    page = await yard_repositories(database).frames.listed("dep-1", FrameQuery(limit=3_000))

    assert [one.message_id for one in page.entries] == [str(n) for n in reversed(range(3_000))]
