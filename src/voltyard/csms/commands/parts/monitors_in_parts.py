"""Monitors set and cleared in as many messages as the charger needs (N04.FR.09, N06.FR.04)."""

from __future__ import annotations

from typing import Final

from voltyard.csms.commands.maintenance import GetConfiguration
from voltyard.csms.commands.monitors import ClearMonitors, SetMonitors
from voltyard.csms.commands.results import (
    BackendCommandResult,
    ClearedMonitor,
    MonitorsClearedResult,
    MonitorsSetResult,
    SetMonitorResult,
)
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel.time import Instant

_SET_SETTING: Final = "MonitoringCtrlr.ItemsPerMessage[SetVariableMonitoring]"
_CLEAR_SETTING: Final = "MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring]"


class MonitorsInParts:
    """A command of several monitors, in parts; see `ConfigurationReading`."""

    __slots__ = (
        "_cleared",
        "_remaining",
        "_set",
        "asks_for_most",
        "first_sent_at",
        "most_setting",
        "sent",
    )

    def __init__(self, command: SetMonitors | ClearMonitors) -> None:
        self._remaining = command
        self._set: tuple[SetMonitorResult, ...] = ()
        self._cleared: tuple[ClearedMonitor, ...] = ()
        is_set = isinstance(command, SetMonitors)
        self.most_setting: str | None = _SET_SETTING if is_set else _CLEAR_SETTING
        self.sent: BackendCommand = command
        self.asks_for_most = False
        self.first_sent_at: Instant | None = None

    def next(self, most: int | None, setting: str, now: Instant) -> BackendCommand:
        """The next part to send, or first the question how many monitors a message may have."""
        if self.first_sent_at is None:
            self.first_sent_at = now
        self.asks_for_most = most is None
        left = self._remaining
        if most is None:
            self.sent = GetConfiguration(keys=(setting,))
        elif isinstance(left, SetMonitors):
            self.sent = SetMonitors(monitors=left.monitors[:most])
            self._remaining = SetMonitors(monitors=left.monitors[most:])
        else:
            self.sent = ClearMonitors(ids=left.ids[:most])
            self._remaining = ClearMonitors(ids=left.ids[most:])
        return self.sent

    def take(self, result: BackendCommandResult) -> BackendCommandResult | None:
        """The answer to that; once it is the last, all of them as one."""
        if isinstance(result, MonitorsSetResult):
            self._set += result.results
            result = MonitorsSetResult.of(self._set)
        elif isinstance(result, MonitorsClearedResult):
            self._cleared += result.results
            result = MonitorsClearedResult.of(self._cleared)
        left = self._remaining
        remains = left.monitors if isinstance(left, SetMonitors) else left.ids
        return None if remains else result
