"""What the lab keeps, in the database: the repositories of lab.repositories, and its journal."""

from collections.abc import Mapping
from typing import Final

import msgspec

from voltyard.lab import records
from voltyard.lab.repositories import Repositories
from voltyard.storage.database import Database
from voltyard.storage.journal import DatabaseJournal
from voltyard.storage.lab.answers import StoredAnswers
from voltyard.storage.lab.commands import StoredCommands
from voltyard.storage.lab.days import StoredDays
from voltyard.storage.lab.deployments import StoredDeployments
from voltyard.storage.lab.events import StoredEvents
from voltyard.storage.lab.frames import StoredFrames
from voltyard.storage.lab.jobs import StoredJobs
from voltyard.storage.lab.known import Known
from voltyard.storage.lab.locations import StoredLocations
from voltyard.storage.schema import lab as tables
from voltyard.storage.statements import Append, Change, Log, Replace, Way

WAYS: Final[Mapping[type[msgspec.Struct], Way]] = {
    records.FrameLogged: Append(tables.frames, Log("deployment_id", records.missing_frames)),
    records.MemoryKept: Replace(tables.memories),
    records.CommandDelivered: Change(tables.commands, "id", "id", ("status", "delivered_at")),
    records.CommandSettled: Change(
        tables.commands, "id", "id", ("status", "result", "error", "finished_at")
    ),
    records.EventLogged: Append(tables.events),
}


def lab_journal(database: Database) -> DatabaseJournal:
    """Where the lab writes what it does not wait for."""
    return DatabaseJournal(database, WAYS)


def lab_repositories(database: Database) -> Repositories:
    """All that the lab keeps."""
    known = Known()
    return Repositories(
        deployments=StoredDeployments(database, known),
        locations=StoredLocations(database, known),
        commands=StoredCommands(database, known),
        frames=StoredFrames(database),
        events=StoredEvents(database),
        jobs=StoredJobs(database),
        answers=StoredAnswers(database),
        days=StoredDays(database),
    )
