"""Port of the backend that a yard's own server runs beside it."""

from typing import Protocol


class OwnBackend(Protocol):
    """The backend of the same server, as far as the yard's chargers need it."""

    def url(self, organization_id: str, *, is_encrypted: bool) -> str:
        """The URL that an organization's chargers dial, but for '/' and their identity; the one
        over TLS where that is wanted and there is one."""

    async def register(
        self,
        organization_id: str,
        identity: str,
        *,
        password: str | None,
        security_profile: int | None,
    ) -> None:
        """Have a charger registered; returns once that is durable. One that is registered already
        stays as it is. Conflict where the organization may have no more, Unavailable where it
        cannot be stored."""
