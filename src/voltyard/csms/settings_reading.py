"""Reading several settings in as many messages as the charger needs: none asks for more than it
takes in one (1.6 GetConfigurationMaxKeys; 2.0.1 ItemsPerMessageGetVariables, B06.FR.05)."""

from typing import Final

from voltyard.csms.commands import Command, ConfigurationKey, ConfigurationRead, GetConfiguration
from voltyard.kernel import limits
from voltyard.kernel.time import Instant


class SettingsReading:
    """One command on its way, in parts."""

    __slots__ = ("_known", "_remaining", "_unknown", "asks_for_most", "first_sent_at", "sent")

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._remaining = keys
        self._known: list[ConfigurationKey] = []
        self._unknown: list[str] = []
        self.sent = GetConfiguration()
        """The message that is on its way."""
        self.asks_for_most = False
        """It asks how many settings one message may ask for."""
        self.first_sent_at: Instant | None = None

    def next(self, most: int | None, most_keys: str, now: Instant) -> GetConfiguration:
        """What is sent now. `most` are the settings that a message may ask for; where that is not
        known yet, it is asked for first: that setting's name is `most_keys`."""
        if self.first_sent_at is None:
            self.first_sent_at = now
        self.asks_for_most = most is None
        if most is None:
            self.sent = GetConfiguration(keys=(most_keys,))
        else:
            self.sent = GetConfiguration(keys=self._remaining[:most])
            self._remaining = self._remaining[most:]
        return self.sent

    def take(self, read: ConfigurationRead) -> ConfigurationRead | None:
        """The answer to that; once it is the last, all of them as one."""
        self._known.extend(read.configuration_key)
        self._unknown.extend(read.unknown_key)
        if self._remaining:
            return None
        return ConfigurationRead(
            configuration_key=tuple(self._known), unknown_key=tuple(self._unknown)
        )


ANY: Final = limits.CONFIGURATION_KEYS
"""How many settings are asked for at once of a charger that does not say how many it takes."""


def reading(command: Command) -> SettingsReading | None:
    """How that command goes in parts, None where it is one message."""
    if isinstance(command, GetConfiguration) and len(command.keys) > 1:
        return SettingsReading(command.keys)
    return None


def most_of(read: ConfigurationRead, most_keys: str) -> int:
    """How many settings a charger takes in one message, by what it says of that."""
    wanted = most_keys.casefold()
    said = next(
        (one.value or "" for one in read.configuration_key if one.key.casefold() == wanted), ""
    )
    return (int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0) or ANY
