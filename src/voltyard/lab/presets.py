"""Locations from the catalogue's presets: the site, and a job that makes its chargers."""

from msgspec import Struct

from voltyard.lab.answers import Answer, Note
from voltyard.lab.bulk import Bulk
from voltyard.lab.catalogue import Catalogue, LocationTemplate
from voltyard.lab.chargers import Chargers, NewCharger
from voltyard.lab.deployments import Options
from voltyard.lab.jobs import SUFFIX_CHARACTERS, Group, Job, Template
from voltyard.lab.locations import Location
from voltyard.lab.sites import NewLocation, Sites
from voltyard.lab.versions import version_from


class Furnished(Struct, frozen=True):
    """A location, and the job that makes its chargers."""

    location: Location
    job: Job


class Presets:
    """Makes locations with their chargers."""

    def __init__(self, catalogue: Catalogue, sites: Sites, chargers: Chargers, bulk: Bulk) -> None:
        self._catalogue = catalogue
        self._sites = sites
        self._chargers = chargers
        self._bulk = bulk

    async def furnish(
        self,
        organization_id: str,
        slug: str,
        new: NewLocation,
        ws_url: str,
        identity_prefix: str,
        note: Note[Furnished] | None = None,
    ) -> Furnished:
        """Write a location down, and with it the job for the preset's chargers. NotFound where
        there is no such preset, Invalid where its chargers could never run; then no location is
        made."""
        preset = self._catalogue.template(slug)
        groups = _groups(preset, ws_url, identity_prefix)
        for group in groups:
            self._chargers.drawn_up(organization_id, _first_of(group))
        location = self._sites.drawn_up(organization_id, new)

        def of_job(job: Job) -> Answer:
            assert note is not None
            return note(Furnished(location, job))

        job = await self._bulk.furnish(location, groups, None if note is None else of_job)
        return Furnished(location, job)


def _groups(preset: LocationTemplate, ws_url: str, identity_prefix: str) -> list[Group]:
    return [
        Group(
            template=Template(
                brand_slug=group.brand_slug,
                model_slug=group.model_slug,
                connector_type=group.connector_type,
                ws_url=ws_url,
                ocpp_version=version_from(group.ocpp_version),
                identity_prefix=identity_prefix,
                options=Options(vehicle=group.vehicle),
            ),
            chargers_number=group.count,
        )
        for group in preset.charger_groups
    ]


def _first_of(group: Group) -> NewCharger:
    """A charger such as the group's will be, for the checks that all of them must pass."""
    template = group.template
    return NewCharger(
        identity=template.identity_prefix + "0" * SUFFIX_CHARACTERS,
        brand_slug=template.brand_slug,
        model_slug=template.model_slug,
        connector_type=template.connector_type,
        ws_url=template.ws_url,
        ocpp_version=template.ocpp_version,
        options=template.options,
    )
