"""Refused handshakes of chargers: counted, kept in the book, and told as events and in the log."""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote, unquote, unquote_plus

import structlog

from voltyard.csms.admission import last_part, named_in
from voltyard.csms.refusals.hints import hint
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.refusals.refusal_book import RefusedHandshake
from voltyard.csms.refusals.refusal_events import ChargerRefused
from voltyard.csms.refusals.refusal_record import RefusalRecord
from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.csms.registry import ChargerRegistry, RegisteredCharger
from voltyard.kernel import limits
from voltyard.kernel.addressing import addresses
from voltyard.kernel.counting.tally import Count, Tally
from voltyard.kernel.time import Instant
from voltyard.ports.links import BrokenHandshake, Handshake

log = structlog.get_logger(__name__)

_ALL: Final = ""
_SILENT: Final = frozenset({RefusalReason.SERVER_BUSY})
"""Reasons of which there is no event: they come when there is too much to be stored."""


class Refusals:
    """Notes refused handshakes, and tells of them: of each identity and reason at once, and once in
    limits.REFUSALS_EVERY_S."""

    def __init__(
        self,
        registry: ChargerRegistry,
        record: RefusalRecord,
        tell: Callable[[ChargerRefused], None],
        wake: Callable[[Instant | None], None],
        default_organization_id: str,
        is_organization: Callable[[str], bool],
    ) -> None:
        """`wake` has `tick` called at a moment. What concerns no organization that there is is told
        to the default one."""
        self._registry = registry
        self._record = record
        self._tell = tell
        self._wake = wake
        self._default_organization_id = default_organization_id
        self._is_organization = is_organization
        self._tallies: dict[tuple[str, bool], Tally[str]] = {}
        """Of ids of rows, by organization, and registered chargers apart from strangers."""
        self._beyond: Tally[str] = Tally(limits.REFUSALS_EVERY_S, 1)
        self.counts = dict.fromkeys(RefusalReason, 0)
        """Refusals so far."""

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    def note(self, handshake: Handshake, reason: RefusalReason, now: Instant) -> None:
        """Count and tell a handshake that was refused."""
        self._note(handshake.path, handshake.remote, handshake.subprotocols, reason, "", now)

    def note_broken(self, broken: BrokenHandshake, now: Instant) -> None:
        """Likewise, one that came to nothing before the gate was asked."""
        reason = RefusalReason(broken.cause)
        self._note(broken.path, broken.remote, broken.subprotocols, reason, broken.detail, now)

    def take(
        self,
        path: str,
        remote: str,
        subprotocols: tuple[str, ...],
        reason: RefusalReason,
        detail: str,
        at: Instant,
    ) -> None:
        """Tell a handshake that was refused at a node (`NodeRefusals`), and counted there."""
        self._keep(self._refusal(path, remote, subprotocols, reason, detail), reason, at)

    def tick(self, now: Instant) -> None:
        """Tell what is due, and write it."""
        for place, tally in list(self._tallies.items()):
            for row_id, count in tally.due(now):
                self._event(row_id, count, now)
            if not len(tally):
                del self._tallies[place]
        for _, count in self._beyond.due(now):
            _log_beyond(count)
        self._record.write_due(now)
        self._wake(self._next())

    # --- one refusal ---------------------------------------------------------------------------

    def _note(
        self,
        path: str,
        remote: str,
        offered: tuple[str, ...],
        reason: RefusalReason,
        detail: str,
        now: Instant,
    ) -> None:
        refusal = self._refusal(path, remote, offered, reason, detail)
        self.counts[refusal.reason] += 1
        self._keep(refusal, reason, now)

    def _keep(self, refusal: RefusedHandshake, reason: RefusalReason, now: Instant) -> None:
        row = self._record.note(refusal, now)
        if reason not in _SILENT:
            self._tally(row, refusal, now)
        self._wake(self._next())

    def _refusal(
        self, path: str, remote: str, offered: tuple[str, ...], reason: RefusalReason, detail: str
    ) -> RefusedHandshake:
        named, organization_id = named_in(path), self._default_organization_id
        charger_id: str | None = None
        similar = None
        identity = last_part(path) if named is None else named.charge_box_id
        # Guesses are limited for identities that are made up, too: they cannot be told apart.
        is_unknown = reason in (RefusalReason.NOT_REGISTERED, RefusalReason.TOO_MANY_ATTEMPTS)
        if named is None:
            reason = RefusalReason.WRONG_PATH if is_unknown else reason
        elif (
            known := self._registry.id_of(
                named.organization_id or organization_id, named.charge_box_id
            )
        ) is not None:
            organization_id, charger_id = named.organization_id or organization_id, known
        elif named.organization_id is not None and not self._is_organization(named.organization_id):
            reason = RefusalReason.UNKNOWN_ORGANIZATION if is_unknown else reason
        else:
            organization_id = named.organization_id or organization_id
            similar = self._similar(organization_id, named.charge_box_id)
            if is_unknown:
                reason = (
                    RefusalReason.NOT_REGISTERED
                    if similar is None
                    else RefusalReason.OTHER_SPELLING
                )
        identity = identity and _tame(identity, limits.IDENTITY_CHARACTERS)
        most = limits.REFUSED_SUBPROTOCOLS
        offered = tuple(_tame(one, limits.REFUSED_SUBPROTOCOL_CHARS) for one in offered[:most])
        return RefusedHandshake(
            organization_id=organization_id,
            charger_id=charger_id,
            identity=identity or None,
            address=addresses.without_port(remote),
            offered=offered,
            reason=reason,
            hint=hint(reason, identity or None, offered, similar, detail),
        )

    def _similar(self, organization_id: str, box_id: str) -> RegisteredCharger | None:
        """A charger that is registered by a name a little different: encoded twice, in another
        case, with blanks around it."""
        for text in (box_id, unquote(box_id), unquote_plus(box_id)):
            bare = text.strip()
            for other in (bare, bare.upper(), bare.lower()):
                found = self._registry.find(organization_id, other)
                if found is not None:
                    return found
        return None

    # --- telling -------------------------------------------------------------------------------

    def _tally(self, row: RefusalStored, refusal: RefusedHandshake, now: Instant) -> None:
        place = refusal.organization_id, refusal.charger_id is not None
        if (tally := self._tallies.get(place)) is None:
            most = limits.REFUSALS_TOLD if place[1] else limits.STRANGERS_TOLD
            tally = self._tallies[place] = Tally(limits.REFUSALS_EVERY_S, most)
        told = tally.note(row.id, refusal.address, refusal.reason, now)
        if told is not None:
            self._event(row.id, told, now)
        elif row.id not in tally:
            beyond = self._beyond.note(_ALL, refusal.address, refusal.reason, now)
            if beyond is not None:
                _log_beyond(beyond)

    def _next(self) -> Instant | None:
        tallies = (*self._tallies.values(), self._beyond)
        moments = [self._record.next_at(), *(one.next_at() for one in tallies)]
        return min((moment for moment in moments if moment is not None), default=None)

    def _event(self, row_id: str, count: Count, now: Instant) -> None:
        row = self._record.book.find(row_id)
        if row is None:  # forgotten meanwhile
            return
        log.warning(
            "charger_refused",
            identity=row.identity,
            organization=row.organization_id,
            addresses=count.sources,
            offered=row.offered,
            reason=str(row.reason),
            hint=row.hint,
            count=count.count,
        )
        self._tell(
            ChargerRefused(
                organization_id=row.organization_id,
                charger_id=row.charger_id,
                charge_box_id=row.identity,
                at=now,
                row=row,
                count=count.count,
                addresses=tuple(count.sources),
            )
        )


def _log_beyond(count: Count) -> None:
    """Log those that are too many to be told one by one."""
    log.warning("chargers_refused", count=count.count, addresses=count.sources, reason=count.reason)


def _tame(text: str, most: int) -> str:
    """A stranger's text, cut, and without what could be more than text where it is shown."""
    cut = text[:most]
    if not cut.isprintable():
        cut = quote(cut, safe=" /:@", errors="replace")[:most]
    return cut
