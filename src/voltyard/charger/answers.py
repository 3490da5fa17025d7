"""What comes of the charger's own calls, by their purpose: an answer, a refusal, a broken link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voltyard.charger.effects import Done, Failed
from voltyard.charger.purposes import (
    Beat,
    Boot,
    FaultTold,
    FirmwareTold,
    Inquiry,
    Proxied,
    Purpose,
    ReportTold,
    ReservationTold,
    SecurityTold,
    Signing,
    StatusTold,
    TransactionTold,
    UploadTold,
)
from voltyard.charger.reader import UNREACHED
from voltyard.ocpp.payload import Payload, Untyped, to_dict

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger


def answered(charger: Charger, purpose: Purpose, request: Payload, response: Payload) -> None:
    """The CSMS has answered a call of that purpose."""
    dialect = charger.core.dialect
    match purpose:
        case TransactionTold():
            _transaction_answered(charger, request, response)
        case StatusTold() | FirmwareTold() | UploadTold():
            pass
        case Beat():
            before_s = charger.core.offset_s
            charger.registration.beaten(dialect.read_time(response))
            if charger.core.offset_s != before_s:
                charger.ledger.schedule_aligned()
        case Inquiry():
            charger.reader.answered(purpose, dialect.read_authorization(response))
        case Boot():
            _booted(charger, response)
        case Proxied(command_id=id):
            content = response.content if isinstance(response, Untyped) else to_dict(response)
            charger.core.conclude(id, Done({"response": content}))
        case SecurityTold():
            charger.security.events.answered()
        case Signing():
            charger.security.signing.answered(dialect.read_signing(response))
        case ReportTold():
            charger.reports.proceed()


def _booted(charger: Charger, response: Payload) -> None:
    core = charger.core
    charger.registration.answered(core.dialect.read_boot(response))
    if charger.registration.status != "Accepted":
        return
    core.online = core.accepted = True
    core.remember()
    charger.statuses.tell_all()
    charger.reserving.tell()
    charger.firmware.booted()
    charger.uploads.progress.online()
    charger.ledger.schedule_aligned()
    charger.sessions.resume()
    charger.outbox.send()
    charger.security.events.notice("StartupOfTheDevice", charger.registration.reason)
    charger.security.online()


def _transaction_answered(charger: Charger, request: Payload, response: Payload) -> None:
    core = charger.core
    wire_id, token, info = core.dialect.read_transaction(request, response)
    entry = charger.outbox.confirmed(wire_id)
    if token is not None and info is not None:
        charger.authorization.learn(token, info, core.time)
        if entry.part == "start" and charger.authorization.contradicts(token, info, core.time):
            charger.statuses.tell_list_conflict()
    if entry.part == "start":
        charger.ledger.confirmed(entry.transaction, wire_id, info.status if info else "")
    found = None if info is None else charger.ledger.find(entry.transaction)
    owner = None if found is None else found[0].id_token
    meant = token is None or (owner is not None and owner.key == token.key)
    if found is not None and info is not None and owner is not None and meant:
        if info.group is not None:
            found[0].group = info.group
        if not info.valid_at(found[0].id):
            charger.sessions.refused(found[0])
            if entry.part == "start" and found[1].came:
                charger.sessions.leave(found[0])


def failed(charger: Charger, purpose: Purpose, failure: Failed) -> None:
    """A call of that purpose met a CALLERROR or no answer."""
    match purpose:
        case TransactionTold():
            transaction = charger.outbox.failed(failure.message)
            charger.ledger.unconfirmed(transaction)
        case StatusTold():
            pass  # the CSMS had it; sending it again would not change its mind
        case Beat():
            charger.registration.beaten(None)
        case Inquiry():
            charger.reader.unanswered(purpose, failure)
        case Boot():
            charger.registration.failed()
        case Proxied(command_id=id):
            charger.core.conclude(id, failure)
        case SecurityTold():
            if failure.code == "no_answer":
                charger.security.events.unanswered()
            else:
                charger.security.events.answered()
        case Signing():
            charger.security.signing.unanswered()
        case ReportTold():
            charger.reports.proceed()


def lost(charger: Charger, purpose: Purpose) -> None:
    """The link broke under a call of that purpose; transaction messages go again by themselves."""
    match purpose:
        case StatusTold() | FaultTold():
            charger.statuses.lost(purpose)
        case ReservationTold():
            charger.reserving.lost(purpose)
        case FirmwareTold():
            charger.firmware.progress.owed = True
        case UploadTold():
            charger.uploads.progress.owed = True
        case Inquiry():
            charger.reader.unanswered(purpose, UNREACHED)
        case Proxied(command_id=id):
            charger.core.conclude(id, UNREACHED)
