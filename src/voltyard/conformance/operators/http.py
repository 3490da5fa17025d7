"""The operator over HTTP: a YAML file maps operations to requests of the CSMS's own API.

    operations:
      Reset: {post: /chargers/$identity/reset, body: {type: $type}}
      "*": {post: /chargers/$identity/call, body: {action: $operation, payload: $payload}}

The form of the file is that of conformance.mapped_requests. The operation `*` is for those without
an entry of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from voltyard.conformance.mapped_requests import HttpMapping, MappedRequests, Request, names_in
from voltyard.conformance.operators.operator import (
    CLEAR_MONITORS,
    DELETE,
    READ_VARIABLES,
    REGISTER,
    SET_ID_TAG,
    SET_REGISTRATION,
    SET_TARIFF,
)
from voltyard.conformance.wire.endings import DriverFailed
from voltyard.kernel.time import Seconds
from voltyard.ocpp.versions import VERSIONS

_OF_NO_ACTION: Final = frozenset(
    {REGISTER, DELETE, SET_ID_TAG, SET_REGISTRATION, READ_VARIABLES, CLEAR_MONITORS, SET_TARIFF}
)
"""Operations that are no OCPP actions, which `*` does not reach."""


def known_operations() -> list[str]:
    """Names that the operations of a mapping may have."""
    actions = {action for version in VERSIONS for action in version.actions}
    return ["*", *sorted(_OF_NO_ACTION), *sorted(actions)]


class HttpOperator:
    """Asks over HTTP, as the mapping says."""

    is_by_hand = False

    def __init__(
        self,
        mapping: HttpMapping,
        environment: Mapping[str, str],
        *,
        time_out_s: Seconds,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Invalid where the environment lacks a variable that url or headers name."""
        self._mapping = mapping
        self._requests = MappedRequests(
            mapping, environment, time_out_s=time_out_s, transport=transport
        )

    def can(self, operation: str) -> bool:
        return self._request(operation) is not None

    def conveys(self, operation: str, field: str) -> bool:
        request = self._request(operation)
        if request is None:
            return False
        named = names_in(request)
        return field in named or "payload" in named

    async def ask(self, operation: str, identity: str, fields: Mapping[str, Any]) -> None:
        request = self._request(operation)
        if request is None:
            raise DriverFailed(f"the driver has no operation {operation}")
        await self._requests.send(operation, request, identity, fields)

    async def close(self) -> None:
        await self._requests.close()

    def _request(self, operation: str) -> Request | None:
        found = self._mapping.operations.get(operation)
        if found is not None or operation in _OF_NO_ACTION or operation in self._mapping.lacks:
            return found
        return self._mapping.operations.get("*")
