"""List of an organization's chargers: searched, filtered and sorted, a page at a time."""

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final, TypeAlias

from msgspec import Struct

from voltyard.catalogue.catalogue import Catalogue
from voltyard.ports.runtimes import SampledCharger
from voltyard.yard.deployments.deployment import Deployment
from voltyard.yard.repositories import (
    DeploymentQuery,
    DeploymentRepository,
    Listing,
    PageRequest,
)
from voltyard.yard.samples.sampled_status import (
    SortKey,
    WantedStatus,
    has_status,
    highest_soc,
    status_rank,
)
from voltyard.yard.samples.sampler import Sampler
from voltyard.yard.version_names import version_from

_DIGITS: Final = re.compile(r"([0-9]+)")


class ChargerFilter(Struct, frozen=True, kw_only=True):
    """A filter on an organization's chargers, and their order; None matches all."""

    search: str | None = None
    """A part of identity, name, vendor or model; capitals and small letters are the same."""
    status: WantedStatus | None = None
    location_id: str | None = None
    ocpp_version: str | None = None
    """As yard.version_names reads it."""
    sort: SortKey = "created_at"
    descending: bool = False


class ChargerListing:
    """Lists chargers. What is written down of them is asked of the database; what they are doing is
    in their samples, so that a list costs the same however many of them run elsewhere."""

    def __init__(
        self, deployments: DeploymentRepository, sampler: Sampler, catalogue: Catalogue
    ) -> None:
        self._deployments = deployments
        self._sampler = sampler
        self._catalogue = catalogue

    async def listed(
        self, organization_id: str, wanted: ChargerFilter, page: PageRequest
    ) -> Listing[Deployment]:
        """A page of those that match, and how many do. Of those that are equal the oldest comes
        first, whichever way they are sorted."""
        query = self._query(wanted)
        if wanted.status is None and wanted.sort == "created_at":
            return await self._deployments.listed(organization_id, query, page)
        await self._sampler.refresh()
        samples = self._sampler.of(organization_id)
        found = [
            (deployment_id, identity, samples.get(deployment_id))
            for deployment_id, identity in await self._deployments.matching(organization_id, query)
        ]
        if wanted.status is not None:
            found = [one for one in found if has_status(one[2], wanted.status)]
        ids = _sorted(found, wanted)
        start = (page.number - 1) * page.size
        shown = ids[start : start + page.size]
        # One that was deleted meanwhile leaves its place empty.
        known = await self._deployments.find_many(organization_id, shown)
        return Listing([known[one] for one in shown if one in known], len(ids))

    def _query(self, wanted: ChargerFilter) -> DeploymentQuery:
        version = None if wanted.ocpp_version is None else version_from(wanted.ocpp_version)
        search = (wanted.search or "").strip()
        return DeploymentQuery(
            location_id=wanted.location_id,
            ocpp_version=version,
            search=search or None,
            brands=self._brands(search),
            models=self._models(search),
            descending=wanted.descending and wanted.sort == "created_at",
        )

    def _brands(self, search: str) -> tuple[str, ...]:
        part = search.casefold()
        return tuple(
            one.slug for one in self._catalogue.brands.values() if part in one.name.casefold()
        )

    def _models(self, search: str) -> tuple[tuple[str, str], ...]:
        part = search.casefold()
        return tuple(
            (brand.slug, model.slug)
            for brand in self._catalogue.brands.values()
            for model in brand.models
            if part in model.name.casefold()
        )


_Found: TypeAlias = tuple[str, str, SampledCharger | None]
"""Id, identity, and the last sample."""


def _sorted(found: Sequence[_Found], wanted: ChargerFilter) -> list[str]:
    """The ids in the order that is wanted. Chargers without a figure to sort by come last."""
    ids = [deployment_id for deployment_id, _, _ in found]
    if wanted.sort == "created_at":
        return ids
    keys = [_key(one, wanted.sort) for one in found]
    known = [(key, one) for key, one in zip(keys, ids, strict=True) if key is not None]
    unknown = [one for key, one in zip(keys, ids, strict=True) if key is None]
    # Sorting in reverse keeps the order of those that are equal.
    known.sort(key=itemgetter(0), reverse=wanted.descending)
    return [one for _, one in known] + unknown


def _key(one: _Found, sort: SortKey) -> Any:
    _, identity, sample = one
    match sort:
        case "identity":
            return _natural(identity)
        case "status":
            return status_rank(sample)
        case "power":
            return None if sample is None else sample.power_w
        case _:
            return highest_soc(sample)


def _natural(identity: str) -> tuple[list[str | float], str]:
    """A number counts by its value, so that CP-9 comes before CP-10."""
    parts: list[str | float] = list(_DIGITS.split(identity.casefold()))
    parts[1::2] = [float(number) for number in parts[1::2]]
    return parts, identity
