"""The key of a request, and the scopes that routes require of it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from fastapi import Depends, Request

from voltyard.kernel.errors import Forbidden
from voltyard.organizations.scopes import Principal, Scope


def sent_key(headers: Mapping[bytes, bytes]) -> str | None:
    """The key of a request, from `Authorization: Bearer` or `X-API-Key` alike."""
    authorization = headers.get(b"authorization")
    if authorization is not None:
        kind, _, text = authorization.decode("latin-1").partition(" ")
        if kind.lower() == "bearer":
            return text.strip()
    api_key = headers.get(b"x-api-key")
    return api_key.decode("latin-1").strip() if api_key is not None else None


def requires(scope: Scope) -> Callable[[Request], Awaitable[Principal]]:
    """A dependency: the principal of the request, which must reach as far as `scope`.

    That there is one is the gate's doing (api.middleware), for every path under the two prefixes.
    """

    async def principal(request: Request) -> Principal:  # not async, it would cost a thread
        found: Principal = request.scope["state"]["principal"]
        if not found.may(scope):
            raise Forbidden(f"the key lacks the scope {scope}", hint="ask for a key that has it")
        return found

    return principal


Reader = Annotated[Principal, Depends(requires("read"))]
Operator = Annotated[Principal, Depends(requires("operate"))]
Admin = Annotated[Principal, Depends(requires("admin"))]
