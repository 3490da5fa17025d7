"""Settings whose rights follow from what a charger is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voltyard.charger import standard
from voltyard.charger.settings import Access, Setting

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger


def access_of(charger: Charger, setting: Setting) -> Access:
    """The right to it at that charger."""
    return "ReadOnly" if _is_fixed(charger, setting) else setting.access


def text_of(charger: Charger, setting: Setting) -> str:
    """Its value at that charger."""
    return "false" if _is_fixed(charger, setting) else charger.core.settings.text(setting)


def _is_fixed(charger: Charger, setting: Setting) -> bool:
    """A fixed cable is never unlocked (1.6 section 9.1.25, errata)."""
    return setting is standard.UNLOCK_ON_EV_DISCONNECT and not any(
        connector.spec.has_lock for evse in charger.evses for connector in evse.connectors
    )
