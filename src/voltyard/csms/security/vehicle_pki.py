"""The PKI that the backend has for vehicles: roots of contracts, and whoever signs and answers."""

from msgspec import Struct

from voltyard.csms.security.certificate_authority import CertificateSigner
from voltyard.csms.security.ev_certificates import EvCertificates, no_ev_certificates


class VehiclePki(Struct, frozen=True, kw_only=True):
    """Certificates of ISO 15118 at the backend."""

    contract_roots: tuple[str, ...] = ()
    """Contracts lead to one of these, in PEM."""
    v2g_signer: CertificateSigner | None = None
    """Signs the certificates that vehicles see; None: the authority of chargers' links does."""
    ev_certificates: EvCertificates = no_ev_certificates
    """The answers to vehicles that ask for contract certificates."""


NO_VEHICLE_PKI = VehiclePki()
