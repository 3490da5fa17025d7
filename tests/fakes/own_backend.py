"""A server's own backend that notes who is registered."""

import asyncio

from voltyard.kernel.errors import VoltyardError


class FakeOwnBackend:
    """Registers whoever is named; `error` is raised instead while there is one."""

    def __init__(self) -> None:
        self.registered: dict[tuple[str, str], tuple[str | None, int | None]] = {}
        """Password and security profile, by organization and identity."""
        self.asked: list[str] = []
        """Identities, each time."""
        self.called = asyncio.Event()
        """Set whenever somebody is to be registered."""
        self.error: VoltyardError | None = None

    def url(self, organization_id: str, *, is_encrypted: bool) -> str:
        return f"{'wss' if is_encrypted else 'ws'}://own.example/ocpp"

    async def register(
        self,
        organization_id: str,
        identity: str,
        *,
        password: str | None,
        security_profile: int | None,
    ) -> None:
        self.asked.append(identity)
        self.called.set()
        if self.error is not None:
            raise self.error
        self.registered.setdefault((organization_id, identity), (password, security_profile))
