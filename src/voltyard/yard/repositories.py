"""Repositories of the yard, as protocols; storage implements them.

What is asked for is of one organization: another's is as if it were not there. A method that writes
returns once it is durable; one that takes an answer keeps it in the same commit.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from voltyard.events.followers import EventStore
from voltyard.kernel.time import Instant
from voltyard.yard.commands.command import QueuedCommand
from voltyard.yard.deployments.deployment import Deployment, ProvisioningError, ProvisioningStatus
from voltyard.yard.keyed_answers import KeyedAnswer
from voltyard.yard.locations.location import Location
from voltyard.yard.provisioning.bulk_job import Job, JobItem, JobProgress
from voltyard.yard.records import FrameLogged, YardEventLogged

if TYPE_CHECKING:
    from voltyard.yard.days import Day

T = TypeVar("T")


class PageRequest(Struct, frozen=True):
    """A page of a list: `number` from 1, `size` entries each."""

    number: int = 1
    size: int = 50


class Listing(Struct, Generic[T], frozen=True):
    """Entries of a list, and the length of the whole."""

    entries: list[T]
    total: int


class FrameQuery(Struct, frozen=True, kw_only=True):
    """Filter of logged frames: both ends of the time are included; the newest come first."""

    since: Instant | None = None
    until: Instant | None = None
    action: str | None = None
    direction: str | None = None
    limit: int = 100
    offset: int = 0


FrameCursor: TypeAlias = tuple[Instant, int]
"""Of a frame in the log: its time, and its number among those of that time."""


class CommandQuery(Struct, frozen=True, kw_only=True):
    """Filter of commands; the newest come first."""

    deployment_id: str | None = None
    location_id: str | None = None
    status: str | None = None
    event_type: str | None = None
    batch_id: str | None = None


class DeploymentQuery(Struct, frozen=True, kw_only=True):
    """Filter of deployments; the oldest come first."""

    location_id: str | None = None
    ocpp_version: str | None = None
    search: str | None = None
    """A part of its identity or name, or of the vendor or model that it was given."""
    brands: tuple[str, ...] = ()
    """Brands of the catalogue that `search` finds too, where a deployment was given no vendor."""
    models: tuple[tuple[str, str], ...] = ()
    """Brands and models, likewise."""
    descending: bool = False
    """The newest first."""


class ChargerReference(Struct, frozen=True, kw_only=True):
    """Reference of an event to its charger."""

    id: str
    organization_id: str
    identity: str
    location_id: str | None


class DeploymentRepository(Protocol):
    """Repository of deployments."""

    async def add(
        self,
        deployments: Sequence[Deployment],
        answer: KeyedAnswer | None = None,
        *,
        only_housed: bool = False,
    ) -> list[Deployment]:
        """Keep them, and give back those that were kept, as they were kept: an identity taken
        within its organization keeps its deployment out, and no other. At a location that was
        deleted meanwhile is nobody: a deployment comes without it or, `only_housed`, not at all.
        The answer is kept where any of them is."""

    async def find(self, organization_id: str, charger_id: str) -> Deployment | None:
        """By id or by identity."""

    async def find_many(
        self, organization_id: str, charger_ids: Sequence[str]
    ) -> dict[str, Deployment]:
        """Deployments that exist, by the name that was asked for."""

    async def listed(
        self, organization_id: str, query: DeploymentQuery, page: PageRequest
    ) -> Listing[Deployment]:
        """A page of the organization's deployments that match."""

    async def matching(self, organization_id: str, query: DeploymentQuery) -> list[tuple[str, str]]:
        """Id and identity of all that match."""

    async def tally(self, organization_id: str) -> list[tuple[str | None, ProvisioningStatus, int]]:
        """The number of deployments at each location in each state of provisioning."""

    async def at_location(self, organization_id: str, location_id: str) -> list[Deployment]:
        """All of a location's, oldest first."""

    async def get(self, deployment_id: str) -> Deployment | None:
        """By id, whoever's it is."""

    async def counts(self) -> list[tuple[str, int]]:
        """The number of deployments of each organization that has any."""

    async def unsettled(self) -> list[Deployment]:
        """Whatever a start of the server has to bring up: all that is wanted to run and did not
        fail, and what was being provisioned when the server ended."""

    async def left(self, before: Instant) -> list[Deployment]:
        """Deployments that are neither ready nor failed, and were changed last before that
        moment."""

    async def change(self, deployment: Deployment, *, provisioned: bool = False) -> Deployment:
        """Keep what its owner may say of it, and give it back as it was kept: at a location that
        was deleted meanwhile it is not. How far provisioning has come, and in which run, is touched
        only where `provisioned` says so."""

    async def begun(self, deployment_id: str, run_id: str) -> None:
        """Keep that it is PROVISIONING in that run. Nothing happens where it is gone."""

    async def provisioned(
        self,
        deployment_id: str,
        provisioning: ProvisioningStatus,
        error: ProvisioningError | None,
        at: Instant | None,
        run_id: str | None = None,
    ) -> bool:
        """Keep how far provisioning has come; whether it was kept. It is not where the deployment
        is gone, or names another run than `run_id`, which is to say how far."""

    async def remove(self, deployment_id: str) -> bool:
        """Forget it with its commands, frames and memory, and free its identity; False where there
        was none."""

    async def memory(self, deployment_id: str) -> bytes | None:
        """The memory that MemoryKept last kept of it, committed or not."""


class LocationRepository(Protocol):
    """Repository of locations."""

    async def add(self, location: Location, answer: KeyedAnswer | None = None) -> None:
        """Conflict where the slug is taken."""

    async def find(self, organization_id: str, location_id: str) -> Location | None: ...

    async def listed(self, organization_id: str, page: PageRequest) -> Listing[Location]:
        """Oldest first."""

    async def names(self, organization_id: str) -> list[tuple[str, str]]:
        """Id and name of each, oldest first."""

    async def limited(self) -> list[Location]:
        """Locations with a limit of power, of every organization."""

    async def change(self, location: Location) -> None:
        """Conflict where the slug is taken."""

    async def remove(self, organization_id: str, location_id: str, at: Instant) -> bool:
        """Forget it; its chargers stay, at no location. Whether there is or was such a location."""


class CommandRepository(Protocol):
    """Repository of commands, one row a charger."""

    async def add(
        self,
        commands: Sequence[QueuedCommand],
        desired_count: int | None = None,
        answer: KeyedAnswer | None = None,
    ) -> None:
        """Keep them, in order; with `desired_count` their deployments are from now on wanted to
        run, or not."""

    async def find(self, organization_id: str, command_id: str) -> QueuedCommand | None: ...

    async def listed(
        self, organization_id: str, query: CommandQuery, page: PageRequest
    ) -> Listing[QueuedCommand]:
        """The newest first."""

    async def open(self) -> list[QueuedCommand]:
        """All that have no result, in the order they were posted."""


class FrameRepository(Protocol):
    """Repository of logged frames. `share` is on whose behalf it is read: of many readings each has
    one."""

    async def listed(
        self, deployment_id: str, query: FrameQuery, *, share: str = ""
    ) -> Listing[FrameLogged]: ...

    async def newest(self, deployment_id: str, *, share: str = "") -> Instant:
        """The time of the last frame, by the charger's own clock; 0 before the first."""

    async def following(
        self,
        deployment_id: str,
        query: FrameQuery,
        after: FrameCursor | None,
        limit: int,
        *,
        share: str = "",
    ) -> list[tuple[FrameCursor, FrameLogged]]:
        """Oldest first, those after a place in the log; `limit` and `offset` of the query do not
        count."""

    async def preceding(
        self,
        deployment_id: str,
        query: FrameQuery,
        before: FrameCursor | None,
        limit: int,
        *,
        share: str = "",
    ) -> list[tuple[FrameCursor, FrameLogged]]:
        """Newest first, those before a place in the log, or the last ones; as `following`
        otherwise."""


class EventSubjectRepository(Protocol):
    """Repository of the chargers that events are about."""

    async def tells_of(self, organization_id: str, deployment_id: str) -> bool:
        """True where there is any event of that charger, be it deleted."""

    async def whereabouts(self) -> list[ChargerReference]:
        """Of every charger there is."""


class JobRepository(Protocol):
    """Repository of bulk creations, one item a charger."""

    async def add(
        self,
        job: Job,
        items: Sequence[JobItem],
        answer: KeyedAnswer | None = None,
        *,
        location: Location | None = None,
    ) -> None:
        """With `location` the job's own is written down too; Conflict where its slug is taken."""

    async def find(self, organization_id: str, location_id: str, job_id: str) -> Job | None: ...

    async def get(self, job_id: str) -> Job | None:
        """By id, whoever's it is."""

    async def listed(
        self, organization_id: str, location_id: str, page: PageRequest
    ) -> Listing[Job]:
        """The newest first."""

    async def items(self, job_id: str) -> list[JobItem]:
        """In the order they were asked for."""

    async def progress(self, job_ids: Sequence[str]) -> dict[str, JobProgress]:
        """Of each, by its id."""

    async def unsettled(self) -> list[Job]:
        """Jobs that are neither ready nor failed."""

    async def change(self, job: Job) -> None: ...

    async def claim(self, item: JobItem) -> bool:
        """Keep that the item is being made; whether it is to be: not where it has settled."""

    async def settle(self, items: Sequence[JobItem]) -> None:
        """Keep what became of items."""

    async def settle_unclaimed(self, job_id: str, error: ProvisioningError) -> None:
        """Keep that what is not being made yet has failed."""


class AnswerRepository(Protocol):
    """Repository of answers under idempotency keys."""

    async def find(self, organization_id: str, key: str, since: Instant) -> KeyedAnswer | None:
        """Unless it is older."""

    async def keep(self, answer: KeyedAnswer) -> None:
        """In place of the one that is there."""

    async def forget(self, answer: KeyedAnswer) -> None: ...

    async def prune(self, before: Instant, count: int, characters: int) -> None:
        """Forget those given before, and of each organization the oldest beyond so many, or beyond
        so many characters."""


class DayRepository(Protocol):
    """Repository of simulated days."""

    async def add(self, day: "Day") -> None:
        """And forget what its location has beyond limits.DAYS_KEPT, the oldest."""

    async def change(self, day: "Day") -> None: ...

    async def find(self, organization_id: str, day_id: str) -> "Day | None": ...

    async def listed(
        self, organization_id: str, location_id: str, page: PageRequest
    ) -> Listing["Day"]:
        """The newest first."""

    async def running(self) -> list["Day"]:
        """Everybody's that have not ended, oldest first."""


class Repositories(Struct, frozen=True, kw_only=True):
    """Every repository of the yard."""

    deployments: DeploymentRepository
    locations: LocationRepository
    commands: CommandRepository
    frames: FrameRepository
    events: EventStore[YardEventLogged]
    event_subjects: EventSubjectRepository
    jobs: JobRepository
    answers: AnswerRepository
    days: DayRepository
