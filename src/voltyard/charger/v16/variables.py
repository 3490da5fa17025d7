"""Configuration keys of a 1.6 charger: read and changed (sections 5.3, 5.8 and 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import SettingChanged
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.meter_schedule import MeterSchedule
from voltyard.charger.security.security import Security
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.v16.connector_numbers import by_number
from voltyard.charger.variables.access import access_of, has_key, text_of
from voltyard.charger.variables.settings import Setting, members_of
from voltyard.charger.variables.standard import BY_KEY
from voltyard.charger.variables.standard.communication import GET_CONFIGURATION_MAX_KEYS
from voltyard.charger.variables.standard.security import AUTHORIZATION_KEY, SECURITY_PROFILE
from voltyard.charger.variables.standard.smart_charging import RATE_UNITS_16
from voltyard.charger.variables.standard.station import NUMBER_OF_CONNECTORS, PHASE_ROTATION
from voltyard.kernel.secret_names import MASK
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v16 import messages as m

_KEY_CHARACTERS = 50
"""Longest key, by the schemas."""

_ROTATIONS = frozenset({"NotApplicable", "Unknown", "RST", "RTS", "SRT", "STR", "TRS", "TSR"})


@dataclass(slots=True)
class Configuration16:
    """Configuration keys."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    smart: SmartCharging
    security: Security
    meter_schedule: MeterSchedule

    def get_configuration(self, request: m.GetConfigurationRequest) -> Iterator[Payload]:
        """Section 5.8. Without keys: all of them; names are CiStrings."""
        settings = self.context.settings
        known: list[m.KeyValue] = []
        unknown: list[str] = []
        if not request.key:
            everything = (*self._supported(), *settings.own.settings)
            known = [self._key_value(setting) for setting in everything]
            known += [
                m.KeyValue(key=name[:_KEY_CHARACTERS], readonly=False, value=text)
                for name, text in settings.vendor().items()
            ]
        for key in (request.key or ())[: settings.number(GET_CONFIGURATION_MAX_KEYS)]:
            setting = self._setting(key)
            vendor = settings.vendor_value(key)
            if setting is not None:
                known.append(self._key_value(setting))
            elif vendor is not None:
                known.append(m.KeyValue(key=key[:_KEY_CHARACTERS], readonly=False, value=vendor))
            else:
                # A lenient charger reads a key that is too long, and does not send it.
                unknown.append(key[:_KEY_CHARACTERS])
        yield m.GetConfigurationResponse(
            configuration_key=known or None, unknown_key=unknown or None
        )

    def change_configuration(self, request: m.ChangeConfigurationRequest) -> Iterator[Payload]:
        """Section 5.3."""
        status = self.configure(request.key, request.value)
        yield m.ChangeConfigurationResponse(status=status)  # type: ignore[arg-type]

    def configure(self, key: str, text: str) -> str:
        """Change a key: Accepted, Rejected, NotSupported or RebootRequired; refused, nothing
        changes."""
        context = self.context
        setting = self._setting(key)
        if setting is None:
            if context.settings.vendor_value(key) is None:
                return "NotSupported"
            if not context.settings.put_vendor(key, text):
                return "Rejected"
        elif setting is AUTHORIZATION_KEY:
            if self.security.credentials.change_key(text) == "Rejected":
                return "Rejected"
        elif setting is SECURITY_PROFILE:
            if not text.isdecimal() or (
                self.security.credentials.raise_profile(int(text)) == "Rejected"
            ):
                return "Rejected"
        elif (
            access_of(self.evses, setting) == "ReadOnly"
            or (setting is PHASE_ROTATION and not self._are_rotations(text))
            or not context.settings.put(setting, text)
        ):
            return "Rejected"
        if setting is not None and setting.access == "WriteOnly":
            text = MASK
        context.report(
            SettingChanged(at=context.now, name=setting.name if setting else key, value=text)
        )
        self.meter_schedule.settings_changed()
        return "RebootRequired" if setting is not None and setting.needs_reboot else "Accepted"

    def _setting(self, key: str) -> Setting | None:
        """The setting of that key: a standard one that is supported, or of the charger's own."""
        wanted = key.lower()
        setting = BY_KEY.get(wanted) or self.context.settings.own.by_key.get(wanted)
        return setting if setting is not None and has_key(self.context.settings, setting) else None

    def _supported(self) -> Iterator[Setting]:
        """The standard's keys, without those of profiles that are left out."""
        return (setting for setting in BY_KEY.values() if has_key(self.context.settings, setting))

    def _key_value(self, setting: Setting) -> m.KeyValue:
        access = access_of(self.evses, setting)
        value = None if access == "WriteOnly" else self._value_of(setting)
        return m.KeyValue(key=setting.name, readonly=access == "ReadOnly", value=value)

    def _value_of(self, setting: Setting) -> str:
        """A setting's value, some of which follow from what the charger is."""
        if setting is NUMBER_OF_CONNECTORS:
            return str(self._connectors())
        if setting is SECURITY_PROFILE:
            return str(self.security.credentials.now.profile)
        text = text_of(self.context.settings, self.evses, setting)
        if setting is RATE_UNITS_16 and self.smart.rules.units == ("W",):
            return "Power"
        if setting is PHASE_ROTATION and not text:
            return ",".join(
                f"{number}.{self._rotation(number)}" for number in range(self._connectors() + 1)
            )
        return text

    def _connectors(self) -> int:
        return sum(len(evse.connectors) for evse in self.evses)

    def _rotation(self, number: int) -> str:
        found = by_number(self.evses, number)
        spec = self.evses[0].connectors[0].spec if found is None else found[1].spec
        return "NotApplicable" if spec.current == "DC" else "RST"

    def _are_rotations(self, text: str) -> bool:
        """True where every member is `connector.rotation` of a connector there is (section
        9.1.8)."""
        numbers = {str(number) for number in range(self._connectors() + 1)}
        for member in members_of(text):
            number, _, rotation = member.partition(".")
            if number not in numbers or rotation not in _ROTATIONS:
                return False
        return True
