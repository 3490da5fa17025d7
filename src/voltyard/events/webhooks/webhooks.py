"""The webhooks of all organizations: add, change, pause, resume, resend."""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace

from voltyard.events.event_names import names_matching
from voltyard.events.event_records import DeliveryStored, EventLogged, WebhookDeleted, WebhookStored
from voltyard.events.outbox import Outbox
from voltyard.events.record_writer import RecordWriter
from voltyard.events.webhook_signatures import check_secret, new_secret
from voltyard.events.webhooks.sender import PendingDeliveries, WebhookSender, after_attempt
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Invalid, NotFound, Unavailable
from voltyard.kernel.quotas import Quota
from voltyard.ports.clock import Clock
from voltyard.ports.http import Poster

TEST = "webhook.test"
"""The event of a ping. Only the webhook that is tested is told of it."""


class Webhooks:
    """Webhooks in memory; a change counts at once, and is durable when it is answered."""

    def __init__(
        self,
        outbox: Outbox,
        writer: RecordWriter[Any, Any],
        deliveries: PendingDeliveries,
        poster: Poster,
        clock: Clock,
        random: Random = ids.SYSTEM,
        *,
        names: Collection[str],
        paused: Callable[[WebhookStored, str], Any],
        quota: Quota | None = None,
    ) -> None:
        """`writer` is the one of the log whose outbox this is, `names` are those of its events, and
        `paused` makes the event that tells of a webhook that was paused for a reason."""
        self._outbox = outbox
        self._quota = quota or Quota("webhooks", lambda organization_id: limits.WEBHOOKS)
        self._poster = poster
        self._writer = writer
        self._names = names
        self._paused_event = paused
        self._clock = clock
        self._random = random
        self.sender = WebhookSender(writer, deliveries, poster, clock, random, self._pause)
        self._rows: dict[str, WebhookStored] = {}
        self._wanting: dict[str, dict[str, tuple[str, ...]]] = {}
        """Organization -> event -> ids of those that want it."""

    async def start(self, rows: Sequence[WebhookStored]) -> None:
        """Take over what storage holds, and go on delivering."""
        for row in rows:
            self._put(row)
        self._outbox.subscribe(self.wanting, self.sender.take)
        await self.sender.resume()

    async def close(self) -> None:
        """Leave off; the next start goes on."""
        await self.sender.close()

    def wanting(self, organization_id: str, name: str) -> Sequence[str]:
        """The ids of those that want events of that name."""
        wanting = self._wanting.get(organization_id)
        return () if wanting is None else wanting.get(name, ())

    # --- the rows --------------------------------------------------------------------------------

    def of(self, organization_id: str) -> list[WebhookStored]:
        """An organization's, oldest first."""
        return [row for row in self._rows.values() if row.organization_id == organization_id]

    def get(self, organization_id: str, webhook_id: str) -> WebhookStored:
        """NotFound where there is none, or it is another organization's."""
        row = self._rows.get(webhook_id)
        if row is None or row.organization_id != organization_id:
            raise NotFound(f"no webhook {webhook_id}")
        return row

    async def add(
        self,
        organization_id: str,
        *,
        url: str,
        events: Sequence[str],
        secret: str | None = None,
        description: str | None = None,
        enabled: bool = True,
    ) -> WebhookStored:
        """Invalid where the URL is no target, an event unknown, the secret none; Conflict beyond
        the quota."""
        self._check(organization_id, url, events, secret)
        self._quota.check(organization_id)
        now = self._clock()
        row = WebhookStored(
            id=ids.prefixed("wh_", self._random),
            organization_id=organization_id,
            url=url,
            events=tuple(dict.fromkeys(events)),
            secret=secret or new_secret(self._random),
            description=description,
            enabled=enabled,
            created_at=now,
            updated_at=now,
        )
        self._put(row)
        try:
            await self._writer.durable((row,))
        except Unavailable:
            self._drop(row)
            raise
        return row

    async def change(
        self, organization_id: str, webhook_id: str, changes: Mapping[str, Any]
    ) -> WebhookStored:
        """Change url, events, description, enabled, secret. `enabled` resumes one that is paused;
        a new secret goes beside the former for limits.WEBHOOK_SECRET_OVERLAP_S."""
        self.get(organization_id, webhook_id)
        self._check(
            organization_id, changes.get("url"), changes.get("events"), changes.get("secret")
        )
        row = self.get(organization_id, webhook_id)  # as it is now
        fields = dict(changes)
        if "events" in fields:
            fields["events"] = tuple(dict.fromkeys(fields["events"]))
        if fields.get("enabled"):
            fields |= {"paused_at": None, "pause_reason": None}
        now = self._clock()
        if "secret" in fields:
            fields |= {
                "former_secret": row.secret,
                "former_secret_until": now + limits.WEBHOOK_SECRET_OVERLAP_S,
            }
        changed = replace(row, **fields, updated_at=now)
        self._put(changed)
        try:
            await self._writer.durable((changed,))
        except Unavailable:
            if self._rows.get(webhook_id) is changed:
                self._put(row)
            raise
        return changed

    async def rotate(self, organization_id: str, webhook_id: str) -> WebhookStored:
        """Give it a new secret, as `change` does."""
        return await self.change(organization_id, webhook_id, {"secret": new_secret(self._random)})

    async def delete(self, organization_id: str, webhook_id: str) -> None:
        """Nothing more is sent to it."""
        row = self.get(organization_id, webhook_id)
        self._drop(row)
        try:
            await self._writer.durable((WebhookDeleted(id=row.id),))
        except Unavailable:
            self._put(row)
            await self.sender.resume(row.id)
            raise

    async def delete_all(self, organization_id: str) -> None:
        """The organization is gone."""
        for row in self.of(organization_id):
            await self.delete(organization_id, row.id)

    # --- deliveries ------------------------------------------------------------------------------

    async def test(self, organization_id: str, webhook_id: str) -> DeliveryStored:
        """Send it an event `webhook.test`, once and now; what came of it."""
        row = self.get(organization_id, webhook_id)
        event = EventLogged(
            number=0,
            id=ids.prefixed("evt_", self._random),
            organization_id=organization_id,
            charger_id=None,
            charge_box_id=None,
            at=round(self._clock(), 3),
            event=TEST,
            data=msgspec.json.encode({"webhookId": row.id}).decode(),
        )
        delivery = after_attempt(
            self._outbox.delivery(row.id, event), await self.sender.attempt(row, event)
        )
        await self._writer.durable((delivery,))
        return delivery

    async def resend(
        self, organization_id: str, webhook_id: str, events: Sequence[EventLogged]
    ) -> None:
        """Deliver these again, in their order and behind what waits already. They are durable when
        this returns."""
        row = self.get(organization_id, webhook_id)
        now = self._clock()
        deliveries = [
            replace(self._outbox.delivery(row.id, event), created_at=now) for event in events
        ]
        await self._writer.durable(tuple(deliveries))
        self.sender.remind(row.id, dict.fromkeys(one.lane for one in deliveries))

    # --- inside ----------------------------------------------------------------------------------

    def _pause(self, row: WebhookStored, reason: str) -> None:
        """Nothing arrives any more."""
        current = self._rows.get(row.id)
        if current is None or current.paused_at is not None:
            return
        now = self._clock()
        paused = replace(current, paused_at=now, pause_reason=reason, updated_at=now)
        self._put(paused)
        self._writer.write((paused,), (self._paused_event(paused, reason),))

    def _check(
        self,
        organization_id: str,
        url: str | None,
        events: Sequence[str] | None,
        secret: str | None,
    ) -> None:
        if events is not None:
            names_matching(events, self._names)
        if secret is not None:
            with _at("secret"):
                check_secret(secret)
        if url is not None:
            with _at("url"):
                self._poster.check(organization_id, url)

    def _put(self, row: WebhookStored) -> None:
        self._rows[row.id] = row
        self._count(row.organization_id)
        self.sender.revise(row)

    def _drop(self, row: WebhookStored) -> None:
        self._rows.pop(row.id, None)
        self.sender.forget(row.id)
        self._count(row.organization_id)

    def _count(self, organization_id: str) -> None:
        """Find out anew who wants what."""
        wanting: dict[str, tuple[str, ...]] = {}
        rows = self.of(organization_id)
        self._quota.note(organization_id, len(rows))
        for row in rows:
            if row.enabled:
                for name in self._wanted(row):
                    wanting[name] = (*wanting.get(name, ()), row.id)
        self._wanting[organization_id] = wanting

    def _wanted(self, row: WebhookStored) -> frozenset[str]:
        """The names it wants. One that was known to an earlier version is passed over."""
        found: set[str] = set()
        for pattern in row.events:
            with contextlib.suppress(Invalid):
                found |= names_matching([pattern], self._names)
        return frozenset(found)


@contextlib.contextmanager
def _at(field: str) -> Iterator[None]:
    """Names that field in an Invalid raised within."""
    try:
        yield
    except Invalid as error:
        raise Invalid(error.message, hint=error.advice, field=field) from error
