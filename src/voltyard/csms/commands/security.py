"""Commands of logs, signed firmware, certificates and passwords (A, L, M, N). As in
`csms.commands.commands`, only shapes are checked."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from voltyard.kernel.time import Instant


class GetLog(Struct, frozen=True, kw_only=True, tag="log", tag_field="command"):
    """Have the charger upload a log. -> `LogResult`"""

    log_type: Literal["DiagnosticsLog", "SecurityLog"]
    location: str
    request_id: int | None = None
    """None: one is made."""
    oldest_at: Instant | None = None
    latest_at: Instant | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


class SignedUpdateFirmware(
    Struct, frozen=True, kw_only=True, tag="firmware/signed-update", tag_field="command"
):
    """Have the charger fetch firmware, check its signature, and install it. -> `StatusResult`"""

    location: str
    retrieve_at: Instant
    install_at: Instant | None = None
    signing_certificate: str
    """PEM."""
    signature: str
    """Base64."""
    request_id: int | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


class InstallCertificate(
    Struct, frozen=True, kw_only=True, tag="certificates", tag_field="command"
):
    """Have the charger trust a certificate. 1.6's CentralSystemRootCertificate is 2.x's
    CSMSRootCertificate, either way. -> `StatusResult`"""

    certificate_type: str
    certificate: str
    """PEM."""


class GetInstalledCertificateIds(
    Struct, frozen=True, kw_only=True, tag="certificates/list", tag_field="command"
):
    """List the trusted certificates; 1.6 takes one type. -> `InstalledCertificatesResult`"""

    certificate_type: str | None = None


class DeleteCertificate(
    Struct, frozen=True, kw_only=True, tag="certificates/delete", tag_field="command"
):
    """Have the charger forget a certificate, named by its hashes. -> `StatusResult`"""

    hash_data: Mapping[str, Any]
    """Hashes as listed, without whatever else is told."""


class CertificateSigned(
    Struct, frozen=True, kw_only=True, tag="certificates/signed", tag_field="command"
):
    """Hand the charger the certificate it asked for. -> `StatusResult`"""

    chain: str
    """PEM, its own certificate first."""
    certificate_type: str | None = None
    """2.x, as the charger asked."""


class ChangePassword(Struct, frozen=True, kw_only=True, tag="password", tag_field="command"):
    """Give the charger another password: AuthorizationKey (1.6), BasicAuthPassword (2.x).
    -> `StatusResult` (as on the wire)"""

    password: str
    """The password as it goes over the wire."""


class InstalledCertificatesResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The hashes of each certificate; with 2.x also its type and the chain below it."""

    status: str
    hash_data: tuple[dict[str, Any], ...] = ()
    reason: str | None = None
