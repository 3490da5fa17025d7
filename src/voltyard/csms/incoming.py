"""What the backend does about what chargers say: the answer, the records, the events."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from voltyard.csms import events
from voltyard.csms import happenings as said
from voltyard.csms.authority import Signer
from voltyard.csms.commands import Command
from voltyard.csms.data_transfer import DataTransfers
from voltyard.csms.events import BackendEvent
from voltyard.csms.happenings import NOTED, Reply, Said, Tag
from voltyard.csms.id_tags import IdTags, Question
from voltyard.csms.jobs import Jobs, Told
from voltyard.csms.records import (
    BootPolicy,
    ConnectorStored,
    Record,
    Registration,
    ReservationStatus,
    ReservationStored,
)
from voltyard.csms.registers import new_anomalies
from voltyard.csms.registry import Charger
from voltyard.csms.reservations import Reservations
from voltyard.csms.security import SendCertificate
from voltyard.csms.settings import Settings
from voltyard.csms.transactions import Change, Transactions
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant


class Aside(Struct, frozen=True):
    """Changes that follow from a message and are not taken back: the end of a command's outcome, of
    a reservation. Written ahead of the message's own records, and kept until they are stored."""

    records: tuple[Record, ...]
    events: tuple[BackendEvent, ...] = ()


class Handled(Struct, frozen=True):
    """What comes of something said."""

    reply: Reply
    records: tuple[Record, ...] = ()
    """The answer goes out once these and the events are durable, and not before."""
    events: tuple[BackendEvent, ...] = ()
    settle: Callable[[bool], None] | None = None
    """Told whether they are; if they cannot be stored, it takes back what was changed."""
    at_once: bool = False
    """The answer does not wait: they tell of nothing that a charger would send again."""
    regardless: bool = False
    """The answer is given also if they cannot be stored in time; they are kept until they can."""
    aside: Aside | None = None
    commands: tuple[Command, ...] = ()
    """What the charger is asked once it has its answer."""

    @property
    def waits(self) -> bool:
        """Whether there is anything to be stored before the answer."""
        return not self.at_once and bool(self.records or self.events)


class Deferred(Struct, frozen=True):
    """The answer waits for a verdict on a tag, and is made by `resume` when it is there."""

    verdict: Awaitable[Tag]
    resume: Callable[[Tag, Instant], Handled]


Handling: TypeAlias = Handled | Deferred
_NOTED = Handled(NOTED)

_REGISTRATION: Mapping[BootPolicy, Registration] = {
    "accept": "accepted",
    "pending": "pending",
    "reject": "rejected",
}


class Incoming:
    """Handles what any charger says, from memory."""

    def __init__(
        self,
        settings: Settings,
        tags: IdTags,
        transactions: Transactions,
        data_transfers: DataTransfers,
        jobs: Jobs,
        reservations: Reservations,
        signer: Signer | None = None,
    ) -> None:
        self._settings = settings
        self._tags = tags
        self._transactions = transactions
        self._data_transfers = data_transfers
        self._jobs = jobs
        self._reservations = reservations
        self._signer = signer
        self._handlers: Mapping[type[Any], Callable[[Charger, str, Any, Instant], Handling]] = {
            said.Booted: self._booted,
            said.Beat: self._beat,
            said.StatusReported: self._status,
            said.Asked: self._asked,
            said.Opened: self._opened,
            said.Closed: self._closed,
            said.Told: self._told,
            said.Metered: self._metered,
            said.DataSent: self._data_sent,
            said.FirmwareProgress: self._firmware,
            said.DiagnosticsProgress: self._diagnostics,
            said.SecurityEvent: self._security_event,
            said.ReportPart: self._report_part,
            said.CertificateAsked: self._certificate_asked,
            said.ReservationEnded: self._reservation_ended,
            said.Mentioned: self._mentioned,
        }

    def handle(self, charger: Charger, version: str, what: Said, now: Instant) -> Handling:
        """Do what is due about it. Nothing here waits."""
        return self._handlers[type(what)](charger, version, what, now)

    # --- the charger itself --------------------------------------------------------------------

    def _booted(self, charger: Charger, version: str, what: said.Booted, now: Instant) -> Handling:
        before = charger.row
        registration = _REGISTRATION[self._settings.boot_policy(charger)]
        charger.row = after = replace(
            charger.row,
            registration=registration,
            version=version,
            vendor=what.vendor,
            model=what.model,
            serial_number=what.serial_number,
            firmware_version=what.firmware_version,
            booted_at=now,
        )
        event = events.ChargerBooted(
            **about(charger, now),
            status=registration,
            vendor=what.vendor,
            model=what.model,
            serial_number=what.serial_number,
            firmware_version=what.firmware_version,
            reason=what.reason,
        )
        reply = said.BootReply(registration, self._settings.boot_interval_s(charger))

        def settle(durable: bool) -> None:
            if not durable and charger.row is after:
                charger.row = before

        aside = _aside(self._jobs.booted(charger.row.id, what.reason, now))
        return Handled(reply, (charger.stored(),), (event,), settle, aside=aside)

    def _beat(self, charger: Charger, version: str, what: said.Beat, now: Instant) -> Handling:
        charger.last_heartbeat_at = now
        stored_at = charger.seen_stored_at
        if stored_at is not None and 0.0 <= now - stored_at < limits.SEEN_EVERY_S:
            return _NOTED
        charger.seen_stored_at = now
        return Handled(NOTED, (charger.seen(now),), at_once=True)

    def _status(
        self, charger: Charger, version: str, what: said.StatusReported, now: Instant
    ) -> Handling:
        before = charger.connectors.get((what.evse_id, what.connector_id))
        connector = ConnectorStored(
            charger_id=charger.row.id,
            evse_id=what.evse_id,
            connector_id=what.connector_id,
            status=what.status,
            error_code=what.error_code,
            info=what.info,
            vendor_id=what.vendor_id,
            vendor_error_code=what.vendor_error_code,
            updated_at=now,
        )
        aside: Aside | None = None
        if what.ends_reservations:
            ended = self._reservations.out_of_service(charger, what.evse_id, now)
            aside = _ended(ended, now)
        if not charger.keep_connector(connector):
            return Handled(NOTED, aside=aside) if aside else _NOTED

        def settle(durable: bool) -> None:
            if not durable:
                charger.take_back(connector, before)

        happened: tuple[BackendEvent, ...] = ()
        if before is None or not _same_status(before, connector):
            happened = (
                events.ConnectorStatusChanged(
                    **about(charger, now),
                    connector=connector,
                    previous_status=before.status if before else None,
                ),
            )
        return Handled(NOTED, (connector,), happened, settle, aside=aside)

    # --- tags ----------------------------------------------------------------------------------

    def _asked(self, charger: Charger, version: str, what: said.Asked, now: Instant) -> Handling:
        def answered(tag: Tag, now: Instant) -> Handled:
            event = events.Authorized(
                **about(charger, now), id_tag=what.id_tag, status=tag.status, by=tag.by
            )
            # A driver stands there, and a refusal would not be tried again.
            return Handled(said.TagReply(tag), (), (event,), regardless=True)

        return self._judged(charger, what.id_tag, what.id_tag_type, answered, now)

    def _judged(
        self,
        charger: Charger,
        id_tag: str,
        id_tag_type: str | None,
        then: Callable[[Tag, Instant], Handled],
        now: Instant,
        *,
        starts: bool = True,
    ) -> Handling:
        """Go on with what is decided about a tag, now or when it is known."""
        row = charger.row

        def decided(tag: Tag, now: Instant) -> Handled:
            # Looked up late, for while a verdict was awaited another transaction may have begun.
            if (
                starts
                and tag.status == "accepted"
                and not row.allow_concurrent_transactions
                and self._transactions.ledger.charging(row.organization_id, id_tag)
            ):
                return then(replace(tag, status="concurrent"), now)
            return then(tag, now)

        question = Question(row.organization_id, row.charge_box_id, id_tag, id_tag_type)
        verdict = self._tags.decide(question, now)
        if isinstance(verdict, Tag):
            return decided(verdict, now)
        return Deferred(verdict, decided)

    # --- transactions --------------------------------------------------------------------------

    def _opened(self, charger: Charger, version: str, what: said.Opened, now: Instant) -> Handling:
        known = self._transactions.started_alike(charger, what)
        if known is not None:
            # The same answer as the first time, also if the tag would fare otherwise by now.
            status: Any = known.id_tag_status or "accepted"
            tag = self._tags.recalled(charger.row.organization_id, what.id_tag, status)
            return self._started(charger, version, what, tag, now)
        return self._judged(
            charger,
            what.id_tag,
            None,
            lambda tag, now: self._started(charger, version, what, tag, now),
            now,
        )

    def _started(
        self, charger: Charger, version: str, what: said.Opened, tag: Tag, now: Instant
    ) -> Handled:
        change = self._transactions.opened(charger, version, what, tag, now)
        used = self._reservations.of_start(
            charger, what.reservation_id, what.connector_id, what.id_tag, now
        )
        reply = said.TransactionReply(tag, change.after.number)
        return self._changed(charger, change, reply, now, used)

    def _closed(self, charger: Charger, version: str, what: said.Closed, now: Instant) -> Handling:
        def stopped(tag: Tag | None, now: Instant) -> Handled:
            change = self._transactions.closed(charger, version, what, now)
            return self._changed(charger, change, said.TransactionReply(tag), now)

        if what.id_tag is None:
            return stopped(None, now)
        return self._judged(charger, what.id_tag, None, stopped, now, starts=False)

    def _told(self, charger: Charger, version: str, what: said.Told, now: Instant) -> Handling:
        def noted(tag: Tag | None, now: Instant) -> Handled:
            change = self._transactions.told(charger, version, what, tag, now)
            used = None
            if what.id_tag is not None or what.reservation_id is not None:
                used = self._reservations.of_start(
                    charger, what.reservation_id, what.evse_id, what.id_tag, now
                )
            return self._changed(charger, change, said.TransactionReply(tag), now, used)

        if what.id_tag is None:
            return noted(None, now)
        known = self._transactions.ledger.by_ocpp_id(charger.row.id, what.ocpp_id)
        starts = known is None or known.id_tag is None
        return self._judged(charger, what.id_tag, what.id_tag_type, noted, now, starts=starts)

    def _metered(
        self, charger: Charger, version: str, what: said.Metered, now: Instant
    ) -> Handling:
        outcome = self._transactions.metered(charger, what, now)
        if not isinstance(outcome, Change):
            return Handled(NOTED, outcome)
        return self._changed(charger, outcome, NOTED, now)

    def _changed(
        self,
        charger: Charger,
        change: Change,
        reply: Reply,
        now: Instant,
        used: ReservationStored | None = None,
    ) -> Handled:
        if change.kind == "repeated" or change.after.status == "completed":
            used = None

        def settle(durable: bool) -> None:
            if durable:
                self._transactions.confirm(change)
                if used is not None:
                    self._reservations.end(charger, used.reservation_id, "used", now)
            else:
                self._transactions.undo(change)

        happened = _transaction_events(charger, change, now)
        if used is None:
            return Handled(reply, change.records, happened, settle)
        told = reservation_events((used,), now)
        return Handled(reply, (*change.records, used), (*happened, *told), settle)

    # --- the rest ------------------------------------------------------------------------------

    def _data_sent(
        self, charger: Charger, version: str, what: said.DataSent, now: Instant
    ) -> Handling:
        reply, logged = self._data_transfers.received(charger, what, now)
        event = events.DataTransferReceived(
            **about(charger, now),
            vendor_id=what.vendor_id,
            message_id=what.message_id,
            text=what.data,
            status=reply.status,
        )
        return Handled(reply, (logged,), (event,))

    def _firmware(
        self, charger: Charger, version: str, what: said.FirmwareProgress, now: Instant
    ) -> Handling:
        event = events.FirmwareStatusReported(
            **about(charger, now), status=what.status, request_id=what.request_id
        )
        told = self._jobs.progressed(charger.row.id, "firmware", what.request_id, what.status, now)
        return Handled(NOTED, (), (event,), aside=_aside(told))

    def _diagnostics(
        self, charger: Charger, version: str, what: said.DiagnosticsProgress, now: Instant
    ) -> Handling:
        event = events.DiagnosticsStatusReported(
            **about(charger, now), status=what.status, request_id=what.request_id
        )
        told = self._jobs.progressed(charger.row.id, "log", what.request_id, what.status, now)
        return Handled(NOTED, (), (event,), aside=_aside(told))

    def _security_event(
        self, charger: Charger, version: str, what: said.SecurityEvent, now: Instant
    ) -> Handling:
        event = events.SecurityEventReported(
            **about(charger, now),
            type=what.type,
            tech_info=what.tech_info,
            happened_at=what.at,
        )
        return Handled(NOTED, (), (event,))

    def _report_part(
        self, charger: Charger, version: str, what: said.ReportPart, now: Instant
    ) -> Handling:
        event = events.Notified(**about(charger, now), action="NotifyReport", payload=what.payload)
        return Handled(NOTED, (), (event,))

    def _certificate_asked(
        self, charger: Charger, version: str, what: said.CertificateAsked, now: Instant
    ) -> Handling:
        """Accepted, the certificate follows as a command (white paper A02, 2.0.1 A02)."""
        chain, reason = None, None
        try:
            chain = self._signed(charger, what, now)
        except Invalid as error:
            reason = str(error)
        happened = (
            events.Notified(**about(charger, now), action="SignCertificate", payload=what.payload),
            events.CertificateRequested(
                **about(charger, now),
                certificate_type=what.certificate_type,
                status="rejected" if chain is None else "accepted",
                reason=reason,
            ),
        )
        if chain is None:
            return Handled(said.SigningReply(False), (), happened)
        sending = SendCertificate(chain=chain, certificate_type=what.certificate_type)
        return Handled(said.SigningReply(True), (), happened, commands=(sending,))

    def _signed(self, charger: Charger, what: said.CertificateAsked, now: Instant) -> str:
        if self._signer is None:
            raise Invalid("there is no certificate authority (VOLTYARD_CA_CERTIFICATE, _OWN_CA)")
        if what.certificate_type not in (None, "ChargingStationCertificate"):
            raise Invalid(f"a {what.certificate_type} is not for this authority to sign")
        # Else whoever dials in under a charger's name would be given the proof that he is it.
        if charger.session is None or not charger.session.profile:
            raise Invalid(
                "the charger has to prove who it is",
                hint="give it a password, and have it connect with it",
            )
        return self._signer(what.csr, charger.row, now)

    def _reservation_ended(
        self, charger: Charger, version: str, what: said.ReservationEnded, now: Instant
    ) -> Handling:
        status: ReservationStatus = "expired" if what.has_expired else "cancelled"
        ended = self._reservations.end(charger, what.reservation_id, status, now)
        notified = events.Notified(
            **about(charger, now), action="ReservationStatusUpdate", payload=what.payload
        )
        return Handled(NOTED, (), (notified,), aside=_ended(ended, now))

    def _mentioned(
        self, charger: Charger, version: str, what: said.Mentioned, now: Instant
    ) -> Handling:
        records: list[Record] = []
        happened: list[BackendEvent] = [
            events.Notified(**about(charger, now), action=what.action, payload=what.payload)
        ]
        settling: list[Callable[[bool], None]] = []
        for status in what.statuses:
            handled = self._status(charger, version, status, now)
            assert isinstance(handled, Handled)
            records.extend(handled.records)
            happened.extend(handled.events)
            if handled.settle is not None:
                settling.append(handled.settle)

        def settle(durable: bool) -> None:
            for one in reversed(settling):
                one(durable)

        return Handled(NOTED, tuple(records), tuple(happened), settle)


def about(charger: Charger, now: Instant) -> dict[str, Any]:
    """The fields that every event begins with."""
    row = charger.row
    return {
        "organization_id": row.organization_id,
        "charger_id": row.id,
        "charge_box_id": row.charge_box_id,
        "at": now,
    }


def _aside(told: Told) -> Aside | None:
    return Aside(told.rows, told.events) if told.rows else None


def _ended(reservations: tuple[ReservationStored, ...], now: Instant) -> Aside | None:
    if not reservations:
        return None
    return Aside(reservations, tuple(reservation_events(reservations, now)))


def reservation_events(rows: Iterable[ReservationStored], now: Instant) -> list[BackendEvent]:
    """That each of these has changed."""
    return [
        events.ReservationChanged(
            organization_id=row.organization_id,
            charger_id=row.charger_id,
            charge_box_id=row.charge_box_id,
            at=now,
            reservation=row,
        )
        for row in rows
    ]


def _same_status(one: ConnectorStored, other: ConnectorStored) -> bool:
    return (one.status, one.error_code, one.vendor_error_code) == (
        other.status,
        other.error_code,
        other.vendor_error_code,
    )


_TRANSACTION_EVENTS: Mapping[str, Callable[..., BackendEvent]] = {
    "started": events.TransactionStarted,
    "updated": events.TransactionUpdated,
    "stopped": events.TransactionStopped,
    "corrected": partial(events.TransactionUpdated, corrected=True),
}


def _transaction_events(charger: Charger, change: Change, now: Instant) -> tuple[BackendEvent, ...]:
    kind = _TRANSACTION_EVENTS.get(change.kind)
    if kind is None:
        return ()
    happened = kind(**about(charger, now), transaction=change.after)
    doubts = new_anomalies(change.before, change.after)
    if not doubts:
        return (happened,)
    return (
        happened,
        *[
            events.TransactionDoubted(
                **about(charger, now), transaction=change.after, anomaly=anomaly
            )
            for anomaly in doubts
        ],
    )
