"""Command service: addresses commands to chargers, queues them and tells their results."""

import asyncio
from collections.abc import Container, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from voltyard.catalogue.catalogue import Catalogue
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import (
    Conflict,
    Invalid,
    NoAnswer,
    NotFound,
    Overfull,
    ServerEnding,
    Unavailable,
    VoltyardError,
)
from voltyard.ports.clock import Clock
from voltyard.ports.runtimes import Provider
from voltyard.ports.spans import Span
from voltyard.yard.commands.command import (
    LIFECYCLE,
    OF_CONNECTORS,
    PROXY,
    STOP,
    CommandRequest,
    CommandStatus,
    QueuedCommand,
    check_version,
    command_request,
)
from voltyard.yard.commands.dispatcher import Dispatcher
from voltyard.yard.commands.pacing import CommandBatch, Pacing
from voltyard.yard.deployments.charger_service import not_running
from voltyard.yard.deployments.connectors import check_place
from voltyard.yard.deployments.deployment import Deployment, ProvisioningStatus
from voltyard.yard.keyed_answers import AnswerNote, KeyedAnswer
from voltyard.yard.repositories import CommandQuery, Listing, PageRequest, Repositories
from voltyard.yard.version_names import version_from


class CommandTargets(Struct, frozen=True, kw_only=True):
    """Targets of a command. Exactly one of charger_id and location_id; charger_ids only with
    location_id."""

    charger_id: str | None = None
    location_id: str | None = None
    charger_ids: tuple[str, ...] | None = None


class RefusedTarget(Struct, frozen=True):
    """A target charger that cannot take the command, with the reason."""

    identity: str | None
    error: str


class PostedCommands(Struct, frozen=True):
    """A posted command, charger by charger: queued or refused."""

    batch_id: str
    queued: list[QueuedCommand]
    failed: list[RefusedTarget]

    @property
    def targeted(self) -> int:
        """The number of chargers that were meant."""
        return len(self.queued) + len(self.failed)


_ERRORS: Final[Mapping[str, type[VoltyardError]]] = {
    "invalid": Invalid,
    "not_found": NotFound,
    "overfull": Overfull,
    "unavailable": Unavailable,
    "no_answer": NoAnswer,
}
"""The error of a refused command for somebody who waited for its result; anything else is a
Conflict."""


class CommandService:
    """Posts commands to chargers and looks them up."""

    def __init__(
        self,
        repositories: Repositories,
        provider: Provider,
        dispatcher: Dispatcher,
        catalogue: Catalogue,
        clock: Clock,
        resumed: asyncio.Event,
    ) -> None:
        """No command is written down before `resumed`, or it would be taken for a former run's."""
        self._resumed = resumed
        self._repositories = repositories
        self._provider = provider
        self._dispatcher = dispatcher
        self._catalogue = catalogue
        self._clock = clock
        self._is_ending = False

    def refuse_more(self) -> None:
        """Begin no command from now on: the server ends. Those that are queued go on."""
        self._is_ending = True

    async def post(
        self,
        organization_id: str,
        event_type: str,
        payload: dict[str, Any],
        target: CommandTargets,
        pacing: Pacing | None = None,
        note: AnswerNote[PostedCommands] | None = None,
        *,
        queue_if_stopped: bool = False,
        span: Span | None = None,
    ) -> PostedCommands:
        """Queue it for everybody meant who can take it, spread as `pacing` says. With
        `queue_if_stopped` a stopped charger takes it too, to carry it out once it is started.
        `span` is that of the request it comes of, here and below.
        Invalid where nobody could ever carry it out, NotFound where the charger, its connector or
        the location does not exist, ServerEnding once the server ends."""
        self._check_open()
        command = command_request(event_type, payload, self._catalogue)
        meant, missing = await self._meant(organization_id, target)
        taking: list[Deployment] = []
        failed = [
            RefusedTarget(name, "there is no such charger at this location") for name in missing
        ]
        for deployment in meant:
            try:
                self._check(deployment, command, queue_if_stopped=queue_if_stopped)
            except VoltyardError as error:
                if target.charger_id is not None and isinstance(error, NotFound):
                    raise
                failed.append(RefusedTarget(deployment.identity, str(error)))
            else:
                taking.append(deployment)
        batch = CommandBatch(
            id=ids.hexadecimal(),
            pacing=pacing,
            queue_if_stopped=queue_if_stopped,
            begun_at=self._clock(),
        )
        batch.check_length(len(taking))
        queued = [
            self._made_out(deployment, command, batch, position)
            for position, deployment in enumerate(taking)
        ]
        held = {one.id for one in taking if one.desired_count == 0}
        posted = PostedCommands(batch.id, queued, failed)
        answer = None if note is None else note(posted)
        await self._queue(queued, held=held, answer=answer, span=span)
        return posted

    async def post_one(
        self,
        organization_id: str,
        event_type: str,
        payload: dict[str, Any],
        charger_id: str,
        span: Span | None = None,
    ) -> QueuedCommand:
        """Queue it for one charger; NotFound where there is no such charger, or connector of it,
        Conflict or Overfull where it cannot take it, ServerEnding once the server ends."""
        self._check_open()
        deployment = await self._charger(organization_id, charger_id)
        command = command_request(event_type, payload, self._catalogue)
        if command.verb == PROXY:
            check_version(version_from(payload["ocpp_version"]), deployment.ocpp_version)
        self._check(deployment, command)
        made_out = self._made_out(deployment, command)
        await self._queue([made_out], span=span)
        return made_out

    async def ask(
        self,
        organization_id: str,
        event_type: str,
        payload: dict[str, Any],
        charger_id: str,
        span: Span | None = None,
    ) -> QueuedCommand:
        """Queue it and wait for its result. NoAnswer after limits.COMMAND_WAIT_S; where the charger
        refused, that refusal."""
        posted = await self.post_one(organization_id, event_type, payload, charger_id, span)
        command = await self._dispatcher.result(posted, limits.COMMAND_WAIT_S)
        if command.status is not CommandStatus.COMPLETED:
            raise _refusal(command)
        return command

    async def lifecycle(
        self, organization_id: str, verb: str, charger_id: str, span: Span | None = None
    ) -> QueuedCommand:
        """Queue a start, stop or restart of its runtime, among its commands; ServerEnding once the
        server ends."""
        self._check_open()
        deployment = await self._charger(organization_id, charger_id)
        count = 0 if verb == STOP else 1
        command = CommandRequest(
            event_type=verb,
            payload=self._provider.describe(deployment.id, count),
            verb=verb,
            arguments={},
        )
        if count and deployment.provisioning is ProvisioningStatus.FAILED:
            await self._repositories.deployments.provisioned(
                deployment.id, ProvisioningStatus.PENDING, None, None
            )
        made_out = self._made_out(deployment, command)
        await self._queue([made_out], desired_count=count, span=span)
        return made_out

    async def get(self, organization_id: str, command_id: str) -> QueuedCommand:
        """A command with what became of it. NotFound where there is none."""
        found = await self._repositories.commands.find(organization_id, command_id)
        if found is None:
            raise NotFound(f"there is no command {command_id!r}")
        return found

    async def listed(
        self, organization_id: str, query: CommandQuery, page: PageRequest
    ) -> Listing[QueuedCommand]:
        """The newest first."""
        return await self._repositories.commands.listed(organization_id, query, page)

    async def cancel(self, organization_id: str, command_id: str) -> QueuedCommand:
        """Fail a command that its charger does not have yet, with the code `cancelled`. NotFound
        where there is none, Conflict where it is too late."""
        await self._resumed.wait()
        found = await self.get(organization_id, command_id)
        cancelled = await self._dispatcher.cancel([command_id])
        if not cancelled:
            had = "ended" if found.finished_at is not None else "been delivered"
            raise Conflict(
                f"the command {command_id!r} has {had} already",
                hint="only a queued command can be cancelled",
            )
        return cancelled[0]

    async def cancel_batch(self, organization_id: str, batch_id: str) -> list[QueuedCommand]:
        """Cancel what of a batch no charger has yet; which commands that were. NotFound where
        there is no such batch."""
        await self._resumed.wait()
        query = CommandQuery(batch_id=batch_id)
        if not (await self.listed(organization_id, query, PageRequest(size=1))).total:
            raise NotFound(f"there is no batch {batch_id!r}")
        return await self._dispatcher.cancel(self._dispatcher.of_batch(batch_id))

    def _check_open(self) -> None:
        if self._is_ending:
            raise ServerEnding("the server ends and begins no command")

    async def _queue(
        self,
        commands: list[QueuedCommand],
        desired_count: int | None = None,
        held: Container[str] = (),
        answer: KeyedAnswer | None = None,
        span: Span | None = None,
    ) -> None:
        """Rows first, then their turns, so that both have one order."""
        await self._resumed.wait()
        await self._repositories.commands.add(commands, desired_count, answer)
        self._dispatcher.post(commands, held, span)

    async def _meant(
        self, organization_id: str, target: CommandTargets
    ) -> tuple[Sequence[Deployment], list[str]]:
        """The chargers meant, and the names among charger_ids that are none at that location."""
        if target.charger_id is not None:
            return [await self._charger(organization_id, target.charger_id)], []
        assert target.location_id is not None
        location = await self._repositories.locations.find(organization_id, target.location_id)
        if location is None:
            raise NotFound(f"there is no location {target.location_id!r}")
        if target.charger_ids is None:
            return await self._repositories.deployments.at_location(
                organization_id, location.id
            ), []
        found = await self._repositories.deployments.find_many(organization_id, target.charger_ids)
        present: dict[str, Deployment] = {}
        missing: list[str] = []
        for name in dict.fromkeys(target.charger_ids):
            deployment = found.get(name)
            if deployment is None or deployment.location_id != location.id:
                missing.append(name)
            else:
                present[deployment.id] = deployment  # once, by whichever of its names
        return list(present.values()), missing

    async def _charger(self, organization_id: str, charger_id: str) -> Deployment:
        found = await self._repositories.deployments.find(organization_id, charger_id)
        if found is None:
            raise NotFound(f"there is no charger {charger_id!r}")
        return found

    def _check(
        self, deployment: Deployment, command: CommandRequest, *, queue_if_stopped: bool = False
    ) -> None:
        """Check that the charger can take it now; NotFound where it has no such connector, Conflict
        or Overfull where it cannot."""
        if command.verb in OF_CONNECTORS:
            check_place(deployment, self._catalogue, command.arguments)
        failed = deployment.provisioning is ProvisioningStatus.FAILED
        stopped = deployment.desired_count == 0 and not queue_if_stopped
        if command.verb not in LIFECYCLE and (failed or stopped):
            raise not_running(deployment)
        if self._dispatcher.waiting(deployment.id) >= limits.COMMAND_QUEUE:
            raise Overfull(f"{limits.COMMAND_QUEUE} commands are waiting for the charger already")

    def _made_out(
        self,
        deployment: Deployment,
        command: CommandRequest,
        batch: CommandBatch | None = None,
        position: int = 0,
    ) -> QueuedCommand:
        batched = {} if batch is None else batch.place(position)
        return QueuedCommand(
            id=ids.hexadecimal(),
            organization_id=deployment.organization_id,
            deployment_id=deployment.id,
            identity=deployment.identity,
            location_id=deployment.location_id,
            event_type=command.event_type,
            verb=command.verb,
            ocpp_version=deployment.ocpp_version,
            payload=command.payload,
            arguments=command.arguments,
            created_at=self._clock(),
            **batched,
        )


def _refusal(command: QueuedCommand) -> VoltyardError:
    error = command.error
    if error is None:
        return NoAnswer("the charger has not answered in time")
    kind = _ERRORS.get(error.code, Conflict)
    return kind(error.message, refused_with=error.code, **error.details)
