"""Requests of a subject's own API, to which a YAML file maps what a driver has done.

    url: ${CSMS_URL}
    headers: {Authorization: Bearer ${CSMS_TOKEN}}
    operations:
      Reset: {post: /chargers/$identity/reset, body: {type: $type}}
      "*": {post: /chargers/$identity/call, body: {action: $operation, payload: $payload}}

`$name` is a field of the operation's request, `$identity` the charger, `$operation` the operation,
`$payload` all of its fields; `${NAME}` in `url` and `headers` is a variable of the environment. A
value of a body that is one name alone keeps its type, and is left out where the request has no such
field. `values` translates values: `values: {status: {Accepted: active}}`. A `$` is
written `$$`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final, Literal
from urllib.parse import quote

import httpx
import msgspec

from voltyard.conformance.wire.endings import DriverFailed
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds

_NAME: Final = re.compile(r"\$\{?(\w+)\}?\Z")
_SHOWN_CHARACTERS: Final = 300
_ABSENT: Final = object()


class Request(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An HTTP request that has one operation done."""

    get: str | None = None
    post: str | None = None
    put: str | None = None
    patch: str | None = None
    delete: str | None = None
    query: dict[str, Any] = {}
    body: Any = None
    values: dict[str, dict[str, Any]] = {}
    accepts: list[int] = []
    """Statuses beside 2xx with which it counts as done."""

    @property
    def target(self) -> tuple[str, str]:
        """Method and path."""
        given = [
            (method.upper(), path)
            for method in ("get", "post", "put", "patch", "delete")
            if (path := getattr(self, method)) is not None
        ]
        if len(given) != 1:
            raise Invalid("a request has one of get, post, put, patch and delete")
        return given[0]


class HttpMapping(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The file of an HTTP driver."""

    url: str
    headers: dict[str, str] = {}
    operations: dict[str, Request] = {}
    """Of a CSMS under test, by OCPP action."""
    acts: dict[str, Request] = {}
    """Of a charger under test, by the gateway's names."""
    lacks: list[str] = []
    """Operations that `*` does not reach."""

    def check(self, part: Literal["operations", "acts"], known: Iterable[str]) -> None:
        """Invalid where that part has nothing, or something that is none of the known names."""
        requests: dict[str, Request] = getattr(self, part)
        if not requests:
            raise Invalid(f"it has no {part}", hint="see docs/conform.md")
        names = list(known)
        for name, request in requests.items():
            if name not in names:
                near = get_close_matches(name, names, n=3)
                hint = f"did you mean {' or '.join(near)}?" if near else "see docs/conform.md"
                raise Invalid(f"{part}.{name}: there is no such name", hint=hint)
            try:
                _ = request.target
            except Invalid as error:
                raise Invalid(f"{part}.{name}: {error.message}") from None


class MappedRequests:
    """Sends the requests of a mapping; a client of the subject's own API."""

    def __init__(
        self,
        mapping: HttpMapping,
        environment: Mapping[str, str],
        *,
        time_out_s: Seconds,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Invalid where the environment lacks a variable that url or headers name."""
        try:
            url = string.Template(mapping.url).substitute(environment)
            headers = {
                name: string.Template(value).substitute(environment)
                for name, value in mapping.headers.items()
            }
        except KeyError as name:
            variable = name.args[0]
            raise Invalid(
                f"the driver needs the environment variable {variable}",
                hint=f"export {variable}=..., or choose another --driver",
            ) from None
        except ValueError as error:
            raise Invalid(f"the driver's url and headers: {error}", hint="$$ is a $") from None
        self._client = httpx.AsyncClient(
            base_url=url, headers=headers, timeout=time_out_s, transport=transport
        )

    async def send(
        self, operation: str, request: Request, identity: str, fields: Mapping[str, Any]
    ) -> None:
        """Send the request of an operation. DriverFailed, with its answer, where it failed."""
        method, path = request.target
        names = _values(operation, request, identity, fields)
        try:
            answer = await self._client.request(
                method,
                string.Template(path).substitute(
                    {name: quote(str(value), safe="") for name, value in names.items()}
                ),
                params=_filled(request.query, names) or None,
                json=None if request.body is None else _filled(request.body, names),
            )
        except KeyError as name:
            raise DriverFailed(f"{operation} has no field {name.args[0]} for {path}") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DriverFailed(
                f"{method} {path} for {operation}: {type(error).__name__} {error}".rstrip()
            ) from None
        if not answer.is_success and answer.status_code not in request.accepts:
            raise DriverFailed(
                f"{method} {answer.url.path} for {operation} was answered {answer.status_code}: "
                f"{answer.text[:_SHOWN_CHARACTERS]}"
            )

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()


def names_in(request: Request) -> set[str]:
    """The names that a request's template has a place for."""
    return set(_names((request.target[1], request.query, request.body)))


def _values(
    operation: str, request: Request, identity: str, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of a template's names."""
    return {
        "identity": identity,
        **{
            name: request.values.get(name, {}).get(value, value)
            if isinstance(value, str)
            else value
            for name, value in fields.items()
        },
        "operation": operation,
        "payload": dict(fields),
    }


def _names(value: Any) -> Iterator[str]:
    """The names in a template."""
    if isinstance(value, dict):
        value = value.values()
    elif isinstance(value, str):
        yield from string.Template(value).get_identifiers()
        return
    if isinstance(value, Iterable):
        for one in value:
            yield from _names(one)


def _filled(value: Any, names: Mapping[str, Any]) -> Any:
    """A template with its names replaced; fields of absent names are left out."""
    if isinstance(value, dict):
        filled = {key: _filled(one, names) for key, one in value.items()}
        return {key: one for key, one in filled.items() if one is not _ABSENT}
    if isinstance(value, list):
        return [one for each in value if (one := _filled(each, names)) is not _ABSENT]
    if not isinstance(value, str) or "$" not in value:
        return value
    if (name := _NAME.match(value)) is not None:
        return names.get(name[1], _ABSENT)
    return string.Template(value).safe_substitute({k: str(v) for k, v in names.items()})
