"""Folders of files over HTTP: files offered to chargers, and what chargers upload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from voltyard.kernel import ids, limits
from voltyard.network.connections import Connections
from voltyard.network.listening import bind
from voltyard.network.proxies import TrustedProxies
from voltyard.network.rest.rest_server import RestServer
from voltyard.ports.file_folders import FolderUpload

_CHUNK_BYTES: Final = 64 * 1024
_DRAIN_S: Final = 1.0
_SHOWN_CHARACTERS: Final = 200
_TOKEN_CHARACTERS: Final = 24


class FileServer:
    """An HTTP server of folders; ports.file_folders.FileFolders.

    Uploads are counted and measured, and forgotten as they come.
    """

    def __init__(self) -> None:
        self._folders: dict[str, Folder] = {}
        self._port = 0
        most = limits.FOLDER_CONNECTIONS
        app = Starlette(
            routes=[
                Route("/{token}/{name:path}", self._offered, methods=["GET"]),
                Route("/{token}/{name:path}", self._upload, methods=["PUT", "POST"]),
                Route("/{token}", self._upload, methods=["PUT", "POST"]),
            ]
        )
        self._server = RestServer(app, Connections(most, most, 1), TrustedProxies(), _DRAIN_S)

    async def open(self, host: str, port: int = 0) -> None:
        """Listen there; port 0: any that is free. Unavailable where that cannot be."""
        listening = bind(host, port)
        self._port = listening.getsockname()[1]
        await self._server.open(listening)

    async def close(self) -> None:
        """Stop; transfers under way have a moment to finish."""
        await self._server.close()

    def open_folder(
        self, host: str, note: Callable[[str], None], *, takes_uploads: bool = True
    ) -> Folder:
        """See ports.file_folders.FileFolders; without `takes_uploads` files are only fetched."""
        token = ids.token(ids.SYSTEM, _TOKEN_CHARACTERS)
        name = f"[{host}]" if ":" in host else host
        root = f"http://{name}:{self._port}"
        folder = Folder(root, token, note, self._remove, takes_uploads=takes_uploads)
        self._folders[token] = folder
        return folder

    def _remove(self, token: str) -> None:
        self._folders.pop(token, None)

    # --- requests ---------------------------------------------------------------------------------

    async def _offered(self, request: Request) -> Response:
        folder = self._folders.get(request.path_params["token"])
        if folder is None:
            return Response(status_code=404)
        return folder.answer_fetch(request)

    async def _upload(self, request: Request) -> Response:
        folder = self._folders.get(request.path_params["token"])
        if folder is None:
            return Response(status_code=404)
        return await folder.take(request)


class Folder:
    """One folder of the server; ports.file_folders.FileFolder."""

    def __init__(
        self,
        root: str,
        token: str,
        note: Callable[[str], None],
        remove: Callable[[str], object],
        *,
        takes_uploads: bool,
    ) -> None:
        self._root = root
        self._token = token
        self._note = note
        self._remove = remove
        self._takes_uploads = takes_uploads
        self._offers: dict[str, _Offer] = {}
        self._uploads: list[FolderUpload] = []

    @property
    def url(self) -> str:
        return f"{self._root}/{self._token}/"

    @property
    def absent_url(self) -> str:
        return f"{self._root}/absent-{self._token}/"

    @property
    def uploads(self) -> Sequence[FolderUpload]:
        return self._uploads

    def offer(
        self, name: str, *parts: bytes | Path, watch: Callable[[int], None] | None = None
    ) -> str:
        self._offers[name] = _Offer(parts, watch)
        return self.url + quote(name)

    def withdraw(self, name: str) -> None:
        offer = self._offers.pop(name, None)
        if offer is not None:
            offer.watch = None

    def close(self) -> None:
        for name in list(self._offers):
            self.withdraw(name)
        self._remove(self._token)

    def answer_fetch(self, request: Request) -> Response:
        """Answer a GET or HEAD."""
        offer = self._offers.get(request.path_params["name"])
        if offer is None:
            return self._refused(request, 404)
        size = offer.size()
        self._note_request(request, f"200, {size} bytes")
        return _FileResponse(offer, size, is_counted=request.method == "GET")

    async def take(self, request: Request) -> Response:
        """Take an upload."""
        if not self._takes_uploads:
            return self._refused(request, 405)
        if len(self._uploads) >= limits.FOLDER_UPLOADS:
            return self._refused(request, 507)
        size = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > limits.FOLDER_UPLOAD_BYTES:
                    return self._refused(request, 413)
        except ClientDisconnect:
            self._note_request(request, f"cut off after {size} bytes")
            return Response(status_code=400)
        self._uploads.append(FolderUpload(request.path_params.get("name", ""), size))
        self._note_request(request, f"201, {size} bytes came")
        return Response(status_code=201)

    def _refused(self, request: Request, status: int) -> Response:
        self._note_request(request, str(status))
        return Response(status_code=status)

    def _note_request(self, request: Request, words: str) -> None:
        name = unquote(request.path_params.get("name", ""))[:_SHOWN_CHARACTERS]
        self._note(f"{request.method} {name or 'the folder'}: {words}")


class _Offer:
    """A file that is offered, and the number of those who fetch it."""

    def __init__(self, parts: Sequence[bytes | Path], watch: Callable[[int], None] | None) -> None:
        self.parts = parts
        self.watch = watch
        self._fetches = 0

    def size(self) -> int:
        return sum(len(one) if isinstance(one, bytes) else one.stat().st_size for one in self.parts)

    def count(self, change: int) -> None:
        self._fetches += change
        if self.watch is not None:
            self.watch(self._fetches)


class _FileResponse(StreamingResponse):
    """The content of an offered file; it counts as fetched until the client has it, or is gone."""

    def __init__(self, offer: _Offer, size: int, *, is_counted: bool) -> None:
        headers = {"Content-Length": str(size)}
        super().__init__(_content(offer.parts), 200, headers, "application/octet-stream")
        self._offer = offer
        self._is_counted = is_counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_counted:
            return await super().__call__(scope, receive, send)
        self._offer.count(+1)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._offer.count(-1)


async def _content(parts: Sequence[bytes | Path]) -> AsyncIterator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        with await asyncio.to_thread(part.open, "rb") as opened:
            while chunk := await asyncio.to_thread(opened.read, _CHUNK_BYTES):
                yield chunk
