"""Organizations' settings, and how they apply to a charger."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from voltyard.csms.records import BootPolicy, SettingsStored
from voltyard.csms.registry import RegisteredCharger
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds
from voltyard.ocpp.violations import ValidationMode

RETRY_BOOT_S = 60
"""Time after which a charger that is pending or rejected asks again, unless its bootInterval
says."""

_LEAST: Mapping[str, float] = {
    "heartbeat_interval_s": 1,
    "command_timeout_s": 0.001,
    "web_socket_ping_interval_s": 0,
    "retention_days": 1,
    "authorization_timeout_s": 0.1,
}
_MOST: Mapping[str, float] = {"authorization_timeout_s": limits.AUTHORIZATION_S}
_CHANGEABLE = frozenset(SettingsStored.__struct_fields__) - {"organization_id"}
_MODES: Mapping[str, ValidationMode] = {
    "strict": ValidationMode.STRICT,
    "lenient": ValidationMode.LENIENT,
}


class OrganizationSettings:
    """Settings by organization, with defaults."""

    def __init__(self) -> None:
        self._by_organization: dict[str, SettingsStored] = {}

    def load(self, rows: Iterable[SettingsStored]) -> None:
        """Take over what storage holds, in the place of what is known."""
        self._by_organization = {}
        for row in rows:
            self.put(row)

    def of(self, organization_id: str) -> SettingsStored:
        """An organization's settings."""
        row = self._by_organization.get(organization_id)
        if row is None:
            row = SettingsStored(organization_id=organization_id)
            self._by_organization[organization_id] = row
        return row

    def put(self, row: SettingsStored) -> None:
        """From now on these."""
        self._by_organization[row.organization_id] = row

    def changed(self, organization_id: str, changes: Mapping[str, Any]) -> SettingsStored:
        """The settings with these changes, not yet put. Invalid where a value cannot be."""
        unknown = changes.keys() - _CHANGEABLE
        if unknown:
            raise Invalid(f"there is no setting {sorted(unknown)[0]}", field=sorted(unknown)[0])
        row = msgspec.structs.replace(self.of(organization_id), **changes)
        try:
            row = msgspec.convert(msgspec.to_builtins(row), SettingsStored)
        except msgspec.ValidationError as error:
            raise Invalid(str(error)) from None
        if row.requests_per_minute is not None and row.requests_per_minute < 1:
            raise Invalid("requests_per_minute is at least 1", field="requests_per_minute")
        for name, least in _LEAST.items():
            most = _MOST.get(name, math.inf)
            if not least <= getattr(row, name) <= most or not math.isfinite(getattr(row, name)):
                bound = f", at most {most:g}" if most < math.inf else ""
                raise Invalid(f"{name} is a number, at least {least:g}{bound}", field=name)
        return row

    def boot_policy(self, charger: RegisteredCharger) -> BootPolicy:
        """The charger's own policy, else its organization's."""
        row = charger.row
        return row.boot_policy or self.of(row.organization_id).boot_policy

    def boot_interval_s(self, charger: RegisteredCharger) -> int:
        """The interval that goes with the charger's policy."""
        row = charger.row
        if row.boot_interval_s is not None:
            return row.boot_interval_s
        if self.boot_policy(charger) == "accept":
            return self.of(row.organization_id).heartbeat_interval_s
        return RETRY_BOOT_S

    def mode(self, charger: RegisteredCharger) -> ValidationMode:
        """The way in which a charger's deviations from the schemas are met."""
        row = charger.row
        return _MODES[row.validation or self.of(row.organization_id).validation]

    def silence_s(self, charger: RegisteredCharger, intervals: int) -> Seconds | None:
        """After how long without a frame it is given up; None where pings tell."""
        settings = self.of(charger.row.organization_id)
        if settings.web_socket_ping_interval_s > 0:
            return None
        interval_s = charger.row.boot_interval_s or settings.heartbeat_interval_s
        return float(intervals * interval_s)
