"""Id tokens, and the information about them that authorizes."""

from msgspec import Struct

from voltyard.kernel.time import Instant


class IdToken(Struct, frozen=True, gc=False):
    """An id token: 1.6's idTag, which is text only, or 2.x's IdTokenType."""

    text: str
    kind: str = "ISO14443"

    @property
    def key(self) -> str:
        """Two tokens of the same key are the same: id tags are case-insensitive (1.6 errata
        3.75)."""
        return self.text.lower()


class PersonalMessage(Struct, frozen=True, gc=False):
    """A text for one driver: 2.x's MessageContentType."""

    content: str
    format: str = "UTF8"
    """ASCII, HTML, URI or UTF8."""
    language: str | None = None


class TokenInfo(Struct, frozen=True, gc=False):
    """The authorization status of an id token: 1.6's idTagInfo, 2.x's idTokenInfo."""

    status: str
    expires_at: Instant | None = None
    group: str | None = None
    """1.6: parentIdTag, 2.x: groupIdToken; all of one group may stop each other's transactions."""
    evse_ids: tuple[int, ...] = ()
    """EVSEs that it is valid at; all where there are none (2.0.1 idTokenInfo.evseId)."""
    message: PersonalMessage | None = None
    """Shown to its driver, above all the tariff (2.0.1 I01); not kept in the cache."""

    def valid_at(self, evse_id: int) -> bool:
        """True where it may charge there."""
        return self.status == "Accepted" and (not self.evse_ids or evse_id in self.evse_ids)

    def admits(self, group: str | None) -> bool:
        """True where it is a valid token of that group (2.0.1 C01.FR.03, C09.FR.07)."""
        return self.status == "Accepted" and self.group is not None and self.group == group
