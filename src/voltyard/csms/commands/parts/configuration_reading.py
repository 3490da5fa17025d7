"""GetConfiguration and GetVariables in as many messages as the charger needs."""

from typing import Final

from voltyard.csms.commands.maintenance import GetConfiguration
from voltyard.csms.commands.results import (
    BackendCommandResult,
    ConfigurationEntry,
    ConfigurationResult,
)
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel import limits
from voltyard.kernel.time import Instant


class ConfigurationReading:
    """A reading of several settings, in parts."""

    __slots__ = (
        "_known",
        "_remaining",
        "_unknown",
        "asks_for_most",
        "first_sent_at",
        "most_setting",
        "sent",
    )

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._remaining = keys
        self._known: list[ConfigurationEntry] = []
        self._unknown: list[str] = []
        self.most_setting: str | None = None
        """The setting that says how many a message may ask for; None: its version's own."""
        self.sent: BackendCommand = GetConfiguration()
        """The message that is on its way."""
        self.asks_for_most = False
        """True while it asks how many settings one message may ask for."""
        self.first_sent_at: Instant | None = None

    def next(self, most: int | None, max_keys_setting: str, now: Instant) -> BackendCommand:
        """The next part to send. `most` are the settings that a message may ask for; where that is
        not known yet, it is asked for first: that setting's name is `max_keys_setting`."""
        if self.first_sent_at is None:
            self.first_sent_at = now
        self.asks_for_most = most is None
        if most is None:
            self.sent = GetConfiguration(keys=(max_keys_setting,))
        else:
            self.sent = GetConfiguration(keys=self._remaining[:most])
            self._remaining = self._remaining[most:]
        return self.sent

    def take(self, read: BackendCommandResult) -> BackendCommandResult | None:
        """The answer to that; once it is the last, all of them as one."""
        if not isinstance(read, ConfigurationResult):
            return read
        self._known.extend(read.configuration_key)
        self._unknown.extend(read.unknown_key)
        if self._remaining:
            return None
        return ConfigurationResult(
            configuration_key=tuple(self._known), unknown_key=tuple(self._unknown)
        )


KEYS_AT_ONCE: Final = limits.CONFIGURATION_KEYS
"""Settings that are asked for at once of a charger that does not say how many it takes."""


def max_keys_of(read: ConfigurationResult, max_keys_setting: str) -> int:
    """The number of settings that a charger takes in one message, by what it says of that."""
    wanted = max_keys_setting.casefold()
    said = next(
        (one.value or "" for one in read.configuration_key if one.key.casefold() == wanted), ""
    )
    return (
        int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0
    ) or KEYS_AT_ONCE
