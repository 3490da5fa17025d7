"""What the lab needs kept, as Protocols; storage keeps it.

What is asked for is of one organization: another's is as if it were not there. A method that writes
returns once it is durable; one that takes an answer keeps it in the same commit.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from voltyard.kernel.time import Instant
from voltyard.lab.answers import Answer
from voltyard.lab.commands import Command
from voltyard.lab.deployments import Deployment, Provisioning, ProvisioningError
from voltyard.lab.jobs import Job, JobItem, Progress
from voltyard.lab.locations import Location
from voltyard.lab.records import EventLogged, FrameLogged

if TYPE_CHECKING:
    from voltyard.lab.days import Day

T = TypeVar("T")


class Page(Struct, frozen=True):
    """Which part of a list: `number` from 1, `size` entries each."""

    number: int = 1
    size: int = 50


class Listing(Struct, Generic[T], frozen=True):
    """A part of a list, and how long the whole is."""

    entries: list[T]
    total: int


class LogQuery(Struct, frozen=True, kw_only=True):
    """Which frames: both ends of the time are included; the newest come first."""

    since: Instant | None = None
    until: Instant | None = None
    action: str | None = None
    direction: str | None = None
    limit: int = 100
    offset: int = 0


LogPlace: TypeAlias = tuple[Instant, int]
"""Of a frame in the log: its time, and its number among those of that time."""


class CommandQuery(Struct, frozen=True, kw_only=True):
    """Which commands; the newest come first."""

    deployment_id: str | None = None
    location_id: str | None = None
    status: str | None = None
    event_type: str | None = None
    batch_id: str | None = None


class EventQuery(Struct, frozen=True, kw_only=True):
    """Which events of an organization; what is None does not matter."""

    organization_id: str
    deployment_id: str | None = None
    location_id: str | None = None
    types: frozenset[str] | None = None

    def wants(self, event: EventLogged) -> bool:
        """Whether the event is one of them. What is not kept is for those who name its type."""
        return (
            (bool(event.number) if self.types is None else event.type in self.types)
            and (self.deployment_id is None or event.deployment_id == self.deployment_id)
            and (self.location_id is None or event.location_id == self.location_id)
            and self.organization_id == event.organization_id
        )


class Whereabouts(Struct, frozen=True, kw_only=True):
    """What an event tells of its charger."""

    id: str
    organization_id: str
    identity: str
    location_id: str | None


class Deployments(Protocol):
    """The yard's records of simulated chargers."""

    async def add(
        self,
        deployments: Sequence[Deployment],
        answer: Answer | None = None,
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
        """Those that exist, by the name that was asked for."""

    async def listed(
        self, organization_id: str, location_id: str | None, page: Page
    ) -> Listing[Deployment]:
        """Those of the organization, or of one of its locations, oldest first."""

    async def at_location(self, organization_id: str, location_id: str) -> list[Deployment]:
        """All of a location's, oldest first."""

    async def get(self, deployment_id: str) -> Deployment | None:
        """By id, whoever's it is."""

    async def unsettled(self) -> list[Deployment]:
        """Whatever a start of the server has to bring up: all that is wanted to run and did not
        fail, and what was being provisioned when the server ended."""

    async def left(self, before: Instant) -> list[Deployment]:
        """Those that are neither ready nor failed, and were changed last before that moment."""

    async def change(self, deployment: Deployment, *, provisioned: bool = False) -> Deployment:
        """Keep what its owner may say of it, and give it back as it was kept: at a location that
        was deleted meanwhile it is not. How far provisioning has come, and in which run, is touched
        only where `provisioned` says so."""

    async def begun(self, deployment_id: str, run_id: str) -> None:
        """Keep that it is PROVISIONING in that run. Nothing happens where it is gone."""

    async def provisioned(
        self,
        deployment_id: str,
        provisioning: Provisioning,
        error: ProvisioningError | None,
        at: Instant | None,
        run_id: str | None = None,
    ) -> bool:
        """Keep how far provisioning has come; whether it was kept. It is not where the deployment
        is gone, or names another run than `run_id`, which is to say how far."""

    async def remove(self, deployment_id: str) -> None:
        """Forget it with its commands, frames and memory, and free its identity."""

    async def memory(self, deployment_id: str) -> bytes | None:
        """What MemoryKept last kept of it, committed or not."""


class Locations(Protocol):
    """Sites."""

    async def add(self, location: Location, answer: Answer | None = None) -> None:
        """Conflict where the slug is taken."""

    async def find(self, organization_id: str, location_id: str) -> Location | None: ...

    async def listed(self, organization_id: str, page: Page) -> Listing[Location]:
        """Oldest first."""

    async def limited(self) -> list[Location]:
        """Those with a limit of power, whoever's they are."""

    async def change(self, location: Location) -> None:
        """Conflict where the slug is taken."""

    async def remove(self, organization_id: str, location_id: str, at: Instant) -> bool:
        """Forget it; its chargers stay, at no location. Whether there is or was such a location."""


class Commands(Protocol):
    """Commands, one row a charger."""

    async def add(
        self,
        commands: Sequence[Command],
        desired_count: int | None = None,
        answer: Answer | None = None,
    ) -> None:
        """Keep them, in order; with `desired_count` their deployments are from now on wanted to
        run, or not."""

    async def find(self, organization_id: str, command_id: str) -> Command | None: ...

    async def listed(
        self, organization_id: str, query: CommandQuery, page: Page
    ) -> Listing[Command]:
        """The newest first."""

    async def open(self) -> list[Command]:
        """All that have no result, in the order they were posted."""


class Frames(Protocol):
    """The log of frames. `share` is on whose behalf it is read: of many readings each has one."""

    async def listed(
        self, deployment_id: str, query: LogQuery, *, share: str = ""
    ) -> Listing[FrameLogged]: ...

    async def newest(self, deployment_id: str, *, share: str = "") -> Instant:
        """When the last one was, by the charger's own clock; 0 before the first."""

    async def following(
        self,
        deployment_id: str,
        query: LogQuery,
        after: LogPlace | None,
        limit: int,
        *,
        share: str = "",
    ) -> list[tuple[LogPlace, FrameLogged]]:
        """Oldest first, those after a place in the log; `limit` and `offset` of the query do not
        count."""


class Events(Protocol):
    """What happened, in the order of its numbers."""

    async def newest(self) -> int:
        """The highest number given; 0 before the first."""

    async def oldest(self) -> int:
        """The lowest number kept; 1 before the first."""

    async def after(self, query: EventQuery, number: int, limit: int) -> list[EventLogged]:
        """The first ones with a higher number, rising."""

    async def before(self, query: EventQuery, number: int | None, limit: int) -> list[EventLogged]:
        """The last ones with a lower number, or of all; falling."""

    async def tells_of(self, organization_id: str, deployment_id: str) -> bool:
        """Whether there is any of that charger, be it deleted."""

    async def whereabouts(self) -> list[Whereabouts]:
        """Of every charger there is."""


class Jobs(Protocol):
    """Bulk creations, one item a charger."""

    async def add(
        self,
        job: Job,
        items: Sequence[JobItem],
        answer: Answer | None = None,
        *,
        location: Location | None = None,
    ) -> None:
        """With `location` the job's own is written down too; Conflict where its slug is taken."""

    async def find(self, organization_id: str, location_id: str, job_id: str) -> Job | None: ...

    async def get(self, job_id: str) -> Job | None:
        """By id, whoever's it is."""

    async def listed(self, organization_id: str, location_id: str, page: Page) -> Listing[Job]:
        """The newest first."""

    async def items(self, job_id: str) -> list[JobItem]:
        """In the order they were asked for."""

    async def progress(self, job_ids: Sequence[str]) -> dict[str, Progress]:
        """Of each, by its id."""

    async def unsettled(self) -> list[Job]:
        """Those that are neither ready nor failed."""

    async def change(self, job: Job) -> None: ...

    async def claim(self, item: JobItem) -> bool:
        """Keep that the item is being made; whether it is to be: not where it has settled."""

    async def settle(self, items: Sequence[JobItem]) -> None:
        """Keep what became of items."""

    async def settle_unclaimed(self, job_id: str, error: ProvisioningError) -> None:
        """Keep that what is not being made yet has failed."""


class Answers(Protocol):
    """Answers under keys of their askers."""

    async def find(self, organization_id: str, key: str, since: Instant) -> Answer | None:
        """Unless it is older."""

    async def keep(self, answer: Answer) -> None:
        """In place of the one that is there."""

    async def forget(self, answer: Answer) -> None: ...

    async def prune(self, before: Instant, count: int, characters: int) -> None:
        """Forget those given before, and of each organization the oldest beyond so many, or beyond
        so many characters."""


class Days(Protocol):
    """Days at sites."""

    async def add(self, day: "Day") -> None:
        """And forget what its location has beyond limits.DAYS_KEPT, the oldest."""

    async def change(self, day: "Day") -> None: ...

    async def find(self, organization_id: str, day_id: str) -> "Day | None": ...

    async def listed(self, organization_id: str, location_id: str, page: Page) -> Listing["Day"]:
        """The newest first."""

    async def running(self) -> list["Day"]:
        """Everybody's that have not ended, oldest first."""


class Repositories(Struct, frozen=True, kw_only=True):
    """All that is kept."""

    deployments: Deployments
    locations: Locations
    commands: Commands
    frames: Frames
    events: Events
    jobs: Jobs
    answers: Answers
    days: Days
