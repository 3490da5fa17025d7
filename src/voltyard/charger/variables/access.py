"""Access to settings, so far as it follows from the charger's hardware and feature profiles."""

from __future__ import annotations

from collections.abc import Mapping

from voltyard.charger.evse.evse import Evse
from voltyard.charger.variables.settings import Access, ChargerSettings, Setting
from voltyard.charger.variables.standard.authorization import (
    LOCAL_LIST_ENABLED,
    LOCAL_LIST_MAX,
    RESERVE_ANY,
    SEND_LOCAL_LIST_MAX,
)
from voltyard.charger.variables.standard.communication import FILE_TRANSFER_PROTOCOLS
from voltyard.charger.variables.standard.smart_charging import (
    CHARGING_PROFILES_MAX,
    PERIODS_PER_SCHEDULE,
    PHASES_3_TO_1,
    PROFILE_STACK_LEVEL,
    RATE_UNITS_16,
)
from voltyard.charger.variables.standard.station import FEATURE_PROFILES
from voltyard.charger.variables.standard.transactions import UNLOCK_ON_EV_DISCONNECT


def access_of(evses: tuple[Evse, ...], setting: Setting) -> Access:
    """The right to it at that charger."""
    return "ReadOnly" if _is_fixed(evses, setting) else setting.access


def has_key(settings: ChargerSettings, setting: Setting) -> bool:
    """True where that key is supported: those of a profile are not where SupportedFeatureProfiles
    leaves it out (1.6 section 9)."""
    profile = _PROFILES.get(setting)
    return profile is None or profile in settings.members(FEATURE_PROFILES)


_PROFILES: Mapping[Setting, str] = {
    FILE_TRANSFER_PROTOCOLS: "FirmwareManagement",
    LOCAL_LIST_ENABLED: "LocalAuthListManagement",
    LOCAL_LIST_MAX: "LocalAuthListManagement",
    SEND_LOCAL_LIST_MAX: "LocalAuthListManagement",
    RESERVE_ANY: "Reservation",
    PROFILE_STACK_LEVEL: "SmartCharging",
    RATE_UNITS_16: "SmartCharging",
    PERIODS_PER_SCHEDULE: "SmartCharging",
    CHARGING_PROFILES_MAX: "SmartCharging",
    PHASES_3_TO_1: "SmartCharging",
}


def text_of(settings: ChargerSettings, evses: tuple[Evse, ...], setting: Setting) -> str:
    """Its value at that charger."""
    return "false" if _is_fixed(evses, setting) else settings.text(setting)


def _is_fixed(evses: tuple[Evse, ...], setting: Setting) -> bool:
    """A fixed cable is never unlocked (1.6 section 9.1.25, errata)."""
    return setting is UNLOCK_ON_EV_DISCONNECT and not any(
        connector.spec.has_lock for evse in evses for connector in evse.connectors
    )
