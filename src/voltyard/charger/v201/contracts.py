"""Messages of contracts and certificates' statuses in OCPP 2.0.1 (C07, M01, M02, M06)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voltyard.charger.authorization.contract import Contract, EvCertificate
from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.v201.requests import read_info
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m
from voltyard.pki.statuses import OcspQuery

_SCHEMA: Final = "urn:iso:15118:2:2013:MsgDef"
_CHAIN_CHARACTERS: Final = 5_500
_QUERIES: Final = 4


class ContractMessages201:
    """The messages of ISO 15118, as a charger of 2.0.1 sends them."""

    def authorize(
        self, token: IdToken, chain: str | None, queries: Sequence[OcspQuery]
    ) -> Payload | None:
        if chain is not None and len(chain) > _CHAIN_CHARACTERS:
            return None
        return m.AuthorizeRequest(
            id_token=m.IdToken(id_token=token.text, type=token.kind),  # type: ignore[arg-type]
            certificate=chain,
            iso15118_certificate_hash_data=[_asked(one) for one in queries[:_QUERIES]] or None,
        )

    def read_authorization(self, response: Payload) -> tuple[TokenInfo, str | None]:
        assert isinstance(response, m.AuthorizeResponse)
        return read_info(response.id_token_info), response.certificate_status

    def ev_certificate(self, contract: Contract) -> Payload:
        return m.Get15118EVCertificateRequest(
            iso15118_schema_version=_SCHEMA,
            action=contract.exi_action,
            exi_request=contract.exi_request or "",
        )

    def read_ev_certificate(self, response: Payload) -> EvCertificate:
        assert isinstance(response, m.Get15118EVCertificateResponse)
        info = response.status_info
        return EvCertificate(
            accepted=response.status == "Accepted",
            exi_response=response.exi_response,
            reason="" if info is None else info.additional_info or info.reason_code,
        )

    def certificate_status(self, query: OcspQuery) -> Payload:
        return m.GetCertificateStatusRequest(ocsp_request_data=_asked(query))

    def read_certificate_status(self, response: Payload) -> str | None:
        assert isinstance(response, m.GetCertificateStatusResponse)
        return response.ocsp_result if response.status == "Accepted" else None


def _asked(query: OcspQuery) -> m.OCSPRequestData:
    return m.OCSPRequestData(
        hash_algorithm=query.algorithm,  # type: ignore[arg-type]
        issuer_name_hash=query.issuer_name,
        issuer_key_hash=query.issuer_key,
        serial_number=query.serial_number,
        responder_url=query.responder_url,
    )


CONTRACT_MESSAGES: Final = ContractMessages201()
