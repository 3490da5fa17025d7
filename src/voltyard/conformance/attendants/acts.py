"""Acts at a charger under test: their fields, and the words in which a person is told of them."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from voltyard.catalogue.commands.commands import BY_TAG, ChargerCommand
from voltyard.conformance.person import in_words

_WORDS: Final[Mapping[str, str]] = {
    "plug": "Plug a vehicle in",
    "unplug": "Take the cable out at the charger",
    "pull_cable_at_ev": "Take the cable out at the vehicle, and leave it in at the charger",
    "swipe": "Show the card",
    "power_cut": "Cut the charger's power",
    "power_restore": "Switch the charger's power on again",
    "network_drop": "Cut the charger's network",
    "network_restore": "Connect the charger's network again",
    "inject_fault": "Bring about the fault",
    "clear_fault": "Mend the fault",
    "cache_reset": "Clear the authorization cache at the charger itself",
    "charging_needs": "Have the vehicle tell other charging needs (ISO 15118)",
    "ev_ends_session": "Have the vehicle end its session (ISO 15118 SessionStop)",
    "external_limit": "Have an energy management system limit the whole charger",
    "clear_external_limit": "Have the energy management system lift its limit",
    "emergency_stop": "Press the emergency stop",
}
_OF_A_CARD: Final = "id_tag"


def whole_act(act: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an act, with the defaults of those that are left out."""
    if act not in BY_TAG:
        return dict(fields)
    command = msgspec.convert({"type": act, **fields}, ChargerCommand)
    whole: dict[str, Any] = msgspec.to_builtins(command)
    whole.pop("type", None)
    if whole.get("exi_request") is None:
        whole.pop("exi_action", None)  # what a request asks for that is not there
    return {name: value for name, value in whole.items() if value is not None}


def act_in_words(act: str, fields: Mapping[str, Any]) -> str:
    """The sentence in which a person is told of an act."""
    words = _WORDS.get(act, act.replace("_", " ").capitalize())
    whole = whole_act(act, fields)
    if _OF_A_CARD in whole:
        words += f" {whole.pop(_OF_A_CARD)}"
    return f"{words} ({in_words(whole)})" if whole else words
