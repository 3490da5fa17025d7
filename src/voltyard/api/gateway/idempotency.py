"""Idempotent requests: one with an Idempotency-Key is done once, and answered alike."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeAlias, TypeVar, cast

from fastapi import Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from voltyard.api.auth import Operator
from voltyard.api.gateway.context import YardDep
from voltyard.api.openapi import KEY_HEADER, REPLAYED_HEADER
from voltyard.api.request_span import span_of
from voltyard.kernel import limits
from voltyard.organizations.scopes import Principal
from voltyard.yard.idempotency import KeyReused
from voltyard.yard.keyed_answers import AnswerNote, KeyedRequest
from voltyard.yard.yard import Yard

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

_DESCRIPTION: Final = (
    "Any text of the caller's choice. The same request with the same key is done once: within a "
    "day it is answered as at first, with `Idempotency-Replayed: true`. 409 while the first is "
    "being done, 422 where the key came with another request. Refusals are not kept."
)


class IdempotentRequest:
    """A request that may repeat an earlier one."""

    def __init__(self, request: Request, yard: Yard, principal: Principal, key: str | None) -> None:
        self._request = request
        self._yard = yard
        self._principal = principal
        self._key = key
        self.span = span_of(request)
        """Its span, where it is sampled."""

    async def answer(
        self, work: Callable[[AnswerNote[T] | None], Awaitable[T]], told: Callable[[T], M]
    ) -> M:
        """Do the work, unless it was done under this key before; what is told of it."""
        if self._key is None:
            return told(await work(None))
        question = KeyedRequest(
            organization_id=self._principal.organization_id,
            key=self._key,
            fingerprint=await _fingerprint(self._request),
        )
        try:
            answer, repeated = await self._yard.idempotency.answer(
                question, work, lambda made: told(made).model_dump_json()
            )
        except KeyReused as error:
            raise _at_fault(str(error)) from None
        response = Response(
            answer.body,
            self._request.scope["route"].status_code,
            {REPLAYED_HEADER: "true"} if repeated else None,
            "application/json",
        )
        return cast(M, response)  # the framework sends it as it is


async def _repeats(
    request: Request,
    yard: YardDep,
    principal: Operator,
    key: Annotated[
        str | None,
        Header(
            alias=KEY_HEADER,
            min_length=1,
            max_length=limits.IDEMPOTENCY_KEY_CHARS,
            pattern=r"^[\x20-\x7e]+$",
            description=_DESCRIPTION,
        ),
    ] = None,
) -> IdempotentRequest:
    return IdempotentRequest(request, yard, principal, key)


IdempotencyDep: TypeAlias = Annotated[IdempotentRequest, Depends(_repeats)]
"""A dependency of operations that make something."""


async def _fingerprint(request: Request) -> str:
    """The same for all that asks for the same, however the body is laid out."""
    body = json.dumps(await request.json(), sort_keys=True)
    asked = f"{request.method} {request.url.path}?{request.url.query}\n{body}"
    return hashlib.sha256(asked.encode()).hexdigest()


def _at_fault(message: str) -> RequestValidationError:
    return RequestValidationError(
        [{"loc": ("header", KEY_HEADER), "msg": message, "type": "idempotency_key_reused"}]
    )
