"""Questions to OCSP responders over HTTP, whose answers are kept until their nextUpdate (RFC 6960,
appendix A).

A responder's URL comes from a certificate, so from anybody: it is dialled as an organization's
webhooks are, under the same policy.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from voltyard.csms.security.contract_verdicts import NoStatus, OcspResponse
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.ports.clock import Clock
from voltyard.ports.http import Poster, PostFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from voltyard.pki.statuses import OcspQuery

_HEADERS: Final = {
    "Content-Type": "application/ocsp-request",
    "Accept": "application/ocsp-response",
    "User-Agent": "Voltyard",
}


class OcspClient:
    """Asks OCSP responders on behalf of organizations."""

    def __init__(self, poster: Poster | None, clock: Clock) -> None:
        """Without a `poster` there is no status to be had."""
        self._poster = poster
        self._clock = clock
        self._kept: OrderedDict[tuple[str, OcspQuery], OcspResponse] = OrderedDict()
        self._under_way: dict[tuple[str, OcspQuery], asyncio.Future[OcspResponse]] = {}
        self._turn = asyncio.Semaphore(limits.OCSP_AT_ONCE)

    async def ask(
        self, organization_id: str, query: OcspQuery, issuers: Sequence[x509.Certificate] = ()
    ) -> OcspResponse:
        """The status of a certificate. NoStatus where there is none that holds. Its issuer may be
        among `issuers`, or come with the response: the question has the hashes of its name and key,
        so no other can pose as it."""
        if self._poster is None:
            raise NoStatus("OCSP responders cannot be asked here")
        key = (organization_id, query)
        kept = self._kept.get(key)
        if kept is not None and kept.answer.until > self._clock():
            self._kept.move_to_end(key)
            return kept
        if (under_way := self._under_way.get(key)) is not None:
            return await asyncio.shield(under_way)
        if len(self._under_way) >= limits.OCSP_WAITING:
            raise NoStatus("too many questions wait for OCSP responders")
        task = asyncio.ensure_future(self._asked(organization_id, query, issuers))
        self._under_way[key] = task
        task.add_done_callback(lambda _: self._under_way.pop(key, None))
        response = await asyncio.shield(task)
        self._keep(key, response)
        return response

    def _keep(self, key: tuple[str, OcspQuery], response: OcspResponse) -> None:
        self._kept[key] = response
        self._kept.move_to_end(key)
        if len(self._kept) > limits.OCSP_ANSWERS:
            self._kept.popitem(last=False)

    async def _asked(
        self, organization_id: str, query: OcspQuery, issuers: Sequence[x509.Certificate]
    ) -> OcspResponse:
        from voltyard.pki.ocsp_queries import BadResponse, issuers_in, read_response, request_of

        assert self._poster is not None, "asked for by `ask` alone"
        try:
            request = request_of(query)
            async with asyncio.timeout(limits.OCSP_TIMEOUT_S), self._turn:
                posted = await self._poster.post(
                    organization_id,
                    query.responder_url,
                    _HEADERS,
                    request,
                    limits.OCSP_TIMEOUT_S,
                )
        except (PostFailed, Invalid) as error:
            raise NoStatus(f"the OCSP responder: {error.message}") from None
        except TimeoutError:
            raise NoStatus("the OCSP responder: no answer in time") from None
        except (ValueError, OverflowError) as error:
            raise NoStatus(f"no hash data to ask by: {error}") from None
        if posted.status != 200 or not posted.is_whole:
            raise NoStatus(f"the OCSP responder answered {posted.status}")
        now = self._clock()
        try:
            known = [*issuers, *issuers_in(posted.body)]
            answer = read_response(posted.body, query, known, now)
        except BadResponse as bad:
            raise NoStatus(f"the OCSP response: {bad}") from None
        until = min(answer.until, now + limits.OCSP_ANSWER_S)
        return OcspResponse(posted.body, type(answer)(status=answer.status, until=until))
