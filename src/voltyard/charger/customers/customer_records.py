"""Customer information: what the charger holds of the owner of a token (2.0.1 N09, N10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.statuses import Statuses
from voltyard.kernel.time import to_rfc3339_seconds


@dataclass(slots=True)
class CustomerRecords:
    """Records of customers at one charger, to be told in words and to be cleared."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    authorization: LocalAuthorization
    statuses: Statuses

    def text(self, is_customer: Callable[[str], bool]) -> str:
        """All of it, a line each; `is_customer` is asked of the text of tokens. Empty where there
        is nothing."""
        return "\n".join(self._lines(is_customer))

    def _lines(self, is_customer: Callable[[str], bool]) -> Iterator[str]:
        for evse in self.evses:
            token = evse.authorization.id_token
            running = evse.transaction
            if running is not None and _is_of(running.id_token, is_customer):
                began = to_rfc3339_seconds(running.started_at + self.context.offset_s)
                yield f"transaction {running.id} at EVSE {evse.id} since {began}"
            elif _is_of(token, is_customer):
                yield f"authorized at EVSE {evse.id}"
        for one in self.statuses.book.entries.values():
            if is_customer(one.token.key):
                place = "any EVSE" if one.evse_id is None else f"EVSE {one.evse_id}"
                yield f"reservation {one.id} of {place} until {to_rfc3339_seconds(one.expires_at)}"
        cache, listed = self.authorization.remembered()
        for key, info in listed.items():
            if is_customer(key):
                yield f"local list: {_words(key, info)}"
        for key, (info, since) in cache.items():
            if is_customer(key):
                yield f"cache since {to_rfc3339_seconds(since)}: {_words(key, info)}"

    def clear(self, is_customer: Callable[[str], bool]) -> None:
        """Forget what may be forgotten: the authorization cache. The local list is the CSMS's to
        change (N10.FR.02), and what runs or is reserved is still needed."""
        if self.authorization.forget(is_customer):
            self.context.remember()


def _is_of(token: IdToken | None, is_customer: Callable[[str], bool]) -> bool:
    return token is not None and is_customer(token.key)


def _words(key: str, info: TokenInfo) -> str:
    words = [f"token {key}", info.status]
    if info.group is not None:
        words.append(f"of group {info.group}")
    if info.expires_at is not None:
        words.append(f"until {to_rfc3339_seconds(info.expires_at)}")
    return ", ".join(words)
