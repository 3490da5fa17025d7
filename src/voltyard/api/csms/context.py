"""What the backend's routes work with."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import Depends, Request
from sqlalchemy import Connection

from voltyard.api.auth import Keys
from voltyard.csms.backend import Backend
from voltyard.csms.gate import ENCRYPTED
from voltyard.csms.outbox import Outbox
from voltyard.csms.registry import Charger
from voltyard.csms.webhooks.webhooks import Webhooks
from voltyard.kernel.errors import NotFound
from voltyard.ports import Clock
from voltyard.storage import history
from voltyard.storage.database import Database
from voltyard.storage.files import Files


@dataclass(frozen=True, slots=True)
class Csms:
    """The backend, what it has written, and where chargers reach it."""

    backend: Backend
    database: Database
    keys: Keys
    clock: Clock
    outbox: Outbox
    webhooks: Webhooks
    charger_url: str
    """The charger socket's endpoint, e.g. `ws://127.0.0.1:9000/ocpp`."""
    files: Files | None = None
    """Where chargers upload to and fetch from; None where the server keeps none."""
    charger_tls_url: str = ""
    """The same for security profiles 2 and 3, where they have a socket of their own."""
    waits: bool = True
    """Whether a request waits for the charger's answer to its command."""

    def connection_url(self, charger: Charger) -> str:
        """What that charger dials."""
        # The path begins with the endpoint's own /ocpp, since an organization may follow it.
        is_encrypted = charger.row.security_profile >= ENCRYPTED
        url = (is_encrypted and self.charger_tls_url) or self.charger_url
        host = url.rstrip("/").removesuffix("/ocpp")
        return host + self.backend.connection_path(charger)

    def token_type(self, organization_id: str, id_tag: str, given: str | None) -> str:
        """Of the IdToken that OCPP 2.x makes of a tag; chargers compare it."""
        return given or self.backend.id_tags.token_type(organization_id, id_tag) or "Central"

    async def check_known(self, organization_id: str, charge_box_id: str) -> None:
        """NotFound where there never was such a charger: history outlives its charger."""

        def known(connection: Connection) -> bool:
            return history.was_registered(connection, organization_id, charge_box_id)

        if not await self.database.read(known, share=organization_id):
            raise NotFound(f"no charger {charge_box_id}")


async def _csms(request: Request) -> Csms:
    found: Csms = request.app.state.csms
    return found


Here: TypeAlias = Annotated[Csms, Depends(_csms)]
"""A dependency: the backend of this app."""
