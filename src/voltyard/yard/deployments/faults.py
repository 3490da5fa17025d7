"""Deliberate faults of chargers, quirks and bad networks, kept with their deployments."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from voltyard.catalogue import network_conditions
from voltyard.catalogue.quirks.enabled import read_all
from voltyard.catalogue.quirks.personalities import personality_named
from voltyard.kernel.errors import Invalid, NotFound, VoltyardError
from voltyard.ports.clock import Clock
from voltyard.ports.runtimes import Provider
from voltyard.yard.deployments.deployment import ChargerOptions, Deployment
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.locks import Locks
from voltyard.yard.repositories import DeploymentRepository


class FaultChanges(Struct, frozen=True, kw_only=True):
    """Changes of a charger's faults; fields that are UNSET stay as they are."""

    quirks: Sequence[Any] | UnsetType = UNSET
    """Plain data that catalogue.quirks.enabled.read_all takes."""
    network: dict[str, Any] | UnsetType | None = UNSET
    """Plain data that catalogue.network_conditions.read takes."""


class FaultsGiven(Struct, frozen=True):
    """A charger of a location, with the reason where it could not be given its faults."""

    deployment: Deployment
    error: str | None = None


class FaultService:
    """Every operation on the deliberate faults of chargers, running or not."""

    def __init__(
        self,
        deployments: DeploymentRepository,
        provider: Provider,
        event_writer: EventWriter,
        clock: Clock,
        locks: Locks,
    ) -> None:
        self._locks = locks
        self._deployments = deployments
        self._provider = provider
        self._event_writer = event_writer
        self._clock = clock

    async def give(self, deployment: Deployment, wrong: FaultChanges) -> Deployment:
        """From here on it has these, and no others of their kind; a running charger is not
        restarted. Invalid where a charger of its version cannot have them, NotFound where it was
        deleted meanwhile."""
        async with self._locks.changing(deployment.id):
            before = await self._deployments.get(deployment.id)
            if before is None:
                raise NotFound(f"there is no charger {deployment.identity!r}")
            options = changed(before.options, wrong, before.ocpp_version)
            after = msgspec.structs.replace(before, options=options, updated_at=self._clock())
            with suppress(NotFound):  # where it does not run, it will begin with them
                await self._provider.misbehave(before.id, of(options))
            after = await self._deployments.change(after)
            self._event_writer.changed(after)
        return after

    async def give_all(
        self, organization_id: str, location_id: str, wrong: FaultChanges
    ) -> list[FaultsGiven]:
        """The same for each charger of a location, one after another."""
        given = []
        for deployment in await self._deployments.at_location(organization_id, location_id):
            try:
                given.append(FaultsGiven(await self.give(deployment, wrong)))
            except VoltyardError as error:
                given.append(FaultsGiven(deployment, str(error)))
        return given

    async def listed(self, organization_id: str, location_id: str) -> list[Deployment]:
        """Every charger of a location."""
        return await self._deployments.at_location(organization_id, location_id)


def of(options: ChargerOptions) -> dict[str, Any]:
    """A charger's faults, as ports.runtimes.RuntimeSpec has them."""
    faults: dict[str, Any] = {}
    if options.quirks:
        faults["quirks"] = list(options.quirks)
    if options.network:
        faults["network"] = options.network
    return faults


def changed(options: ChargerOptions, wrong: FaultChanges, version: str) -> ChargerOptions:
    """Options with these faults, in the one form in which they are kept. Invalid where there are
    none like that."""
    if not isinstance(wrong.quirks, UnsetType):
        quirks = tuple(one.plain() for one in read_all(wrong.quirks, version))
        options = msgspec.structs.replace(options, quirks=quirks)
    if not isinstance(wrong.network, UnsetType):
        network = network_conditions.plain(network_conditions.read(wrong.network)) or None
        options = msgspec.structs.replace(options, network=network)
    return options


def check(deployment: Deployment) -> None:
    """Invalid where a charger of its version cannot have its quirks."""
    read_all(deployment.options.quirks, deployment.ocpp_version)


def spoken(personality: str | None, version: str | None) -> str | None:
    """The version that was asked for, else the personality's. Invalid where there is no such
    personality, or it does not speak that version."""
    if personality is None:
        return version
    found = personality_named(personality)
    if version is not None and version not in found.versions:
        speaks = " and ".join(found.versions)
        raise Invalid(
            f"{found.slug} has been seen with OCPP {speaks} only, not with {version}",
            param="personality",
        )
    return version or found.versions[0]


def settled(options: ChargerOptions, version: str) -> ChargerOptions:
    """The options of a new charger: with what its personality brings, vendor, model, settings and
    quirks, each unless it is given."""
    options = changed(
        options, FaultChanges(quirks=options.quirks, network=options.network), version
    )
    if options.personality is None:
        return options
    found = personality_named(options.personality)
    given = {one["name"] for one in options.quirks}
    brought = [one for one in read_all(found.quirks, version) if one.quirk.name not in given]
    return msgspec.structs.replace(
        options,
        personality=found.slug,
        vendor=options.vendor or found.vendor,
        model=options.model or found.model,
        settings={**found.settings.get(version, {}), **options.settings},
        quirks=(*(one.plain() for one in brought), *options.quirks),
    )
