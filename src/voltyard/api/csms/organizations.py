"""Routes of organizations and keys, for the scope admin."""

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import Field

from voltyard.api.auth import Admin
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_PAGINATION,
    BackendAnswer,
    BackendBody,
    Moment,
    MomentOut,
    NetworkText,
    PaginationInfo,
    PagingDep,
    example,
)
from voltyard.api.description.named_types import KeyScope
from voltyard.api.error_models import answers
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.kernel import limits
from voltyard.kernel.addressing.addresses import networks
from voltyard.kernel.errors import Conflict
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID, Organization

router = api_router(prefix=BACKEND_PREFIX, tags=["access"], responses=error_responses())

_KEY: Final = {
    "id": "key_4k2d8s1m0x7c9v3b",
    "name": "nightly tests",
    "prefix": "vy_4k2d8",
    "scopes": ["operate"],
    "organizationId": "org_default",
    "addresses": ["192.0.2.0/24"],
    "lastUsed": None,
    "lastUsedFrom": None,
    "uses": 0,
    "createdAt": "2026-02-10T14:00:00.000Z",
    "expiresAt": None,
}
_QUOTAS: Final = {
    "chargers": 100,
    "deployments": None,
    "framesPerSecond": 50,
    "storedMb": None,
    "webhooks": None,
    "streams": None,
}
_ORGANIZATION: Final = {
    "id": "org_4k2d8s1m0x7c9v3b",
    "name": "Depot north",
    "createdAt": "2026-02-10T14:00:00.000Z",
    "egressNetworks": [],
    "quotas": _QUOTAS,
}


Addresses = Annotated[
    list[NetworkText],
    Field(
        max_length=limits.KEY_ADDRESSES,
        description="Addresses and networks (192.0.2.0/24) from which alone the key is good; none: "
        "from anywhere.",
    ),
]

KeyPath = Annotated[str, Path(alias="keyId")]
OrganizationPath = Annotated[str, Path(alias="organizationId")]

# --- keys -----------------------------------------------------------------------------------------


class KeyBody(BackendBody):
    """A new key, with its scopes. A scope includes those before it: read, operate, admin."""

    model_config = example(name="nightly tests", scopes=["operate"])

    name: Annotated[str, Field(min_length=1, max_length=255)]
    scopes: Annotated[list[KeyScope], Field(min_length=1)] = ["operate"]  # noqa: RUF012  pydantic copies
    expires_at: Moment | None = Field(None, alias="expiresAt")
    addresses: Addresses = Field(default_factory=list)
    organization_id: str | None = Field(
        None, alias="organizationId", description="Whose it is; by default yours."
    )


class KeyChangeBody(BackendBody):
    """Changes of a key; fields that are left out stay."""

    model_config = example(name="nightly tests, north", scopes=["read"], expiresAt=None)

    name: Annotated[str, Field(min_length=1, max_length=255, default_factory=str)]
    scopes: Annotated[list[KeyScope], Field(min_length=1, default_factory=list)]
    expires_at: Moment | None = Field(
        None, alias="expiresAt", description="null: it does not expire any more."
    )
    addresses: Addresses = Field(default_factory=list)


class RotationBody(BackendBody):
    """How long the former text is still good."""

    model_config = example(overlapSeconds=3600)

    overlap_s: Annotated[int, Field(ge=0, le=limits.KEY_OVERLAP_S)] = Field(
        0, alias="overlapSeconds", description="0: it is worthless at once."
    )


class KeyAnswer(BackendAnswer):
    """A key without its text."""

    model_config = example(**_KEY)

    id: str
    name: str
    prefix: str
    scopes: list[str]
    organization_id: str = Field(serialization_alias="organizationId")
    addresses: list[str]
    """From where it is good; empty: from anywhere."""
    last_used_at: MomentOut = Field(serialization_alias="lastUsed")
    last_used_from: str | None = Field(serialization_alias="lastUsedFrom")
    uses: int
    """Count of its uses."""
    created_at: MomentOut = Field(serialization_alias="createdAt")
    expires_at: MomentOut = Field(serialization_alias="expiresAt")


class NewKeyAnswer(KeyAnswer):
    """A key with its text, which is shown here and never again."""

    model_config = example(**_KEY, key="vy_4k2d8s1m0x7c9v3b5n6j7h8g9f0d1s2a3q4w5e6r")

    key: str


class RotatedKeyAnswer(NewKeyAnswer):
    """A key with its new text, which is shown here and never again."""

    model_config = example(
        **_KEY,
        key="vy_4k2d8s1m0x7c9v3b5n6j7h8g9f0d1s2a3q4w5e6r",
        former={**_KEY, "id": "key_9f0d1s2a3q4w5e6r", "expiresAt": "2026-02-10T15:00:00.000Z"},
    )

    former: KeyAnswer | None = Field(
        description="The former text, while it is good: a key of its own, which can be revoked."
    )


class KeyList(BackendAnswer):
    """Keys, oldest first."""

    model_config = example(apiKeys=[_KEY], pagination=EXAMPLE_PAGINATION)

    api_keys: list[KeyAnswer] = Field(serialization_alias="apiKeys")
    pagination: PaginationInfo


class DeletionAnswer(BackendAnswer):
    """Confirmation that something was deleted, with its id."""

    model_config = example(message="API key revoked", id="key_4k2d8s1m0x7c9v3b")

    message: str
    id: str


@router.post(
    "/auth/api-keys", status_code=201, summary="Make a key", responses=error_responses(404, 409)
)
async def create_api_key(body: KeyBody, here: BackendDep, principal: Admin) -> NewKeyAnswer:
    """Its text is in this answer only; what is kept is a hash."""
    key, text = await here.keys.add(
        body.organization_id or principal.organization_id,
        body.name,
        list(dict.fromkeys(body.scopes)),
        body.expires_at,
        body.addresses,
    )
    return NewKeyAnswer.of_record(key, key=text)


@router.get("/auth/api-keys", summary="List keys", responses=error_responses(404))
async def list_api_keys(
    here: BackendDep,
    principal: Admin,
    part: PagingDep,
    organization_id: Annotated[str | None, Query(alias="organizationId")] = None,
) -> KeyList:
    """Your organization's, or that of the one named."""
    organization = here.keys.organization(organization_id or principal.organization_id)
    keys = here.keys.keys(organization.id)
    return KeyList(
        api_keys=[KeyAnswer.of_record(key) for key in part.cut(keys)],
        pagination=part.of(len(keys)),
    )


@router.get("/auth/api-keys/{keyId}", summary="One key", responses=error_responses(404))
async def get_api_key(key_id: KeyPath, here: BackendDep, _: Admin) -> KeyAnswer:
    """By its id, without its text."""
    return KeyAnswer.of_record(here.keys.key(key_id))


@router.patch("/auth/api-keys/{keyId}", summary="Change a key", responses=error_responses(404, 409))
async def update_api_key(
    key_id: KeyPath, body: KeyChangeBody, here: BackendDep, _: Admin
) -> KeyAnswer:
    """What it is called, what it opens and until when; its text stays. Taken up at once. The first
    key is the server's own: 409."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    if "scopes" in changes:
        changes["scopes"] = tuple(dict.fromkeys(body.scopes))
    if "addresses" in changes:
        changes["addresses"] = tuple(body.addresses)
    return KeyAnswer.of_record(await here.keys.change(key_id, **changes))


@router.post(
    "/auth/api-keys/{keyId}/rotate",
    summary="Give a key another text",
    responses=error_responses(404, 409),
)
async def rotate_api_key(
    key_id: KeyPath, here: BackendDep, _: Admin, body: RotationBody | None = None
) -> RotatedKeyAnswer:
    """The new text is in this answer only. The former is worthless at once, or, while the two
    overlap, good as the key `former`, for no longer than it would have been. The first key is the
    server's own: 409."""
    overlap_s = 0 if body is None else body.overlap_s
    key, text, former = await here.keys.rotate(key_id, overlap_s)
    return RotatedKeyAnswer.of_record(
        key, key=text, former=None if former is None else KeyAnswer.of_record(former)
    )


@router.delete(
    "/auth/api-keys/{keyId}", summary="Revoke a key", responses=error_responses(404, 409)
)
async def delete_api_key(key_id: KeyPath, here: BackendDep, _: Admin) -> DeletionAnswer:
    """Worthless at once."""
    await here.keys.revoke(key_id)
    return DeletionAnswer(message="API key revoked", id=key_id)


# --- organizations --------------------------------------------------------------------------------


class OrganizationBody(BackendBody):
    """How it is called."""

    model_config = example(name="Depot north")

    name: Annotated[str, Field(min_length=1, max_length=255)]


Bound = Annotated[int, Field(ge=0, le=1_000_000_000)]


class OrganizationQuotasBody(BackendBody):
    """An organization's own quotas. Null, or left out: as the server's settings have it."""

    model_config = example(chargers=100, framesPerSecond=50)

    chargers: Bound | None = None
    deployments: Bound | None = None
    frames_per_second: Bound | None = Field(None, alias="framesPerSecond")
    stored_mb: Bound | None = Field(
        None, alias="storedMb", description="Of files and history together."
    )
    webhooks: Bound | None = None
    streams: Bound | None = Field(None, description="Of events, open at a time.")


class OrganizationQuotasAnswer(BackendAnswer):
    """Quotas of an organization's own; null: as the server's settings have it."""

    model_config = example(**_QUOTAS)

    chargers: int | None
    deployments: int | None
    frames_per_second: int | None = Field(serialization_alias="framesPerSecond")
    stored_mb: int | None = Field(serialization_alias="storedMb")
    webhooks: int | None
    streams: int | None


class OrganizationChangeBody(BackendBody):
    """Changes of an organization; fields that are left out stay."""

    model_config = example(egressNetworks=["10.20.0.0/16"])

    name: Annotated[str, Field(min_length=1, max_length=255, default_factory=str)]
    egress_networks: Annotated[list[NetworkText], Field(max_length=limits.EGRESS_NETWORKS)] = Field(
        default_factory=list,
        alias="egressNetworks",
        description="Networks (CIDR) that it may have the server dial though they are not public. "
        "The default organization may dial anything.",
    )
    quotas: Annotated[
        OrganizationQuotasBody,
        Field(
            default_factory=lambda: OrganizationQuotasBody(),
            description="All of its own, in the place of those before.",
        ),
    ]


class OrganizationAnswer(BackendAnswer):
    """An organization, which owns chargers and keys."""

    model_config = example(**_ORGANIZATION)

    id: str
    name: str
    created_at: MomentOut = Field(serialization_alias="createdAt")
    egress_networks: list[str] = Field(serialization_alias="egressNetworks")
    quotas: OrganizationQuotasAnswer


class OrganizationList(BackendAnswer):
    """Organizations, oldest first."""

    model_config = example(organizations=[_ORGANIZATION], pagination=EXAMPLE_PAGINATION)

    organizations: list[OrganizationAnswer]
    pagination: PaginationInfo


@router.post(
    "/organizations",
    status_code=201,
    summary="Make an organization",
    responses=error_responses(409),
)
async def create_organization(
    body: OrganizationBody, here: BackendDep, _: Admin
) -> OrganizationAnswer:
    """Its chargers, deployments and keys are nobody else's."""
    return _organization(await here.keys.add_organization(body.name))


@router.get("/organizations", summary="List organizations")
async def list_organizations(here: BackendDep, _: Admin, part: PagingDep) -> OrganizationList:
    """A server starts with one, named default."""
    found = here.keys.organizations()
    return OrganizationList(
        organizations=[_organization(o) for o in part.cut(found)],
        pagination=part.of(len(found)),
    )


@router.get(
    "/organizations/{organizationId}", summary="One organization", responses=error_responses(404)
)
async def get_organization(
    organization_id: OrganizationPath, here: BackendDep, _: Admin
) -> OrganizationAnswer:
    """By its id."""
    return _organization(here.keys.organization(organization_id))


@router.patch(
    "/organizations/{organizationId}",
    summary="Change an organization",
    responses=error_responses(404, 409),
)
async def update_organization(
    organization_id: OrganizationPath, body: OrganizationChangeBody, here: BackendDep, _: Admin
) -> OrganizationAnswer:
    """What it is called, where it may dial and how much it may have. Links that are open stay, and
    so does what is beyond a quota already."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    if "egress_networks" in changes:
        changes["egress_networks"] = _networks(organization_id, body.egress_networks)
    if "quotas" in changes:
        said = body.quotas.model_dump().items()
        changes["quotas"] = {name: most for name, most in said if most is not None}
    return _organization(await here.keys.change_organization(organization_id, **changes))


@router.delete(
    "/organizations/{organizationId}",
    summary="Delete an organization",
    responses=error_responses(404, 409)
    | {200: answers({"message": "Organization deleted", "id": "org_4k2d8s1m0x7c9v3b"})},
)
async def delete_organization(
    organization_id: OrganizationPath, here: BackendDep, _: Admin
) -> DeletionAnswer:
    """With its keys, id tags and settings. Not while it has chargers, and never the one named
    default."""
    await here.keys.delete_organization(organization_id)
    await here.hooks.delete_all(organization_id)
    here.backend.id_tags.forget(organization_id)
    here.backend.tariffs.forget(organization_id)
    here.backend.refusal_record.forget_organization(organization_id)
    return DeletionAnswer(message="Organization deleted", id=organization_id)


def _organization(one: Organization) -> OrganizationAnswer:
    quotas = OrganizationQuotasAnswer(
        **{name: one.quotas.get(name) for name in OrganizationQuotasAnswer.model_fields}
    )
    return OrganizationAnswer.of_record(one, quotas=quotas)


def _networks(organization_id: str, texts: list[str]) -> tuple[str, ...]:
    if texts and organization_id == DEFAULT_ORGANIZATION_ID:
        raise Conflict("the default organization may dial anything")
    return tuple(dict.fromkeys(str(one) for one in networks(texts, "egressNetworks")))
