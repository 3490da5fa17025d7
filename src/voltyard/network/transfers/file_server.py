"""Folders of files over HTTP: what a test offers a charger, and what the charger uploads."""

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
        self._folders: dict[str, _Folder] = {}
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

    def open_folder(self, host: str, note: Callable[[str], None]) -> _Folder:
        token = ids.token(ids.SYSTEM, _TOKEN_CHARACTERS)
        name = f"[{host}]" if ":" in host else host
        folder = _Folder(f"http://{name}:{self._port}", token, note, self._remove)
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


class _Folder:
    """One folder of the server; ports.file_folders.FileFolder."""

    def __init__(
        self, root: str, token: str, note: Callable[[str], None], remove: Callable[[str], object]
    ) -> None:
        self._root = root
        self._token = token
        self._note = note
        self._remove = remove
        self._offers: dict[str, Sequence[bytes | Path]] = {}
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

    def offer(self, name: str, *parts: bytes | Path) -> str:
        self._offers[name] = parts
        return self.url + quote(name)

    def close(self) -> None:
        self._remove(self._token)

    def answer_fetch(self, request: Request) -> Response:
        """Answer a GET or HEAD."""
        parts = self._offers.get(request.path_params["name"])
        if parts is None:
            return self._refused(request, 404)
        size = sum(len(one) if isinstance(one, bytes) else one.stat().st_size for one in parts)
        self._note_request(request, f"200, {size} bytes")
        headers = {"Content-Length": str(size)}
        return StreamingResponse(_content(parts), 200, headers, "application/octet-stream")

    async def take(self, request: Request) -> Response:
        """Take an upload."""
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


async def _content(parts: Sequence[bytes | Path]) -> AsyncIterator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        with await asyncio.to_thread(part.open, "rb") as opened:
            while chunk := await asyncio.to_thread(opened.read, _CHUNK_BYTES):
                yield chunk
