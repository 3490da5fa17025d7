"""Bulk creation job: its templates, its items and their outcome."""

from collections.abc import Iterable, Mapping, Sequence
from random import Random

from msgspec import Struct

from voltyard.kernel import ids
from voltyard.kernel.time import Instant
from voltyard.yard.deployments.deployment import (
    ChargerOptions,
    ProvisioningError,
    ProvisioningStatus,
)

CHARGERS_JOB = "location_chargers"
"""The type of such a job."""

SUFFIX_CHARACTERS = 6
"""Length of the hexadecimal suffix of an identity that was not chosen."""


class ChargerTemplate(Struct, frozen=True, kw_only=True):
    """The common properties of a group's chargers."""

    brand_slug: str
    model_slug: str
    connector_type: str
    ws_url: str
    ocpp_version: str
    identity_prefix: str = ""
    template_name: str | None = None
    options: ChargerOptions = ChargerOptions()


class TemplateGroup(Struct, frozen=True, kw_only=True):
    """A number of chargers of one template. Those named, and others with random names up to the
    number; of more names than the number the last ones are left out."""

    template: ChargerTemplate
    charger_ids: tuple[str, ...] = ()
    chargers_number: int | None = None


class Job(Struct, frozen=True, kw_only=True):
    """One bulk creation."""

    id: str
    """A UUID."""
    organization_id: str
    location_id: str
    workflow_run_id: str
    templates: tuple[ChargerTemplate, ...]
    created_at: Instant
    job_type: str = CHARGERS_JOB
    status: ProvisioningStatus = ProvisioningStatus.PENDING
    error: ProvisioningError | None = None
    provisioned_at: Instant | None = None


class JobItem(Struct, frozen=True, kw_only=True):
    """One charger of a job. Its ids are chosen beforehand, so a second try does nothing twice."""

    job_id: str
    position: int
    template: int
    """The index of its template among the job's."""
    identity: str
    name: str | None
    deployment_id: str
    status: ProvisioningStatus = ProvisioningStatus.PENDING
    error: ProvisioningError | None = None


class JobProgress(Struct, frozen=True, kw_only=True):
    """Counts of a job's items by status."""

    created: int = 0
    failed: int = 0
    pending: int = 0
    """Not made yet, or being made."""

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "JobProgress":
        """From the number of items by status."""
        created, failed = (
            counts.get(status, 0)
            for status in (ProvisioningStatus.READY, ProvisioningStatus.FAILED)
        )
        pending = sum(counts.values()) - created - failed
        return cls(created=created, failed=failed, pending=pending)


def size_of(group: TemplateGroup) -> int:
    """The number of chargers that a group asks for."""
    return len(group.charger_ids) if group.chargers_number is None else group.chargers_number


def plan(job_id: str, groups: Sequence[TemplateGroup], random: Random) -> list[JobItem]:
    """The items of a job, e.g. prefix SITE_A_ with ids 001 and 002 and the number 3 gives
    SITE_A_001, SITE_A_002 and SITE_A_ with six hexadecimal characters."""
    items: list[JobItem] = []
    for index, group in enumerate(groups):
        for number, suffix in enumerate(_suffixes(group, random), start=1):
            name = group.template.template_name
            items.append(
                JobItem(
                    job_id=job_id,
                    position=len(items),
                    template=index,
                    identity=group.template.identity_prefix + suffix,
                    name=None if name is None else f"{name} {number}",
                    deployment_id=ids.prefixed("dep-", random),
                )
            )
    return items


def _suffixes(group: TemplateGroup, random: Random) -> Iterable[str]:
    number = size_of(group)
    yield from group.charger_ids[:number]
    taken = set(group.charger_ids)
    for _ in range(number - len(group.charger_ids)):
        suffix = ids.hexadecimal(random, SUFFIX_CHARACTERS)
        while suffix in taken:
            suffix = ids.hexadecimal(random, SUFFIX_CHARACTERS)
        taken.add(suffix)
        yield suffix
