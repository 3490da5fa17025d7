"""Commands that go to a charger in parts, as many as it needs."""

from typing import TypeAlias

from voltyard.csms.commands.maintenance import GetConfiguration
from voltyard.csms.commands.monitors import ClearMonitors, SetMonitors
from voltyard.csms.commands.parts.configuration_reading import ConfigurationReading
from voltyard.csms.commands.parts.monitors_in_parts import MonitorsInParts
from voltyard.csms.commands.shared import BackendCommand

CommandInParts: TypeAlias = ConfigurationReading | MonitorsInParts


def in_parts(command: BackendCommand) -> CommandInParts | None:
    """A command in parts, None where it is one message."""
    match command:
        case GetConfiguration(keys=keys) if len(keys) > 1:
            return ConfigurationReading(keys)
        case SetMonitors(monitors=monitors) if len(monitors) > 1:
            return MonitorsInParts(command)
        case ClearMonitors(ids=ids) if len(ids) > 1:
            return MonitorsInParts(command)
    return None
