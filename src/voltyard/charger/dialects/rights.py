"""Settings whose rights follow from what a charger is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from voltyard.charger import standard
from voltyard.charger.settings import Access, Setting

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger


def access_of(charger: Charger, setting: Setting) -> Access:
    """The right to it at that charger."""
    return "ReadOnly" if _is_fixed(charger, setting) else setting.access


def has_key(charger: Charger, setting: Setting) -> bool:
    """Whether that key is supported: those of a profile are not where SupportedFeatureProfiles
    leaves it out (1.6 section 9)."""
    profile = _PROFILES.get(setting)
    return profile is None or profile in charger.core.settings.members(standard.FEATURE_PROFILES)


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


def text_of(charger: Charger, setting: Setting) -> str:
    """Its value at that charger."""
    return "false" if _is_fixed(charger, setting) else charger.core.settings.text(setting)


def _is_fixed(charger: Charger, setting: Setting) -> bool:
    """A fixed cable is never unlocked (1.6 section 9.1.25, errata)."""
    return setting is standard.UNLOCK_ON_EV_DISCONNECT and not any(
        connector.spec.has_lock for evse in charger.evses for connector in evse.connectors
    )
