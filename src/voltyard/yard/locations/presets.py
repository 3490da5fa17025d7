"""Locations from the catalogue's presets, with the job that makes their chargers."""

from msgspec import Struct

from voltyard.catalogue.catalogue import Catalogue, LocationTemplate
from voltyard.yard.deployments.charger_service import ChargerService, NewCharger
from voltyard.yard.deployments.deployment import ChargerOptions
from voltyard.yard.keyed_answers import AnswerNote, KeyedAnswer
from voltyard.yard.locations.location import Location
from voltyard.yard.locations.location_service import LocationService, NewLocation
from voltyard.yard.provisioning.bulk_creation import BulkCreation, new_charger
from voltyard.yard.provisioning.bulk_job import (
    SUFFIX_CHARACTERS,
    ChargerTemplate,
    Job,
    TemplateGroup,
)
from voltyard.yard.version_names import version_from


class ChargerTarget(Struct, frozen=True):
    """The CSMS of new chargers."""

    ws_url: str
    """Empty: the server's own backend."""
    registers: bool
    """True where they are registered there."""


class FurnishedLocation(Struct, frozen=True):
    """A new location, and the job that makes its chargers."""

    location: Location
    job: Job


class PresetService:
    """Creates locations with their chargers from presets."""

    def __init__(
        self,
        catalogue: Catalogue,
        sites: LocationService,
        chargers: ChargerService,
        bulk: BulkCreation,
    ) -> None:
        self._catalogue = catalogue
        self._sites = sites
        self._chargers = chargers
        self._bulk = bulk

    async def furnish(
        self,
        organization_id: str,
        slug: str,
        new: NewLocation,
        target: ChargerTarget,
        identity_prefix: str,
        note: AnswerNote[FurnishedLocation] | None = None,
    ) -> FurnishedLocation:
        """Write a location down, and with it the job for the preset's chargers. NotFound where
        there is no such preset, Invalid where its chargers could never run; then no location is
        made."""
        preset = self._catalogue.template(slug)
        groups = _groups(preset, target, identity_prefix)
        for group in groups:
            self._chargers.drawn_up(organization_id, _first_of(group))
        location = self._sites.drawn_up(organization_id, new)

        def of_job(job: Job) -> KeyedAnswer:
            assert note is not None
            return note(FurnishedLocation(location, job))

        job = await self._bulk.furnish(location, groups, None if note is None else of_job)
        return FurnishedLocation(location, job)


def _groups(
    preset: LocationTemplate, target: ChargerTarget, identity_prefix: str
) -> list[TemplateGroup]:
    return [
        TemplateGroup(
            template=ChargerTemplate(
                brand_slug=group.brand_slug,
                model_slug=group.model_slug,
                connector_type=group.connector_type,
                ws_url=target.ws_url,
                ocpp_version=version_from(group.ocpp_version),
                identity_prefix=identity_prefix,
                options=ChargerOptions(vehicle=group.vehicle, registers=target.registers),
            ),
            chargers_number=group.count,
        )
        for group in preset.charger_groups
    ]


def _first_of(group: TemplateGroup) -> NewCharger:
    """A charger such as the group's will be, for the checks that all of them must pass."""
    template = group.template
    return new_charger(template, template.identity_prefix + "0" * SUFFIX_CHARACTERS)
