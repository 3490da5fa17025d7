"""Records and repositories of the yard in the database."""

from collections.abc import Mapping
from typing import Final

import msgspec

from voltyard.storage.database.database import Database
from voltyard.storage.database.journal import DatabaseJournal
from voltyard.storage.database.statements import (
    Append,
    Replace,
    RowWrite,
    SheddableLog,
    UpdateColumns,
)
from voltyard.storage.schema import yard as tables
from voltyard.storage.yard.bulk_jobs import StoredJobs
from voltyard.storage.yard.commands import StoredCommands
from voltyard.storage.yard.days import StoredDays
from voltyard.storage.yard.deployment_cache import DeploymentCache
from voltyard.storage.yard.deployments import StoredDeployments
from voltyard.storage.yard.events import StoredEventSubjects, stored_yard_events
from voltyard.storage.yard.frames import StoredFrames
from voltyard.storage.yard.keyed_answers import StoredAnswers
from voltyard.storage.yard.locations import StoredLocations
from voltyard.yard import records
from voltyard.yard.repositories import Repositories

ROW_WRITES: Final[Mapping[type[msgspec.Struct], RowWrite]] = {
    records.FrameLogged: Append(
        tables.frames, SheddableLog("deployment_id", records.missing_frames)
    ),
    records.MemoryKept: Replace(tables.memories),
    records.CommandDelivered: UpdateColumns(
        tables.commands, "id", "id", ("status", "delivered_at")
    ),
    records.CommandEnded: UpdateColumns(
        tables.commands, "id", "id", ("status", "result", "error", "finished_at")
    ),
    records.YardEventLogged: Append(tables.events),
}


def yard_journal(database: Database) -> DatabaseJournal:
    """The journal that the yard writes to where it does not wait."""
    return DatabaseJournal(database, ROW_WRITES)


def yard_repositories(database: Database) -> Repositories:
    """All that the yard keeps."""
    known = DeploymentCache()
    return Repositories(
        deployments=StoredDeployments(database, known),
        locations=StoredLocations(database, known),
        commands=StoredCommands(database, known),
        frames=StoredFrames(database),
        events=stored_yard_events(database),
        event_subjects=StoredEventSubjects(database),
        jobs=StoredJobs(database),
        answers=StoredAnswers(database),
        days=StoredDays(database),
    )
