"""A poster that is the OCSP responder of a test PKI, without a socket."""

import asyncio
from collections.abc import Callable, Mapping

from voltyard.kernel.errors import Invalid
from voltyard.pki import ocsp
from voltyard.pki.charging_pki import ChargingPki
from voltyard.ports.http import Poster, PostFailed, PostResponse


class OcspPoster:
    """Answers OCSP requests from a PKI; `answer` and `status` change what it says."""

    def __init__(
        self, pki: ChargingPki, clock: Callable[[], float], others: Poster | None = None
    ) -> None:
        """`others` posts what is for somebody else than the PKI's responder."""
        self._url = pki.responder_url
        self._others = others
        self.asked: list[tuple[str, str]] = []
        """Organization and URL of each request."""
        self.answer: Callable[[bytes], bytes] = lambda request: ocsp.answer(pki, request, clock())
        self.status = 200
        self.failure: PostFailed | Invalid | None = None
        self.gate: asyncio.Event | None = None
        """Where there is one, nothing is answered before it is set."""

    def check(self, organization_id: str, url: str) -> None:
        """Anything may be asked."""

    async def post(
        self,
        organization_id: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_s: float,
    ) -> PostResponse:
        if self._others is not None and url != self._url:
            return await self._others.post(organization_id, url, headers, body, timeout_s)
        self.asked.append((organization_id, url))
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return PostResponse(self.status, self.answer(body))

    async def close(self) -> None:
        """Nothing is open."""
