"""Client of a server's REST APIs, for one key."""

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote

import httpx

from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Seconds

__tracebackhide__ = True  # pytest shows the line of the test, not ours

_ANSWER_S: Final[Seconds] = 120.0
"""This bounds a hang."""


class RestRefusal(VoltyardError):
    """An answer that is an error, with its status and in the server's words."""

    code = "refused_by_server"

    def __init__(self, status: int, message: str, content: Any) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.content = content


class RestConnections:
    """Connections to a server, which the clients of all keys share: making a TLS context for each
    would take longer than all that a test asks. Any number of threads may ask. A context
    manager."""

    def __init__(self, url: str) -> None:
        self.url = url
        # Proxies of the environment are for other machines; this server is on loopback.
        self._http = httpx.Client(base_url=url, timeout=_ANSWER_S, trust_env=False)

    def client(self, key: str) -> "RestClient":
        """A client with that key."""
        return RestClient(self._http, key)

    def __enter__(self) -> "RestConnections":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()


class RestClient:
    """A server, asked for JSON with one key; RestRefusal where it answers with an error."""

    def __init__(self, http: httpx.Client, key: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **query: Any) -> Any:
        """The content of an answer; a query's None is left out."""
        return _content(self._answer("GET", path, query))

    def post(self, path: str, body: Any = None) -> Any:
        """The content of an answer."""
        return _content(self._answer("POST", path, {}, body))

    def put(self, path: str, body: Any = None) -> Any:
        """The content of an answer."""
        return _content(self._answer("PUT", path, {}, body))

    def patch(self, path: str, body: Any) -> Any:
        """The content of an answer."""
        return _content(self._answer("PATCH", path, {}, body))

    def delete(self, path: str, **query: Any) -> Any:
        """The content of an answer."""
        return _content(self._answer("DELETE", path, query))

    def lines(self, path: str, **query: Any) -> Iterator[str]:
        """The lines of an export, one by one. JSON may hold U+2028, so newlines alone end them."""
        asked = {name: value for name, value in query.items() if value is not None}
        with self._http.stream("GET", path, params=asked, headers=self._headers) as answer:
            if answer.is_error:
                answer.read()
                _content(answer)
            rest = b""
            for part in answer.iter_bytes():
                *whole, rest = (rest + part).split(b"\n")
                yield from (line.decode() for line in whole if line)
            if rest:
                yield rest.decode()

    def _answer(
        self, method: str, path: str, query: Mapping[str, Any], body: Any = None
    ) -> httpx.Response:
        asked = {name: value for name, value in query.items() if value is not None}
        return self._http.request(method, path, params=asked, json=body, headers=self._headers)


def path_to(*parts: str) -> str:
    """A path of these parts; all but the first may hold any sign."""
    return parts[0] + "".join(f"/{quote(part, safe='')}" for part in parts[1:])


def _content(answer: httpx.Response) -> Any:
    try:
        content = answer.json() if answer.content else None
    except ValueError:
        content = None
    if answer.is_error:
        raise RestRefusal(answer.status_code, _message(content) or answer.text[:200], content)
    return content


def _message(content: Any) -> str:
    """Its words, in the shape of either API."""
    match content:
        case {"error": {"message": str(message), **rest}}:
            return message + _faults(rest.get("details"))
        case {"detail": str(message)}:
            return message
        case {"detail": [*faults]}:
            return _faults(faults).removeprefix("; ")
    return ""


def _faults(details: Any) -> str:
    """The fields at fault, each with what is wrong there."""
    found = [one for one in details or () if isinstance(one, dict) and one.get("message")]
    return "".join(f"; {one.get('field', '')}: {one['message']}" for one in found)
