"""Contracts of vehicles, and what became of one at a plug (Plug and Charge, C07)."""

from typing import Literal, TypeAlias

from msgspec import Struct

ContractStage: TypeAlias = Literal["NotUsed", "Installing", "Asked", "Accepted", "Refused"]


class Contract(Struct, frozen=True, kw_only=True):
    """The contract of a vehicle, or its request for one, as the vehicle brings it along."""

    chain: str | None = None
    """Its contract certificate and those that signed it, in PEM."""
    emaid: str | None = None
    """None: the common name of the certificate."""
    exi_request: str | None = None
    """CertificateInstallationReq or CertificateUpdateReq, in EXI and base64."""
    exi_action: Literal["Install", "Update"] = "Install"


class PluggedContract(Struct, frozen=True, kw_only=True):
    """The contract of the vehicle that is plugged in, and how far its authorization is."""

    contract: Contract
    stage: ContractStage
    verdict: str | None = None
    """Of the certificate, in the words of AuthorizeCertificateStatusEnumType."""
    reason: str = ""
    exi_response: str | None = None
    """The answer that the vehicle got to its exi_request."""


class EvCertificate(Struct, frozen=True, kw_only=True):
    """The CSMS's answer to Get15118EVCertificate."""

    accepted: bool
    exi_response: str
    reason: str = ""
