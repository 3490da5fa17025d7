"""Messages of contracts and certificates' statuses, which only some versions of OCPP have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voltyard.charger.authorization.contract import Contract, EvCertificate
from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.ocpp.payload import Payload
from voltyard.pki.statuses import OcspQuery


class ContractMessages(Protocol):
    """The messages of ISO 15118 in a version's words."""

    def authorize(
        self, token: IdToken, chain: str | None, queries: Sequence[OcspQuery]
    ) -> Payload | None:
        """Authorize of a contract certificate: its chain, or the data to ask its status by. None
        where the chain is longer than a message may have it."""

    def read_authorization(self, response: Payload) -> tuple[TokenInfo, str | None]:
        """The answer to that: on the token, and on the certificate where it is judged."""

    def ev_certificate(self, contract: Contract) -> Payload:
        """Get15118EVCertificate."""

    def read_ev_certificate(self, response: Payload) -> EvCertificate:
        """The answer to Get15118EVCertificate."""

    def certificate_status(self, query: OcspQuery) -> Payload:
        """GetCertificateStatus."""

    def read_certificate_status(self, response: Payload) -> str | None:
        """The OCSP response that the CSMS got, in base64; None where it got none."""
