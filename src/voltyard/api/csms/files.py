"""Files: firmware that chargers may fetch here, and what they uploaded. For operators, by key; and
for chargers, which have none, by URLs with a random token in them (VOLTYARD_FILES)."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.context import BackendContext, BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    BackendAnswer,
    MomentOut,
    PaginationInfo,
    PagingDep,
    Word,
    example,
)
from voltyard.api.description.named_types import FileKind
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.kernel import ids
from voltyard.kernel.errors import Invalid, NotFound, Overfull
from voltyard.kernel.masked_text import masked_text
from voltyard.organizations.scopes import Principal
from voltyard.ports.files import DOWNLOADS, UPLOADS, FileStore, FileStored

router = api_router(
    prefix=BACKEND_PREFIX + "/files", tags=["files"], responses=error_responses(404)
)
chargers_router = APIRouter(include_in_schema=False)
"""Routes of chargers. They follow no description, and find their URLs in commands."""

_OCTETS: Final = {
    "application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 1}}
}
_FILE: Final = {
    "id": "file_4k2d8s1m0x7c9v3b",
    "kind": "firmware",
    "name": "firmware-2.0.0.bin",
    "size": 1048576,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "url": "http://yard.example:8080/files/down/3f0c.../firmware-2.0.0.bin",
    "chargeBoxId": None,
    "commandId": None,
    "createdAt": "2026-02-10T14:00:00.000Z",
    "expiresAt": None,
}

FileId = Annotated[str, Path(alias="fileId")]


class FileAnswer(BackendAnswer):
    """A file. Firmware has the URL that chargers fetch it by; an upload tells for which command it
    came."""

    model_config = example(**_FILE)

    id: str
    kind: FileKind
    name: str
    size: int
    sha256: str
    url: str | None
    charge_box_id: str | None = Field(serialization_alias="chargeBoxId")
    command_id: str | None = Field(serialization_alias="commandId")
    created_at: MomentOut = Field(serialization_alias="createdAt")
    expires_at: MomentOut = Field(serialization_alias="expiresAt")


class FileList(BackendAnswer):
    """Files, newest first."""

    model_config = example(
        files=[
            _FILE,
            {
                **_FILE,
                "kind": "upload",
                "name": "diagnostics.zip",
                "url": None,
                "chargeBoxId": EXAMPLE_CHARGER,
                "commandId": "cmd_4k2d8s1m0x7c9v3b",
            },
        ],
        pagination=EXAMPLE_PAGINATION,
    )

    files: list[FileAnswer]
    pagination: PaginationInfo


class FileDeletionAnswer(BackendAnswer):
    """Confirmation that a file was deleted."""

    model_config = example(message="File deleted successfully", id=_FILE["id"])

    message: str
    id: str


def _files(here: BackendContext) -> FileStore:
    if here.files is None:
        raise NotFound("this server keeps no files", hint="start it with VOLTYARD_FILES=on")
    return here.files


@router.post(
    "",
    status_code=201,
    summary="Put firmware here for chargers to fetch",
    openapi_extra={"requestBody": {"required": True, "content": _OCTETS}},
    responses=error_responses(503),
)
async def upload_file(
    here: BackendDep, principal: Operator, request: Request, name: Annotated[Word, Query()]
) -> FileAnswer:
    """The body is the file itself. Its URL is for `location` of a firmware update; whoever knows it
    may fetch the file."""
    files = _files(here)
    row = await files.put(principal.organization_id, name, request.stream())
    return _file(files, row, principal)


@router.get("", summary="List files")
async def list_files(
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    kind: FileKind | None = None,
    charge_box_id: Annotated[str | None, Query(alias="chargeBoxId")] = None,
    command_id: Annotated[str | None, Query(alias="commandId")] = None,
) -> FileList:
    """Newest first."""
    files = _files(here)
    page = await files.list(
        principal.organization_id,
        kind=kind,
        charge_box_id=charge_box_id,
        command_id=command_id,
        limit=part.limit,
        offset=part.offset,
    )
    shown = [_file(files, row, principal) for row in page.items]
    return FileList(files=shown, pagination=part.of(page.total))


@router.get("/{fileId}", summary="What is known of a file")
async def get_file(file_id: FileId, here: BackendDep, principal: Reader) -> FileAnswer:
    """Its content is at /content below it."""
    files = _files(here)
    return _file(files, await files.get(principal.organization_id, file_id), principal)


@router.get(
    "/{fileId}/content",
    summary="Download a file",
    response_class=FileResponse,
    responses={200: {"description": "The file.", "content": _OCTETS}},
)
async def download_file(file_id: FileId, here: BackendDep, principal: Reader) -> Response:
    """The file, byte for byte as it was uploaded."""
    files = _files(here)
    return _content(files, await files.get(principal.organization_id, file_id))


@router.delete("/{fileId}", summary="Delete a file")
async def delete_file(file_id: FileId, here: BackendDep, principal: Operator) -> FileDeletionAnswer:
    """Chargers that are told its URL find nothing there any more."""
    files = _files(here)
    row = await files.get(principal.organization_id, file_id)
    await files.delete(row)
    return FileDeletionAnswer(message="File deleted successfully", id=row.id)


# --- for chargers ---------------------------------------------------------------------------------


@chargers_router.put(f"{UPLOADS}/{{token}}")
@chargers_router.post(f"{UPLOADS}/{{token}}")
@chargers_router.put(f"{UPLOADS}/{{token}}/{{name:path}}")
@chargers_router.post(f"{UPLOADS}/{{token}}/{{name:path}}")
async def upload(here: BackendDep, request: Request, token: str, name: str = "") -> Response:
    """From a charger, by whatever method it has."""
    files = _files(here)
    kind = request.headers.get("content-type", "")
    try:
        row = await files.receive(token, name, kind, request.stream())
    except Overfull as error:
        raise HTTPException(413, str(error)) from None
    if row.charger_id is not None and row.command_id is not None:
        is_here = here.backend.uploaded(row.charger_id, row.command_id, row.id)
        if not is_here and here.uploaded_elsewhere is not None:
            here.uploaded_elsewhere(row.charger_id, row.command_id, row.id)
    return Response(status_code=201)


@chargers_router.get(f"{DOWNLOADS}/{{token}}/{{name:path}}")
@chargers_router.head(f"{DOWNLOADS}/{{token}}/{{name:path}}")
async def download(here: BackendDep, token: str, name: str) -> Response:
    """By a charger. Ranges are understood, for downloads that go on where they broke off."""
    files = _files(here)
    return _content(files, await files.fetched(token))


async def upload_place(
    here: BackendContext, principal: Principal, box: str, location: str | None
) -> tuple[str, str | None]:
    """The URL that a charger is to upload to, and the id of the command that says so: the place
    given, or else one here. Invalid where there is neither."""
    if location is not None:
        return location, None
    if here.files is None:
        raise Invalid(
            "location is missing",
            hint="give one, or start the server with VOLTYARD_FILES=on",
            field="location",
        )
    row = here.backend.connected(principal.organization_id, box).row
    id = ids.prefixed("cmd_")
    return await here.files.slot(row.organization_id, row.id, row.charge_box_id, id), id


def _content(files: FileStore, row: FileStored) -> Response:
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(
        files.path(row), media_type="application/octet-stream", filename=row.name, headers=headers
    )


def _file(files: FileStore, row: FileStored, principal: Principal) -> FileAnswer:
    """The file as a key may see it: the token in its URL, by which anybody may fetch it, only from
    the scope operate on."""
    url = files.url(row)
    shown = url if url is None or principal.may("operate") else masked_text(url)
    return FileAnswer.of_record(row, url=shown)
