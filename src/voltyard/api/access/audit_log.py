"""Routes of the audit log, for the scope admin."""

from typing import Annotated, Any, Final, TypeAlias

import msgspec
from fastapi import Depends, Query, Request
from pydantic import Field

from voltyard.api import ndjson
from voltyard.api.auth import Admin
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_PAGINATION,
    BackendAnswer,
    Moment,
    MomentOut,
    PaginationInfo,
    PagingDep,
    example,
)
from voltyard.api.description.named_types import HttpMethod
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.kernel import limits
from voltyard.kernel.paging import Cursor, in_pages
from voltyard.organizations.audit import AuditEntry, AuditLog, AuditQuery

router = api_router(
    prefix=BACKEND_PREFIX + "/audit-log", tags=["access"], responses=error_responses()
)

_ENTRY: Final = {
    "id": "aud_4k2d8s1m0x7c9v3b",
    "at": "2026-02-10T14:00:00.250Z",
    "keyId": "key_4k2d8s1m0x7c9v3b",
    "keyName": "nightly tests",
    "address": "192.0.2.7",
    "requestId": "req_4k2d8s1m0x7c9v3b",
    "method": "DELETE",
    "route": "/api/v1/webhooks/{webhookId}",
    "object": "wh_4k2d8s1m0x7c9v3b",
    "status": 200,
    "code": None,
    "arguments": {"path": {"webhookId": "wh_4k2d8s1m0x7c9v3b"}},
}


class AuditEntryAnswer(BackendAnswer):
    """Entry of the audit log: a request that could change something, as it was answered."""

    model_config = example(**_ENTRY)

    id: str
    at: MomentOut
    key_id: str = Field(serialization_alias="keyId")
    key_name: str = Field(serialization_alias="keyName")
    address: str
    request_id: str = Field(serialization_alias="requestId")
    method: str
    route: str
    object: str | None
    """The id in the path, or of what was made."""
    status: int
    code: str | None
    """Of an error."""
    arguments: dict[str, Any]
    """Of path, query and body, without secrets; what is long is left out."""


class AuditLogAnswer(BackendAnswer):
    """Entries, newest first."""

    model_config = example(entries=[_ENTRY], pagination=EXAMPLE_PAGINATION)

    entries: list[AuditEntryAnswer]
    pagination: PaginationInfo


async def _audit_log(request: Request) -> AuditLog:
    found: AuditLog = request.app.state.audit_log
    return found


AuditLogDep: TypeAlias = Annotated[AuditLog, Depends(_audit_log)]


async def _wanted(
    principal: Admin,
    key: Annotated[str | None, Query(max_length=64, description="The id of a key.")] = None,
    method: HttpMethod | None = None,
    object: Annotated[str | None, Query(max_length=limits.AUDITED_NAME_CHARS)] = None,
    status: Annotated[int | None, Query(ge=100, le=599)] = None,
    since: Annotated[Moment | None, Query(alias="from", description="Included.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Included.")] = None,
) -> AuditQuery:
    return AuditQuery(
        organization_id=principal.organization_id,
        key_id=key,
        method=method,
        object=object,
        status=status,
        since=since,
        until=until,
    )


Wanted: TypeAlias = Annotated[AuditQuery, Depends(_wanted)]


@router.get("", summary="List the audit log")
async def list_audit_entries(
    log: AuditLogDep, _: Admin, wanted: Wanted, part: PagingDep
) -> AuditLogAnswer:
    """Newest first: every request that could change something, on either surface, with the key, the
    address and the answer. Those that were refused (401, 403, 429) changed nothing and are not in
    it."""
    page = await log.page(wanted, part)
    return AuditLogAnswer(
        entries=[_answer(row) for row in page.items], pagination=part.of(page.total)
    )


@router.get(
    "/export",
    summary="Export the audit log",
    status_code=200,
    response_class=ndjson.NdjsonResponse,
    responses={200: ndjson.described(_ENTRY)},
)
async def export_audit_log(
    log: AuditLogDep, here: BackendDep, _: Admin, wanted: Wanted
) -> ndjson.NdjsonResponse:
    """The whole log up to now, or the part of it that is asked for, oldest first, one entry a line
    (NDJSON)."""
    now = here.clock()
    until = now if wanted.until is None else min(now, wanted.until)
    query = msgspec.structs.replace(wanted, until=until)

    async def following(after: Cursor | None, limit: int) -> list[tuple[Cursor, AuditEntry]]:
        return await log.following(query, after, limit)

    def line(row: AuditEntry) -> dict[str, Any]:
        return _answer(row).model_dump(by_alias=True)

    return ndjson.as_file(in_pages(following, limits.EXPORT_FRAMES), line, "audit-log.ndjson")


def _answer(row: AuditEntry) -> AuditEntryAnswer:
    return AuditEntryAnswer.of_record(row, arguments=msgspec.json.decode(row.arguments))
