"""Changes to an organization's settings: in memory at once, durable before the answer."""

from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any, TypeAlias

from msgspec.structs import replace

from voltyard.csms.authorization.authorization_hook import AuthorizationHook
from voltyard.csms.records import Record, SettingsStored
from voltyard.csms.settings import OrganizationSettings
from voltyard.events.webhook_signatures import new_secret
from voltyard.kernel.errors import Invalid, Unavailable

Durable: TypeAlias = Callable[[tuple[Record, ...]], Awaitable[None]]
"""Returns once the records are; Unavailable where they cannot be stored."""


class SettingsService:
    """Changes settings, and restores those that could not be stored. What could not be stored is as
    it was before."""

    def __init__(
        self,
        settings: OrganizationSettings,
        hook: AuthorizationHook | None,
        durable: Durable,
        random: Random,
    ) -> None:
        self._settings = settings
        self._hook = hook
        self._durable = durable
        self._random = random

    async def change(self, organization_id: str, changes: Mapping[str, Any]) -> SettingsStored:
        """Change settings, see Backend.change_settings."""
        row = self._settings.changed(organization_id, changes)
        if "authorization_url" in changes and row.authorization_url is not None:
            self._check_hook(organization_id, row.authorization_url)
        if row.authorization_url is not None and row.authorization_secret is None:
            row = replace(row, authorization_secret=new_secret(self._random))
        before = self._settings.of(organization_id)
        self._settings.put(row)
        try:
            await self._durable((row,))
        except Unavailable:
            if self._settings.of(organization_id) is row:
                self._settings.put(before)
            raise
        return row

    def _check_hook(self, organization_id: str, url: str) -> None:
        if self._hook is None:
            raise Invalid("this backend asks nobody else", field="authorizationUrl")
        self._hook.check(organization_id, url)
