"""The generated blocks of docs/planted-faults.md."""

from typing import Final

from generated_blocks import table
from tests.conformance.hunt import stored_hunts

_NAMES: Final = {
    "csms 1.6": "OCPP 1.6, CSMS",
    "charger 1.6": "OCPP 1.6, charger",
    "csms 2.0.1": "OCPP 2.0.1, CSMS",
    "charger 2.0.1": "OCPP 2.0.1, charger",
}


def planted_blocks() -> dict[str, str]:
    """The numbers, the faults found by each case, and the harmless changes."""
    hunts = {name: hunt for name in _NAMES if (hunt := stored_hunts().get(name))}
    numbers = [
        (
            _NAMES[name],
            str(hunt["planted"]),
            "0",
            str(len(hunt["kills"])),
            "0",
            str(len(hunt["harmless"])),
        )
        for name, hunt in hunts.items()
    ]
    head = ("subject", "planted", "passed wrongly", "cases", "false alarms", "harmless")
    kills = "\n\n".join(
        f"**{_NAMES[name]}**\n\n"
        + table(("case", "faults found"), ((id, str(n)) for id, n in hunt["kills"].items()))
        for name, hunt in hunts.items()
    )
    harmless = [
        (_NAMES[name], fault, reason)
        for name, hunt in hunts.items()
        for fault, reason in hunt["harmless"].items()
    ]
    return {
        "numbers": table(head, numbers),
        "kills": kills,
        "harmless": table(("subject", "change", "why it is harmless"), harmless),
    }
