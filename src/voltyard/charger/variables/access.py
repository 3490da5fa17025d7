"""Access to settings, so far as it follows from the charger's hardware and feature profiles."""

from __future__ import annotations

from collections.abc import Mapping

from voltyard.charger.evse.evse import Evse
from voltyard.charger.variables import standard
from voltyard.charger.variables.settings import Access, ChargerSettings, Setting


def access_of(evses: tuple[Evse, ...], setting: Setting) -> Access:
    """The right to it at that charger."""
    return "ReadOnly" if _is_fixed(evses, setting) else setting.access


def has_key(settings: ChargerSettings, setting: Setting) -> bool:
    """True where that key is supported: those of a profile are not where SupportedFeatureProfiles
    leaves it out (1.6 section 9)."""
    profile = _PROFILES.get(setting)
    return profile is None or profile in settings.members(standard.FEATURE_PROFILES)


_PROFILES: Mapping[Setting, str] = {
    standard.FILE_TRANSFER_PROTOCOLS: "FirmwareManagement",
    standard.LOCAL_LIST_ENABLED: "LocalAuthListManagement",
    standard.LOCAL_LIST_MAX: "LocalAuthListManagement",
    standard.SEND_LOCAL_LIST_MAX: "LocalAuthListManagement",
    standard.RESERVE_ANY: "Reservation",
    standard.PROFILE_STACK_LEVEL: "SmartCharging",
    standard.RATE_UNITS_16: "SmartCharging",
    standard.PERIODS_PER_SCHEDULE: "SmartCharging",
    standard.CHARGING_PROFILES_MAX: "SmartCharging",
    standard.PHASES_3_TO_1: "SmartCharging",
}


def text_of(settings: ChargerSettings, evses: tuple[Evse, ...], setting: Setting) -> str:
    """Its value at that charger."""
    return "false" if _is_fixed(evses, setting) else settings.text(setting)


def _is_fixed(evses: tuple[Evse, ...], setting: Setting) -> bool:
    """A fixed cable is never unlocked (1.6 section 9.1.25, errata)."""
    return setting is standard.UNLOCK_ON_EV_DISCONNECT and not any(
        connector.spec.has_lock for evse in evses for connector in evse.connectors
    )
