"""Client of a server's REST APIs. All commands of the terminal ask through it."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

from voltyard.cli.client.address import ServerAddress
from voltyard.cli.client.answers import error_of
from voltyard.cli.client.lines import LineReader
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.kernel.time import Seconds

if TYPE_CHECKING:
    import httpx

PAGE_ROWS: Final = 100
"""Rows asked for at once: the most that the gateway gives."""

_ANSWER_S: Final[Seconds] = 60.0
"""Commands that wait for a charger are answered within its own time-out, which is shorter."""


def path_to(*parts: str) -> str:
    """A path of these parts, each of which may hold any sign. Invalid where one names nothing."""
    for part in parts[1:]:
        if part in ("", ".", ".."):
            raise Invalid(f"{part!r} names nothing")
    return parts[0] + "".join(f"/{quote(part, safe='')}" for part in parts[1:])


class ApiClient:
    """A server, asked for JSON. A context manager."""

    def __init__(
        self,
        address: ServerAddress,
        organization: str | None = None,
        time_out_s: Seconds = _ANSWER_S,
    ) -> None:
        import httpx  # it takes as long to import as all the rest

        self.url = address.url
        headers = {"User-Agent": "voltyard"}
        if address.key:
            headers["Authorization"] = f"Bearer {_header(address.key, 'the key')}"
        if organization is not None:
            headers["X-Organization-Id"] = _header(organization, "--organization")
        self._headers = headers
        self._http = httpx.Client(base_url=address.url, headers=headers, timeout=time_out_s)

    def get(self, path: str, **query: Any) -> Any:
        """The content of an answer; a query's None is left out."""
        return self._ask("GET", path, query)

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self._ask("POST", path, query, body)

    def put(self, path: str, body: Any = None, **query: Any) -> Any:
        return self._ask("PUT", path, query, body)

    def patch(self, path: str, body: Any) -> Any:
        return self._ask("PATCH", path, {}, body)

    def delete(self, path: str, **query: Any) -> Any:
        return self._ask("DELETE", path, query)

    def request(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Likewise, by the method's name."""
        return self._ask(method, path, query, body)

    def listed(self, path: str, limit: int, **query: Any) -> "Listed":
        """Rows of a list of either API, at most so many, page by page."""
        rows: list[dict[str, Any]] = []
        while True:
            step = min(PAGE_ROWS, limit)
            if path.startswith("/ocpp"):
                found = self.get(path, page=len(rows) // step + 1, limit=step, **query)
                page, total = found["data"], found["total"]
            else:
                found = self.get(path, limit=step, offset=len(rows), **query)
                page = next(value for value in found.values() if isinstance(value, list))
                total = found["pagination"]["total"]
            rows += page
            if not page or len(rows) >= min(limit, total):
                return Listed(rows[:limit], total)

    @contextlib.contextmanager
    def streamed(self, path: str, **query: Any) -> Iterator[Iterator[str]]:
        """The lines of an answer that does not end."""
        import httpx

        waits = httpx.Timeout(_ANSWER_S, read=None)
        asked = {name: value for name, value in query.items() if value is not None}
        try:
            with self._http.stream("GET", path, params=asked, timeout=waits) as answer:
                if answer.is_error:
                    answer.read()
                    raise error_of(answer.status_code, path, _content(answer))
                yield _lines(answer.iter_bytes())
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    async def streamed_lines(
        self, path: str, silence_s: Seconds, **query: Any
    ) -> AsyncIterator[str]:
        """Likewise on an event loop. Unavailable where nothing comes for so long."""
        import httpx

        waits = httpx.Timeout(_ANSWER_S, read=silence_s)
        asked = {name: value for name, value in query.items() if value is not None}
        reader = LineReader()
        try:
            async with (
                httpx.AsyncClient(base_url=self.url, headers=self._headers, timeout=waits) as http,
                http.stream("GET", path, params=asked) as answer,
            ):
                if answer.is_error:
                    await answer.aread()
                    raise error_of(answer.status_code, path, _content(answer))
                async for part in answer.aiter_bytes():
                    for line in reader.lines_of(part):
                        yield line
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    @contextlib.contextmanager
    def exported(self, path: str, **query: Any) -> Iterator[Iterator[bytes]]:
        """The bytes of an export, as they come."""
        import httpx

        asked = {name: value for name, value in query.items() if value is not None}
        try:
            with self._http.stream("GET", path, params=asked) as answer:
                if answer.is_error:
                    answer.read()
                    raise error_of(answer.status_code, path, _content(answer))
                yield answer.iter_bytes()
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _ask(self, method: str, path: str, query: Mapping[str, Any], body: Any = None) -> Any:
        import httpx

        asked = {name: value for name, value in query.items() if value is not None}
        try:
            answer = self._http.request(method, path, params=asked, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error
        if answer.is_error or answer.is_redirect:
            raise error_of(answer.status_code, path, _content(answer))
        if answer.status_code == HTTPStatus.NO_CONTENT or not answer.content:
            return None
        content = _content(answer)
        if content is None:
            raise Unavailable(f"{self.url} is no server of Voltyard", hint="look at --url")
        return content

    def _unreachable(self, error: Exception) -> Unavailable:
        import httpx

        if isinstance(error, httpx.TimeoutException):
            return Unavailable(f"{self.url} did not answer in time", hint="look at its log")
        return Unavailable(
            f"no server answers at {self.url}",
            hint="start one with `voltyard up`, or say where it is: --url or VOLTYARD_URL",
        )

    def close(self) -> None:
        """End its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Listed(list[Mapping[str, Any]]):
    """Rows of a list, and how many there are on the server."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], total: int) -> None:
        super().__init__(rows)
        self.total = total


def _content(answer: "httpx.Response") -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _header(text: str, what: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise Invalid(f"{what} has signs that no header can have")
    return text


def _lines(parts: Iterator[bytes]) -> Iterator[str]:
    reader = LineReader()
    for part in parts:
        yield from reader.lines_of(part)
    yield from reader.rest()
