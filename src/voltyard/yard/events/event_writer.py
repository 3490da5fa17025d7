"""Writer of the yard's events: names what its parts and its chargers report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from voltyard.events.followers import EventStore
from voltyard.kernel import limits
from voltyard.kernel.time import Instant, to_rfc3339
from voltyard.ports.clock import Clock
from voltyard.yard.commands.command import CommandStatus, QueuedCommand
from voltyard.yard.deployments.deployment import Deployment, ProvisioningError, ProvisioningStatus
from voltyard.yard.events.event_log import YardEvent, YardEventLog
from voltyard.yard.provisioning.bulk_job import Job, JobItem
from voltyard.yard.records import YardEventLogged
from voltyard.yard.repositories import EventSubjectRepository

if TYPE_CHECKING:
    from voltyard.yard.days import Day

_OK: Final = "NoError"


MoveHeard: TypeAlias = Callable[[str, str | None, str | None], None]
"""Told a deployment's id, the location it was at, and the one it is at."""


@dataclass(slots=True)
class _Charger:
    """Facts about a charger, beyond those that each of its events has."""

    organization_id: str
    identity: str
    location_id: str | None
    connected: bool = False
    faulted: set[tuple[int, int]] = field(default_factory=set)


class EventWriter:
    """Writes events from the reports of the yard's parts and chargers."""

    def __init__(
        self,
        event_log: YardEventLog,
        events: EventStore[YardEventLogged],
        subjects: EventSubjectRepository,
        clock: Clock,
    ) -> None:
        self._event_log = event_log
        self._events = events
        self._subjects = subjects
        self._clock = clock
        self._chargers: dict[str, _Charger] = {}
        self._moved: list[MoveHeard] = []

    def __len__(self) -> int:
        """The number of chargers there are."""
        return len(self._chargers)

    def on_moved(self, heard: MoveHeard) -> None:
        """Have it told of each deployment that comes to a location."""
        self._moved.append(heard)

    def location_of(self, deployment_id: str) -> str | None:
        """The location of a charger."""
        charger = self._chargers.get(deployment_id)
        return None if charger is None else charger.location_id

    def organization_of(self, deployment_id: str) -> str | None:
        """The organization of a charger; None where there is no such charger."""
        charger = self._chargers.get(deployment_id)
        return None if charger is None else charger.organization_id

    async def load(self) -> None:
        """Know the chargers there are; nothing is heard of them before."""
        self._event_log.load(await self._events.newest())
        for one in await self._subjects.whereabouts():
            known = _Charger(one.organization_id, one.identity, one.location_id)
            self._chargers.setdefault(one.id, known)

    def at_location(self, location_id: str) -> list[str]:
        """The chargers that are there."""
        return [one for one, known in self._chargers.items() if known.location_id == location_id]

    def of_organization(self, organization_id: str) -> list[str]:
        """The chargers of an organization."""
        known = self._chargers.items()
        return [one for one, charger in known if charger.organization_id == organization_id]

    # --- deployments -----------------------------------------------------------------------------

    def created(self, deployment: Deployment) -> None:
        """Tell of a deployment that is written down."""
        self._chargers[deployment.id] = _Charger(
            deployment.organization_id, deployment.identity, deployment.location_id
        )
        self._of(deployment.id, "charger.created", _described(deployment))

    def changed(self, deployment: Deployment) -> None:
        """Tell of a deployment that is as given now."""
        charger = self._chargers.get(deployment.id)
        if charger is not None:
            charger.identity = deployment.identity
            before, charger.location_id = charger.location_id, deployment.location_id
            if before != deployment.location_id:
                for heard in self._moved:
                    heard(deployment.id, before, deployment.location_id)
            self._of(deployment.id, "charger.changed", _described(deployment))

    def deleted(self, deployment: Deployment) -> None:
        """Nothing is heard of it any more."""
        self._of(deployment.id, "charger.deleted", _described(deployment))
        self._chargers.pop(deployment.id, None)

    def location_deleted(self, location_id: str) -> None:
        """Its chargers are at no location."""
        for charger in self._chargers.values():
            if charger.location_id == location_id:
                charger.location_id = None

    def provisioned(
        self, deployment_id: str, provisioning: ProvisioningStatus, error: ProvisioningError | None
    ) -> None:
        """Its row is READY or FAILED."""
        if provisioning is ProvisioningStatus.READY:
            self._of(deployment_id, "provisioning.succeeded", {})
        elif provisioning is ProvisioningStatus.FAILED:
            self._of(deployment_id, "provisioning.failed", {"error": msgspec.to_builtins(error)})

    def job_finished(self, job: Job, items: Sequence[JobItem]) -> None:
        """A bulk creation is through."""
        failed = sum(item.error is not None for item in items)
        data = {
            "job_id": job.id,
            "status": job.status,
            "ready": len(items) - failed,
            "failed": failed,
        }
        now = self._clock()
        self._write("job.finished", now, job.organization_id, data, location_id=job.location_id)

    def day_told(self, type: str, at: Instant, day: "Day") -> None:
        """A day has begun or ended, and what it has come to."""
        data = {
            "day_id": day.id,
            "kind": day.plan.kind,
            "rate": day.plan.rate,
            "status": str(day.status),
            "sessions_begun": day.sessions_begun,
            "sessions_ended": day.sessions_ended,
            "energy_wh": day.energy_wh,
            "refused": day.refused,
        }
        self._write(type, at, day.organization_id, data, location_id=day.location_id)

    def ended(self, command: QueuedCommand) -> None:
        """A command has come to its end."""
        data: dict[str, Any] = {"command_id": command.id, "event_type": command.event_type}
        if command.status is CommandStatus.COMPLETED:
            result = command.result or {}
            if len(msgspec.json.encode(result)) > limits.EVENT_DATA_CHARS:
                data |= {"result": None, "result_omitted": True}
            else:
                data["result"] = result
        elif command.status is CommandStatus.FAILED:
            data["error"] = msgspec.to_builtins(command.error)
        self._write(
            f"command.{command.status}",
            self._clock() if command.finished_at is None else command.finished_at,
            command.organization_id,
            data,
            deployment_id=command.deployment_id,
            identity=command.identity,
            location_id=command.location_id,
        )

    # --- what chargers report --------------------------------------------------------------------

    def happened(self, deployment_id: str, event: Mapping[str, Any]) -> None:
        """An event of charger.description.events as plain data."""
        charger = self._chargers.get(deployment_id)
        translate = _REPORTS.get(event["type"])
        if charger is None or translate is None:
            return
        for kind, data in translate(charger, event):
            self._of(deployment_id, kind, data, event["at"])

    def broke(self, deployment_id: str, error: ProvisioningError) -> None:
        """Its runtime ended by itself, and its row is FAILED."""
        charger = self._chargers.get(deployment_id)
        if charger is not None:
            charger.connected = False
        self._of(deployment_id, "runtime.broke", {"error": msgspec.to_builtins(error)})

    def _write(
        self,
        name: str,
        at: Instant,
        organization_id: str,
        data: Mapping[str, Any],
        *,
        deployment_id: str | None = None,
        identity: str | None = None,
        location_id: str | None = None,
    ) -> None:
        event = YardEvent(
            name=name,
            at=at,
            organization_id=organization_id,
            data=data,
            deployment_id=deployment_id,
            identity=identity,
            location_id=location_id,
        )
        self._event_log.write((), (event,))

    def _of(
        self, deployment_id: str, kind: str, data: Mapping[str, Any], at: Instant | None = None
    ) -> None:
        charger = self._chargers.get(deployment_id)
        if charger is None:
            return  # it was deleted meanwhile
        self._write(
            kind,
            self._clock() if at is None else at,
            charger.organization_id,
            data,
            deployment_id=deployment_id,
            identity=charger.identity,
            location_id=charger.location_id,
        )


def _described(deployment: Deployment) -> dict[str, Any]:
    return {
        "identity": deployment.identity,
        "ocpp_version": deployment.ocpp_version,
        "location_id": deployment.location_id,
    }


NamedEvents: TypeAlias = Sequence[tuple[str, Mapping[str, Any]]]
"""Types of events with their data."""


def _connection(charger: _Charger, event: Mapping[str, Any]) -> NamedEvents:
    was, charger.connected = charger.connected, event["connected"]
    if charger.connected:
        return [("connection.opened", {})]
    return [("connection.lost" if was else "connection.failed", {"reason": event["reason"]})]


def _boot(_charger: _Charger, event: Mapping[str, Any]) -> NamedEvents:
    return [(f"boot.{event['status'].lower()}", {"interval_s": event["interval_s"]})]


def _status(charger: _Charger, event: Mapping[str, Any]) -> NamedEvents:
    """In OCPP 1.6 a connector may have an error and not be Faulted."""
    data = _data(event)
    where = (event["evse_id"], event["connector_id"])
    said = [("connector.status_changed", data)]
    faulted = event["status"] == "Faulted" or event["error_code"] != _OK
    if faulted and where not in charger.faulted:
        charger.faulted.add(where)
        said.append(("fault.occurred", data))
    elif not faulted and where in charger.faulted:
        charger.faulted.remove(where)
        said.append(("fault.cleared", data))
    return said


def _reserved(_charger: _Charger, event: Mapping[str, Any]) -> NamedEvents:
    data = _data(event)
    return [("reservation.made", data | {"expires_at": to_rfc3339(data["expires_at"])})]


def _as(kind: str) -> Callable[[_Charger, Mapping[str, Any]], NamedEvents]:
    return lambda _charger, event: [(kind, _data(event))]


def _data(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("type", "at")}


_REPORTS: Final[Mapping[str, Callable[[_Charger, Mapping[str, Any]], NamedEvents]]] = {
    "connection": _connection,
    "answer_refused": _as("answer.refused"),
    "faults_forgiven": _as("faults.forgiven"),
    "boot": _boot,
    "status": _status,
    "transaction_started": _as("transaction.started"),
    "transaction_confirmed": _as("transaction.confirmed"),
    "transaction_ended": _as("transaction.ended"),
    "meter": _as("meter.sampled"),
    "setting": _as("setting.changed"),
    "message_dropped": _as("message.dropped"),
    "security": _as("security.noticed"),
    "firmware": _as("firmware.status_changed"),
    "upload": _as("upload.status_changed"),
    "publication": _as("publication.status_changed"),
    "reservation_made": _reserved,
    "reservation_ended": _as("reservation.ended"),
    "limit": _as("limit.changed"),
}
