"""Service of simulated chargers: creating, changing, listing and deleting them. Their runtimes
follow by themselves."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Struct, UnsetType

from voltyard.catalogue.catalogue import Catalogue, ChargerModel
from voltyard.catalogue.connector_types import connector_type
from voltyard.kernel import ids
from voltyard.kernel.addressing.egress import Egress
from voltyard.kernel.errors import Conflict, Invalid, NotFound
from voltyard.kernel.masked_text import masked_repr
from voltyard.kernel.pace import Pace
from voltyard.kernel.quotas import Quota
from voltyard.kernel.time import Seconds
from voltyard.ports.clock import Clock
from voltyard.ports.runtimes import Provider
from voltyard.yard.commands.command import RESTART, STOP, QueuedCommand
from voltyard.yard.commands.dispatcher import Dispatcher, Ended
from voltyard.yard.deployments import faults, rates, security_settings, vendor_settings
from voltyard.yard.deployments.defaults import ChargerDefaults
from voltyard.yard.deployments.deployment import ChargerOptions, Deployment, ProvisioningStatus
from voltyard.yard.deployments.runtime_spec import charger_of
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.keyed_answers import AnswerNote
from voltyard.yard.locks import Locks
from voltyard.yard.provisioning.provisioner import Provisioner, new_run
from voltyard.yard.repositories import Repositories
from voltyard.yard.runtime_reports import RuntimeReports
from voltyard.yard.version_names import DEFAULT_VERSION, version_from

_IDENTITY_CHARACTERS = {"1.6": 255, "2.0.1": 48}
"""OCPP 2.0.1 part 4, 3.1.1; 1.6 names no bound."""

_URL_HINT = "e.g. wss://csms.example/ocpp; the charger appends '/' and its identity"

_BEGINNING_S: Seconds = 0.4
"""Time for which a creation waits for its run to begin before it answers that it is PENDING."""


class NewCharger(Struct, frozen=True, kw_only=True):
    """A request to create a charger. What is empty is yard.deployments.defaults'."""

    identity: str
    brand_slug: str = ""
    model_slug: str = ""
    connector_type: str = ""
    ws_url: str = ""
    ocpp_version: str | None = None
    name: str | None = None
    location_id: str | None = None
    location_name: str | None = None
    options: ChargerOptions = ChargerOptions()
    start: bool = True


class ChargerChanges(Struct, frozen=True, kw_only=True):
    """Changes of a charger; fields that are UNSET stay as they are."""

    name: str | UnsetType | None = UNSET
    connector_type: str | UnsetType = UNSET
    ocpp_version: str | UnsetType = UNSET
    ws_url: str | UnsetType = UNSET
    location_id: str | UnsetType | None = UNSET
    location_name: str | UnsetType | None = UNSET
    options: dict[str, Any] = {}
    """Fields of ChargerOptions; `tls` as yard.deployments.security_settings.changed takes it."""

    def __repr__(self) -> str:
        return masked_repr(self, "options")


class ChargerService:
    """Every operation on one charger but commands."""

    def __init__(
        self,
        repositories: Repositories,
        provider: Provider,
        dispatcher: Dispatcher,
        provisioner: Provisioner,
        reports: RuntimeReports,
        event_writer: EventWriter,
        catalogue: Catalogue,
        clock: Clock,
        resumed: asyncio.Event,
        locks: Locks,
        egress_of: Callable[[str], Egress],
        quota: Quota,
        defaults: ChargerDefaults,
    ) -> None:
        """Nothing is written down before `resumed`, or it would be taken for a former run's.
        `egress_of` is an organization's policy for what its chargers dial."""
        self._egress_of = egress_of
        self.defaults = defaults
        """Defaults of new chargers."""
        self.quota = quota
        """The quota of deployments."""
        self._resumed = resumed
        self._locks = locks
        self._repositories = repositories
        self._deployments = repositories.deployments
        self._provider = provider
        self._dispatcher = dispatcher
        self._provisioner = provisioner
        self._reports = reports
        self._event_writer = event_writer
        self._catalogue = catalogue
        self._clock = clock

    async def create(
        self, organization_id: str, new: NewCharger, note: AnswerNote[Deployment] | None = None
    ) -> Deployment:
        """Write the deployment down and provision it in the background. Invalid where it could
        never run, Conflict where its identity is taken."""
        deployment = self.drawn_up(organization_id, new)
        await self._check_location(organization_id, new.location_id)
        await self._resumed.wait()
        answer = None if note is None else note(deployment)
        self.quota.take(organization_id)
        kept: list[Deployment] = []
        try:
            kept = await self._deployments.add([deployment], answer)
        finally:
            if not kept:
                self.quota.give_back(organization_id)
        if not kept:
            raise Conflict(
                f"the identity {new.identity!r} is taken by another charger",
                hint="delete that one first, or choose another",
                param="identity",
            )
        deployment = kept[0]
        self._event_writer.created(deployment)
        self.provision(deployment)
        if await self._provisioner.reserved(deployment.workflow_run_id or "", _BEGINNING_S):
            return msgspec.structs.replace(deployment, provisioning=ProvisioningStatus.PROVISIONING)
        return deployment

    def drawn_up(
        self, organization_id: str, new: NewCharger, deployment_id: str | None = None
    ) -> Deployment:
        """The deployment that `new` asks for, checked, and not yet written down."""
        now = self._clock()
        new = msgspec.structs.replace(new, **self.defaults.completing(organization_id, new))
        asked = None if new.ocpp_version is None else version_from(new.ocpp_version)
        version = faults.spoken(new.options.personality, asked) or DEFAULT_VERSION
        deployment = Deployment(
            id=deployment_id or ids.prefixed("dep-"),
            organization_id=organization_id,
            identity=new.identity,
            brand_slug=new.brand_slug,
            model_slug=new.model_slug,
            connector_type=new.connector_type,
            ocpp_version=version,
            ws_url=new.ws_url,
            created_at=now,
            updated_at=now,
            name=new.name,
            location_id=new.location_id,
            location_name=new.location_name,
            options=rates.settled(faults.settled(new.options, version), None, now),
            desired_count=1 if new.start else 0,
            workflow_run_id=new_run(),
        )
        self._check(deployment)
        self.check_target(organization_id, new.ws_url)
        self._check_connector(deployment)
        self._provider.check(charger_of(deployment, self._catalogue))
        return deployment

    def provision(self, deployment: Deployment) -> Ended:
        """Have it provisioned in the run that its row names, after what was asked of it before;
        its row tells the outcome."""
        assert deployment.workflow_run_id is not None
        return self._provisioner.submit(deployment.id, deployment.workflow_run_id)

    async def get(self, organization_id: str, charger_id: str) -> Deployment:
        """By id or identity. NotFound where there is none, or it is another organization's."""
        found = await self._deployments.find(organization_id, charger_id)
        if found is None:
            raise NotFound(f"there is no charger {charger_id!r}")
        return found

    async def change(
        self, organization_id: str, charger_id: str, changes: ChargerChanges
    ) -> Deployment:
        """Change what is given; a running charger takes it up, after the commands it was given
        before. Invalid where it could not run like that, Conflict where its version is to change
        while it owes its CSMS the rest of a transaction."""
        found = await self.get(organization_id, charger_id)
        return await self.change_found(found, changes)

    async def change_found(self, found: Deployment, changes: ChargerChanges) -> Deployment:
        """Change like `change`."""
        async with self._locks.changing(found.id):
            before = await self._deployments.get(found.id)
            if before is None:
                raise NotFound(f"there is no charger {found.identity!r}")
            return await self._change(before, changes)

    async def _change(self, before: Deployment, changes: ChargerChanges) -> Deployment:
        after = self._changed(before, changes)
        self._check(after)
        if after.ws_url != before.ws_url:
            self.check_target(after.organization_id, after.ws_url)
        if after.connector_type != before.connector_type:
            self._check_connector(after)
        if after.location_id != before.location_id:
            await self._check_location(before.organization_id, after.location_id)
        if after.ocpp_version != before.ocpp_version:
            await self._check_quiet(before)
        if not self._runs_differently(before, after):
            after = await self._deployments.change(after)
            self._event_writer.changed(after)
            return after
        self._provider.check(charger_of(after, self._catalogue))
        after = msgspec.structs.replace(
            after, workflow_run_id=new_run(), provisioning=ProvisioningStatus.PENDING, error=None
        )
        await self._resumed.wait()
        after = await self._deployments.change(after, provisioned=True)
        self._event_writer.changed(after)
        self.provision(after)
        return after

    async def go_at(self, found: Deployment, pace: Pace) -> None:
        """Have its time follow real time so; a running charger takes it up without a restart."""
        async with self._locks.changing(found.id):
            deployment = await self._deployments.get(found.id)
            if deployment is not None:
                await self._go_at(deployment, pace)

    async def _go_at(self, deployment: Deployment, pace: Pace) -> None:
        now = self._clock()
        is_real_time = pace.rate == rates.REAL_TIME and pace.local_at(now) == now
        if is_real_time and deployment.options.pace is None:
            return
        options = rates.going(deployment.options, pace.rate, pace)
        options = msgspec.structs.replace(options, peer_agrees_to_rate=True)
        after = msgspec.structs.replace(
            deployment,
            options=options,
            updated_at=now,
            workflow_run_id=new_run(),
            provisioning=ProvisioningStatus.PENDING,
            error=None,
        )
        await self._resumed.wait()
        after = await self._deployments.change(after, provisioned=True)
        self._event_writer.changed(after)
        self.provision(after)

    async def delete(self, organization_id: str, charger_id: str) -> None:
        """Stop its runtime and forget it; its identity is free at once."""
        await self.delete_found(await self.get(organization_id, charger_id))

    async def delete_found(self, deployment: Deployment) -> None:
        """Delete like `delete`."""
        await self._dispatcher.drop(deployment.id)
        await self._provider.remove(deployment.id)
        self._reports.forget(deployment.id)
        if await self._deployments.remove(deployment.id):
            self.quota.give_back(deployment.organization_id)
        self._event_writer.deleted(deployment)

    async def state(self, deployment: Deployment) -> dict[str, Any]:
        """The present state: charger.state.ChargerState as plain data. Conflict where it does not
        run."""
        state = await self._provider.state(deployment.id)
        if state is None:
            raise not_running(deployment)
        return state

    async def states(self, deployments: Sequence[Deployment]) -> dict[str, dict[str, Any]]:
        """The present states of those of them that run and can be asked, by id."""
        return await self._provider.states([one.id for one in deployments])

    async def settings(self, deployment: Deployment) -> dict[str, Any]:
        """Its settings by name. Conflict where it does not run."""
        settings = await self._provider.settings(deployment.id)
        if settings is None:
            raise not_running(deployment)
        return settings

    async def carry_out(self, command: QueuedCommand) -> dict[str, Any]:
        """Start, stop or restart its runtime, as the command says; what was asked of it."""
        deployment_id = command.deployment_id
        if command.verb == STOP:
            await self._provider.stop(deployment_id)
            self._reports.forget(deployment_id)
        elif command.verb == RESTART and await self._provider.state(deployment_id) is not None:
            await self._provider.restart(deployment_id)
        else:
            # A command that is carried out anew after a crash joins the run it had begun.
            await self._provisioner.start(deployment_id, f"wfr_{command.id}")
        return command.payload

    def check_target(self, organization_id: str, ws_url: str) -> None:
        """Invalid where the URL is that of no CSMS, or of one that the organization may not
        dial."""
        check_url(ws_url)
        parts = urlsplit(ws_url)
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        self._egress_of(organization_id).check(parts.hostname or "", port, param="ws_url")

    def _check(self, deployment: Deployment) -> None:
        """Invalid where no charger can be like that."""
        _check_identity(deployment)
        check_url(deployment.ws_url)
        security_settings.check(deployment)
        faults.check(deployment)
        _check_local_controller(deployment)
        try:
            charger_of(deployment, self._catalogue)
        except NotFound as error:
            raise Invalid(error.message, hint=error.advice, **error.details) from None

    def _check_connector(self, deployment: Deployment) -> None:
        """Invalid where the model has no such connector."""
        model = self._catalogue.model(deployment.brand_slug, deployment.model_slug)
        wanted = connector_type(deployment.connector_type)
        if wanted not in [connector_type(name) for name in _taken(model)]:
            has = ", ".join(model.connector_types)
            raise Invalid(
                f"{model.name} has no connector_type {deployment.connector_type!r}",
                hint=f"it has {has}",
                param="connector_type",
            )

    async def _check_location(self, organization_id: str, location_id: str | None) -> None:
        if location_id is None:
            return
        if await self._repositories.locations.find(organization_id, location_id) is None:
            raise Invalid(f"there is no location {location_id!r}", param="location_id")

    async def _check_quiet(self, deployment: Deployment) -> None:
        """A transaction is ended in the version in which it began."""
        state = await self._provider.state(deployment.id)
        if state is None:
            snapshot = await self._deployments.memory(deployment.id)
            if snapshot is not None and self._provider.owes(snapshot):
                raise Conflict(
                    f"the charger {deployment.identity!r} was stopped in a transaction, which "
                    "another version of OCPP could not end",
                    hint="start-charger has it ended; wait until queue_length is 0, and change the "
                    "version then",
                )
        elif state["queue_length"] or any(one["transaction"] for one in state["connectors"]):
            raise Conflict(
                f"the charger {deployment.identity!r} is in a transaction, which another version "
                "of OCPP could not end",
                hint="stop it, wait until queue_length is 0, and change the version then",
            )

    def _changed(self, before: Deployment, changes: ChargerChanges) -> Deployment:
        said = {
            name: value
            for name in ("name", "connector_type", "ws_url", "location_id", "location_name")
            if (value := getattr(changes, name)) is not UNSET
        }
        if changes.ocpp_version is not UNSET:
            said["ocpp_version"] = version_from(changes.ocpp_version)
        given = dict(changes.options)
        if "tls" in given:
            given["tls"] = security_settings.changed(before.options.tls, given["tls"])
        if "vendor_settings" in given:
            of_vendor = vendor_settings.changed(before.options, given["vendor_settings"])
            given["vendor_settings"] = of_vendor
        options = msgspec.structs.replace(before.options, **given)
        options = rates.settled(options, before.options, self._clock())
        return msgspec.structs.replace(before, **said, options=options, updated_at=self._clock())

    def _runs_differently(self, before: Deployment, after: Deployment) -> bool:
        if before.options.pace != after.options.pace:
            return True
        return charger_of(before, self._catalogue) != charger_of(after, self._catalogue)


def _taken(model: ChargerModel) -> tuple[str, ...]:
    return model.connector_types + model.also_taken


def connector_status(
    deployment: Deployment, state: dict[str, Any], evse_id: int, connector_id: int
) -> str | None:
    """The status of a connector in a state; None where there is no such connector. In OCPP 1.6
    connector n is EVSE n, connector 1, and may be named as connector n of EVSE 1."""
    where = (evse_id, connector_id)
    if deployment.ocpp_version == "1.6" and evse_id == 1:
        where = (connector_id, 1)
    for connector in state["connectors"]:
        if (connector["evse_id"], connector["connector_id"]) == where:
            status: str = connector["status"]
            return status
    return None


def not_running(deployment: Deployment) -> Conflict:
    """The error for a charger that has no runtime now."""
    if deployment.provisioning is ProvisioningStatus.FAILED:
        return Conflict(f"the charger {deployment.identity!r} could not be provisioned")
    if deployment.desired_count == 0:
        return Conflict(
            f"the charger {deployment.identity!r} is stopped", hint="start-charger starts it"
        )
    return Conflict(f"the charger {deployment.identity!r} is still being provisioned")


def _check_identity(deployment: Deployment) -> None:
    identity = deployment.identity
    longest = _IDENTITY_CHARACTERS[deployment.ocpp_version]
    # A colon would end the user name of basic authentication, a slash the last part of the URL.
    if not identity.strip() or not identity.isprintable() or set(identity) & set(":/"):
        raise Invalid(
            f"{identity!r} is no identity",
            hint="printable characters without ':' and '/'",
            param="identity",
        )
    if len(identity) > longest:
        raise Invalid(
            f"the identity has {len(identity)} characters, OCPP {deployment.ocpp_version} takes "
            f"{longest}",
            param="identity",
        )


def _check_local_controller(deployment: Deployment) -> None:
    if deployment.options.local_controller and deployment.ocpp_version == "1.6":
        raise Invalid(
            "local_controller: OCPP 1.6 has no messages to publish firmware",
            hint="ocpp_version OCPP2.0.1, or no local_controller",
            param="local_controller",
        )


def check_url(url: str) -> None:
    """Check a URL. One that is refused is not repeated: it may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
    except ValueError:
        raise _bad_url("is not the URL of a CSMS") from None
    if parts.username is not None or parts.password is not None:
        raise _bad_url("holds credentials", hint="give the password as basic_auth_password")
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise _bad_url("is not the URL of a CSMS")
    if "#" in url:
        raise _bad_url("holds a fragment, which no WebSocket URL may (RFC 6455 3)")
    if not url.isprintable() or " " in url:
        raise _bad_url("holds characters that no URL has")


def _bad_url(what: str, *, hint: str = _URL_HINT) -> Invalid:
    return Invalid(f"ws_url {what}", hint=hint, param="ws_url")
