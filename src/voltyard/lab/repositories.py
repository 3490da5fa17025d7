"""What the lab needs kept, as Protocols; storage keeps it.

What is asked for is of one organization: another's is as if it were not there. A method that writes
returns once it is durable.
"""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from voltyard.kernel.time import Instant
from voltyard.lab.commands import Command
from voltyard.lab.deployments import Deployment, Provisioning, ProvisioningError
from voltyard.lab.jobs import Job, JobItem
from voltyard.lab.locations import Location
from voltyard.lab.records import FrameLogged

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
    limit: int = 100
    offset: int = 0


class CommandQuery(Struct, frozen=True, kw_only=True):
    """Which commands; the newest come first."""

    deployment_id: str | None = None
    location_id: str | None = None
    status: str | None = None
    event_type: str | None = None


class Deployments(Protocol):
    """The yard's records of simulated chargers."""

    async def add(self, deployments: Sequence[Deployment]) -> list[Deployment]:
        """Keep them, and give back those that were kept: an identity taken within its organization
        keeps its deployment out, and no other."""

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

    async def change(self, deployment: Deployment) -> None:
        """Keep what its owner may say of it; how far provisioning has come is not touched."""

    async def provisioned(
        self,
        deployment_id: str,
        provisioning: Provisioning,
        error: ProvisioningError | None,
        at: Instant | None,
    ) -> None:
        """Keep how far provisioning has come. Nothing happens where the deployment is gone."""

    async def remove(self, deployment_id: str) -> None:
        """Forget it with its commands, frames and memory, and free its identity."""

    async def memory(self, deployment_id: str) -> bytes | None:
        """What MemoryKept last kept of it, committed or not."""


class Locations(Protocol):
    """Sites."""

    async def add(self, location: Location) -> None:
        """Conflict where the slug is taken."""

    async def find(self, organization_id: str, location_id: str) -> Location | None: ...

    async def listed(self, organization_id: str, page: Page) -> Listing[Location]:
        """Oldest first."""

    async def change(self, location: Location) -> None:
        """Conflict where the slug is taken."""

    async def remove(self, organization_id: str, location_id: str, at: Instant) -> bool:
        """Forget it; its chargers stay, at no location. Whether there is or was such a location."""


class Commands(Protocol):
    """Commands, one row a charger."""

    async def add(self, commands: Sequence[Command], desired_count: int | None = None) -> None:
        """Keep them, in order; with `desired_count` their deployments are from now on wanted to
        run, or not."""

    async def find(self, organization_id: str, command_id: str) -> Command | None: ...

    async def listed(
        self, organization_id: str, query: CommandQuery, page: Page
    ) -> Listing[Command]:
        """The newest first."""

    async def open(self) -> list[Command]:
        """All that have no result, in the order they were posted."""

    async def prune(self, before: Instant) -> int:
        """Forget those that had their result before; how many they were."""


class Frames(Protocol):
    """The log of frames."""

    async def listed(self, deployment_id: str, query: LogQuery) -> Listing[FrameLogged]: ...

    async def prune(self, before: Instant) -> int:
        """Forget what is older; how many they were."""


class Jobs(Protocol):
    """Bulk creations, one item a charger."""

    async def add(self, job: Job, items: Sequence[JobItem]) -> None: ...

    async def find(self, organization_id: str, location_id: str, job_id: str) -> Job | None: ...

    async def items(self, job_id: str) -> list[JobItem]:
        """In the order they were asked for."""

    async def unsettled(self) -> list[Job]:
        """Those that are neither ready nor failed."""

    async def change(self, job: Job) -> None: ...

    async def settle(self, items: Sequence[JobItem]) -> None:
        """Keep what became of items."""


class Repositories(Struct, frozen=True, kw_only=True):
    """All that is kept."""

    deployments: Deployments
    locations: Locations
    commands: Commands
    frames: Frames
    jobs: Jobs
