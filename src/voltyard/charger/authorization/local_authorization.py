"""Local authorization: what the local list and the authorization cache decide without the CSMS.

OCPP 1.6 sections 3.4.2, 3.5 and 4.1; 2.0.1 Part 2 blocks C and D. The list goes before the cache,
and what is on the list is never put into the cache.
"""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.charger.variables.standard.authorization import (
    CACHE_ENABLED,
    CACHE_IS_FINAL,
    CACHE_LIFETIME,
    DISABLE_REMOTE_AUTHORIZATION,
    LIST_IS_FINAL,
    LOCAL_AUTHORIZE_OFFLINE,
    LOCAL_LIST_ENABLED,
    LOCAL_LIST_MAX,
    LOCAL_PRE_AUTHORIZE,
    OFFLINE_TX_FOR_UNKNOWN,
    SEND_LOCAL_LIST_MAX,
)
from voltyard.charger.variables.standard.station import FEATURE_PROFILES
from voltyard.kernel import limits
from voltyard.kernel.time import Instant

ACCEPTED = TokenInfo("Accepted")

LocalVerdict: TypeAlias = TokenInfo | Literal["ask"]
"""A decision made at the charger, or that the CSMS has to be asked."""


class _Cached(Struct, gc=False):
    info: TokenInfo
    since: Instant


class LocalAuthorization:
    """The local list and the authorization cache of one charger. Times are its own clock's."""

    __slots__ = ("_cache", "_list", "_settings", "list_version")

    def __init__(self, settings: ChargerSettings) -> None:
        self._settings = settings
        self._cache: dict[str, _Cached] = {}
        self._list: dict[str, TokenInfo] = {}
        self.list_version = 0

    # --- deciding ------------------------------------------------------------------------------

    def decide(self, token: IdToken, at: Instant, *, online: bool) -> LocalVerdict:
        """The verdict on a token, as far as it can be given here."""
        if token.kind == "NoAuthorization":
            return ACCEPTED
        known = self.known(token, at)
        verdict = self._decide_online(token, known) if online else self._decide_offline(known)
        if verdict is known:
            self._used(token, at)
        return verdict

    def _decide_online(self, token: IdToken, known: TokenInfo | None) -> LocalVerdict:
        settings = self._settings
        if settings.flag(DISABLE_REMOTE_AUTHORIZATION):
            return known or TokenInfo("Invalid")
        if known is None or not settings.flag(LOCAL_PRE_AUTHORIZE):
            return "ask"
        kept = LIST_IS_FINAL if self.is_listed(token) else CACHE_IS_FINAL
        return known if known.status == "Accepted" or settings.flag(kept) else "ask"

    def _used(self, token: IdToken, at: Instant) -> None:
        """A cached token's lifetime begins anew when it is used (2.0.1 AuthCacheCtrlr.LifeTime)."""
        cached = self._cache.get(token.key)
        if cached is not None and not self.is_listed(token) and cached.info.status == "Accepted":
            cached.since = at

    def _decide_offline(self, known: TokenInfo | None) -> TokenInfo:
        if known is not None and known.status != "Accepted":
            return known
        if known is not None and self._settings.flag(LOCAL_AUTHORIZE_OFFLINE):
            return known
        if self._settings.flag(OFFLINE_TX_FOR_UNKNOWN):
            return known or ACCEPTED
        return TokenInfo("Invalid")

    def known(self, token: IdToken, at: Instant) -> TokenInfo | None:
        """The entry of a token in the list, else in the cache; one past its date is Expired."""
        if self.is_listed(token):
            return _current(self._list[token.key], at)
        cached = self._cache.get(token.key)
        if cached is None or not self._settings.flag(CACHE_ENABLED):
            return None
        lifetime_s = self._settings.number(CACHE_LIFETIME)
        dated = cached.info.expires_at is not None  # then its date counts alone (C10.FR.08, FR.13)
        if lifetime_s and not dated and at > cached.since + lifetime_s:
            return replace(cached.info, status="Expired")
        return _current(cached.info, at)

    def is_listed(self, token: IdToken) -> bool:
        """True where the local list, where it is in use, has it."""
        return token.key in self._list and self.lists

    def contradicts(self, token: IdToken, info: TokenInfo, at: Instant) -> bool:
        """True where the CSMS says of a listed token what the list does not (1.6 section 3.5.3).
        That it is in use elsewhere (ConcurrentTx) no list can know."""
        if not self.is_listed(token) or info.status == "ConcurrentTx":
            return False
        listed = _current(self._list[token.key], at)
        return (listed.status == "Accepted") is not (info.status == "Accepted")

    # --- cache ---------------------------------------------------------------------------------

    def learn(self, token: IdToken, info: TokenInfo, at: Instant) -> bool:
        """Keep what the CSMS said of a token; whether anything was."""
        if not self._settings.flag(CACHE_ENABLED) or token.kind == "NoAuthorization":
            return False
        if self.is_listed(token):
            return False
        self._cache.pop(token.key, None)
        if len(self._cache) >= limits.AUTHORIZATION_CACHE_ENTRIES:
            self._forget_one(at)
        if info.message is not None:
            info = replace(info, message=None)  # a tariff of today is none of tomorrow
        self._cache[token.key] = _Cached(info, at)
        return True

    def _forget_one(self, at: Instant) -> None:
        """The first invalid entry goes, else the oldest (1.6 section 3.5.1)."""
        oldest = next(iter(self._cache))
        invalid = (
            key
            for key, cached in self._cache.items()
            if _current(cached.info, at).status != "Accepted"
        )
        del self._cache[next(invalid, oldest)]

    def clear_cache(self) -> int:
        """Forget every cached token; how many there were."""
        count = len(self._cache)
        self._cache.clear()
        return count

    def forget(self, is_meant: Callable[[str], bool]) -> int:
        """Forget the cached tokens with a key that is meant; how many there were."""
        keys = [key for key in self._cache if is_meant(key)]
        for key in keys:
            del self._cache[key]
        return len(keys)

    @property
    def caches(self) -> bool:
        """True where there is a cache at all."""
        return self._settings.flag(CACHE_ENABLED)

    # --- list ----------------------------------------------------------------------------------

    @property
    def listed(self) -> int:
        """The number of entries in the local list."""
        return len(self._list)

    @property
    def lists(self) -> bool:
        """True where the local list is in use; 1.6 may have no such profile at all."""
        settings = self._settings
        return settings.flag(LOCAL_LIST_ENABLED) and (
            "LocalAuthListManagement" in settings.members(FEATURE_PROFILES)
        )

    def take_list(
        self, version: int, entries: list[tuple[IdToken, TokenInfo | None]], *, full: bool
    ) -> Literal["Accepted", "Failed", "VersionMismatch"]:
        """Take a list that the CSMS sends (1.6 section 5.15, 2.0.1 D01). Only a differential update
        may remove entries, and its version must rise; no version is below 1 (errata)."""
        complete = [(token, info) for token, info in entries if info is not None]
        longest = self._settings.number(SEND_LOCAL_LIST_MAX)
        if version < 1 or len(entries) > longest or (full and len(complete) < len(entries)):
            return "Failed"
        if not full and version <= self.list_version:
            return "VersionMismatch"
        taken = self.replace_list(version, complete) if full else self.update_list(version, entries)
        return "Accepted" if taken else "Failed"

    def replace_list(self, version: int, entries: list[tuple[IdToken, TokenInfo]]) -> bool:
        """Install a full list; False, and the old one kept, where it is too long or doubled."""
        fresh = {token.key: info for token, info in entries}
        if len(fresh) != len(entries) or len(fresh) > self._longest:
            return False
        self._list = fresh
        self.list_version = version
        self._uncache(fresh)
        return True

    def update_list(self, version: int, entries: list[tuple[IdToken, TokenInfo | None]]) -> bool:
        """Add, change, and where there is no info remove entries; False, and nothing changed,
        where the list gets too long or an entry is doubled."""
        changes = {token.key: info for token, info in entries}
        merged = self._list | {key: info for key, info in changes.items() if info is not None}
        for key in [key for key, info in changes.items() if info is None]:
            merged.pop(key, None)
        if len(changes) != len(entries) or len(merged) > self._longest:
            return False
        self._list = merged
        self.list_version = version
        self._uncache(merged)
        return True

    @property
    def _longest(self) -> int:
        return min(self._settings.number(LOCAL_LIST_MAX), limits.LOCAL_LIST_ENTRIES)

    def number_list(self, version: int) -> None:
        """Give the list another version."""
        self.list_version = version

    def _uncache(self, keys: dict[str, TokenInfo]) -> None:
        for key in [key for key in self._cache if key in keys]:
            del self._cache[key]

    # --- memory --------------------------------------------------------------------------------

    def remembered(self) -> tuple[dict[str, Any], dict[str, TokenInfo]]:
        """Cache and list as they are kept over a power cut."""
        cache = {key: (cached.info, cached.since) for key, cached in self._cache.items()}
        return cache, dict(self._list)

    def restore(
        self,
        cache: dict[str, tuple[TokenInfo, Instant]],
        listed: dict[str, TokenInfo],
        list_version: int,
    ) -> None:
        """Take up what was remembered."""
        self._cache = {key: _Cached(info, since) for key, (info, since) in cache.items()}
        self._list = dict(listed)
        self.list_version = list_version


def _current(info: TokenInfo, at: Instant) -> TokenInfo:
    """The info with its date looked at."""
    if info.status == "Accepted" and info.expires_at is not None and info.expires_at <= at:
        return replace(info, status="Expired")
    return info
