"""Verdicts on contract certificates, and the port of whoever gives them."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from voltyard.kernel.time import Instant
from voltyard.pki.statuses import CertificateVerdict, OcspAnswer, OcspQuery


class ContractVerdict(Struct, frozen=True):
    """The verdict on a contract certificate, and why it is not accepted."""

    status: CertificateVerdict
    reason: str = ""


class NoStatus(Exception):
    """A certificate whose status is not to be had; the message says why."""


class OcspResponse(Struct, frozen=True):
    """An OCSP response, in DER, and what it says."""

    der: bytes
    answer: OcspAnswer


class CertificateAnswers(Protocol):
    """Answers about certificates of vehicles, which take their time."""

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

    async def status(self, organization_id: str, query: OcspQuery) -> OcspResponse:
        """The OCSP response about a certificate (M06). NoStatus where there is none."""

    async def ev_certificate(self, action: str, request: bytes) -> bytes | None:
        """The answer to a vehicle that asks for a contract certificate, both in EXI (M01, M02);
        None where there is none."""
