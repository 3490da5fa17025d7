"""The server's own backend, as its yard's chargers need it."""

from urllib.parse import quote

from voltyard.csms.backend import Backend
from voltyard.csms.registry import ChargerChange
from voltyard.kernel.errors import Conflict
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID


class BackendBeside:
    """A `ports.own_backend.OwnBackend` in the same process."""

    def __init__(self, backend: Backend, charger_url: str, charger_tls_url: str) -> None:
        """The URLs are those of the charger socket; that over TLS may be empty."""
        self._backend = backend
        self._url = charger_url.rstrip("/")
        self._tls_url = charger_tls_url.rstrip("/")

    def url(self, organization_id: str, *, is_encrypted: bool) -> str:
        """URL that chargers of an organization dial, without an identity."""
        url = (is_encrypted and self._tls_url) or self._url
        is_default = organization_id == DEFAULT_ORGANIZATION_ID
        return url if is_default else f"{url}/{quote(organization_id, safe='')}"

    async def register(
        self,
        organization_id: str,
        identity: str,
        *,
        password: str | None,
        security_profile: int | None,
    ) -> None:
        """Register a charger that is not registered yet."""
        if self._backend.is_registered(organization_id, identity):
            return
        change = ChargerChange(password=password, security_profile=security_profile or 0)
        try:
            await self._backend.register(organization_id, identity, change)
        except Conflict:
            if not self._backend.is_registered(organization_id, identity):
                raise  # the quota
