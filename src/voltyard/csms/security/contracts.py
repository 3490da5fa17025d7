"""Contract certificates, judged for Authorize: their chain, and the statuses that responders have
(C07)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from voltyard.csms.security.contract_verdicts import ContractVerdict, NoStatus, OcspResponse
from voltyard.csms.security.ev_certificates import no_ev_certificates
from voltyard.csms.security.ocsp_client import OcspClient
from voltyard.csms.security.vehicle_pki import VehiclePki
from voltyard.kernel.time import Instant
from voltyard.pki.statuses import OcspQuery
from voltyard.ports.clock import Clock
from voltyard.ports.http import Poster

if TYPE_CHECKING:
    from cryptography import x509


class ContractJudge:
    """Judges contracts by the roots that the server trusts, and by OCSP (`CertificateAnswers`)."""

    def __init__(self, pki: VehiclePki, poster: Poster | None, clock: Clock) -> None:
        """OCSP responders are asked by `poster`; without one no status is to be had."""
        self._roots = pki.contract_roots
        self._ev_certificates = pki.ev_certificates
        self._ocsp = OcspClient(poster, clock)

    async def judge(
        self,
        organization_id: str,
        emaid: str,
        chain: str | None,
        queries: Sequence[OcspQuery],
        now: Instant,
    ) -> ContractVerdict:
        """The verdict on the contract of an eMAID: on its chain, or on one that the charger has
        validated itself, by the data to ask for its statuses (C07.FR.04, FR.13)."""
        from voltyard.pki import chains

        path: tuple[x509.Certificate, ...] = ()
        if chain is not None:
            if not self._roots:
                return ContractVerdict(
                    "CertChainError", "the server trusts no roots of contracts (VOLTYARD_PKI)"
                )
            try:
                path = chains.judge_contract(chain, emaid, self._roots, now)
            except chains.BadChain as bad:
                return ContractVerdict(bad.verdict, str(bad))
            queries = _queries_of(path)
        return await self._by_status(organization_id, queries, path[1:])

    async def status(self, organization_id: str, query: OcspQuery) -> OcspResponse:
        """The OCSP response about a certificate (M06). NoStatus where there is none."""
        return await self._ocsp.ask(organization_id, query, self._known())

    async def ev_certificate(self, action: str, request: bytes) -> bytes | None:
        """The answer to a vehicle that asks for a contract certificate, both in EXI (M01, M02)."""
        if self._ev_certificates is no_ev_certificates:
            return None
        return await asyncio.to_thread(self._ev_certificates, action, request)

    async def _by_status(
        self,
        organization_id: str,
        queries: Sequence[OcspQuery],
        issuers: Sequence[x509.Certificate],
    ) -> ContractVerdict:
        known = [*issuers, *self._known()]
        found = await asyncio.gather(
            *(self._ocsp.ask(organization_id, query, known) for query in queries),
            return_exceptions=True,
        )
        verdict = ContractVerdict("Accepted")
        for one in found:
            if isinstance(one, NoStatus):
                verdict = ContractVerdict("NoCertificateAvailable", str(one))
            elif isinstance(one, BaseException):
                raise one
            elif one.answer.status == "revoked":
                return ContractVerdict("CertificateRevoked", "a certificate of it is revoked")
            elif one.answer.status == "unknown":
                return ContractVerdict("CertChainError", "its responder does not know it")
        return verdict

    def _known(self) -> list[x509.Certificate]:
        from voltyard.pki.chains import read_chain

        return [one for root in self._roots for one in read_chain(root)]


def _queries_of(path: Sequence[x509.Certificate]) -> list[OcspQuery]:
    from voltyard.pki.ocsp_queries import query_of

    found = [query_of(one, issuer) for one, issuer in pairwise(path)]
    return [one for one in found if one is not None]
