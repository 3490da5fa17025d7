"""The context of the backend's routes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from fastapi import Depends, Request

from voltyard.api.request_span import span_of
from voltyard.csms.admission import ENCRYPTED
from voltyard.csms.backend import Backend
from voltyard.csms.event_log import BackendEventLog
from voltyard.csms.reading.charger_lists import ChargerLists
from voltyard.csms.reading.reads import BackendReads
from voltyard.csms.registry import RegisteredCharger
from voltyard.events.webhooks.webhooks import Webhooks
from voltyard.kernel.errors import NotFound
from voltyard.organizations.key_cache import Keys
from voltyard.ports.clock import Clock
from voltyard.ports.files import FileStore
from voltyard.ports.spans import Span


class NodeBeside(NamedTuple):
    """A node, as the server knows it."""

    name: str
    version: str
    answers: bool
    """False where it has not answered lately."""


@dataclass(frozen=True, slots=True)
class BackendContext:
    """The backend, its history, and the URLs where chargers reach it."""

    backend: Backend
    reads: BackendReads
    lists: ChargerLists
    keys: Keys
    clock: Clock
    event_log: BackendEventLog | None
    """None at a node: the server has them, as it has the webhooks."""
    webhooks: Webhooks | None
    charger_url: str
    """The charger socket's endpoint, e.g. `ws://127.0.0.1:9000/ocpp`."""
    files: FileStore | None = None
    """The store that chargers upload to and fetch from; None where the server keeps none."""
    charger_tls_url: str = ""
    """The same for security profiles 2 and 3, where they have a socket of their own."""
    is_reached_by_name: bool = False
    """True where chargers reach the server by whatever name its callers do: it listens on all
    addresses, and no setting says by which it is known."""
    uploaded_elsewhere: Callable[[str, str, str], None] | None = None
    """Told of a file that a charger of a node has uploaded: charger id, command id, file id."""
    nodes: Callable[[], Sequence[NodeBeside]] = tuple
    """The nodes beside the server, by their names."""
    waits: bool = True
    """True where a request waits for the charger's answer to its command."""
    span: Span | None = None
    """The request's, where it is sampled."""

    @property
    def followed(self) -> BackendEventLog:
        """The log of events, as the server has it."""
        assert self.event_log is not None, "a node is asked of its chargers alone"
        return self.event_log

    @property
    def hooks(self) -> Webhooks:
        """The webhooks, as the server has them."""
        assert self.webhooks is not None, "a node is asked of its chargers alone"
        return self.webhooks

    def connection_url(self, charger: RegisteredCharger) -> str:
        """The URL that a charger dials."""
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
        if not await self.reads.was_registered(organization_id, charge_box_id):
            raise NotFound(f"no charger {charge_box_id}")

    def called_at(self, host: str | None) -> "BackendContext":
        """The context of a request that was sent to that host: what its caller reaches, its
        chargers are told to dial."""
        if not self.is_reached_by_name or host is None or not _HOST.fullmatch(host):
            return self
        return replace(
            self,
            charger_url=_at(host, self.charger_url),
            charger_tls_url=_at(host, self.charger_tls_url),
        )


_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}|[0-9A-Fa-f:.]{2,45}")
"""A name or an address, IPv6 without its brackets."""


def _at(host: str, url: str) -> str:
    """The URL with another host; none stays none."""
    if not url:
        return url
    parts = urlsplit(url)
    name = f"[{host}]" if ":" in host else host
    return urlunsplit(parts._replace(netloc=f"{name}:{parts.port}"))


async def _csms(request: Request) -> BackendContext:
    found: BackendContext = request.app.state.csms
    span = span_of(request)
    return (found if span is None else replace(found, span=span)).called_at(request.url.hostname)


BackendDep: TypeAlias = Annotated[BackendContext, Depends(_csms)]
"""A dependency: the backend of this app."""
