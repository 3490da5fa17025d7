"""Write what docs/charger.md says in tables from the code they describe.

python tools/charger_tables.py          # write them
python tools/charger_tables.py --check  # fail where they are stale
"""

import sys

from generated_blocks import ROOT, main, table
from voltyard.catalogue.faults import FAULTS, FaultType
from voltyard.charger.evse.connector import NEXT, ChargePointStatus
from voltyard.charger.v16.requests import HANDLERS as HANDLERS_16
from voltyard.charger.v201.requests import HANDLERS as HANDLERS_201
from voltyard.charger.variables.settings import Setting
from voltyard.charger.variables.standard import ALL
from voltyard.ocpp.versions import V16, V201


def states() -> str:
    """The table of connector states as a diagram."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> Available"]
    for start, moves in NEXT.items():
        for end, cell in moves.items():
            if ChargePointStatus.FAULTED not in (
                start,
                end,
            ):  # every state has both ways; drawn, they hide it
                lines.append(f"    {start.value} --> {end.value}: {cell}")
    return "\n".join([*lines, "```"])


def settings() -> str:
    """The settings as a table."""
    head = ("OCPP 1.6 key", "OCPP 2.0.1 variable", "default", "rights and range", "what it does")
    return table(head, map(_setting, ALL))


def _setting(setting: Setting) -> tuple[str, ...]:
    default = setting.default.replace(",", ", ") or "(empty)"
    rights = {"ReadWrite": "", "ReadOnly": "read-only", "WriteOnly": "write-only"}[setting.access]
    limits = ""
    if setting.kind == "integer" and setting.access != "ReadOnly":
        limits = f"{setting.minimum} to {setting.maximum} {setting.unit}".strip()
    about = ", ".join(part for part in (rights, limits) if part)
    return setting.key or "", setting.variable or "", default, about, setting.about


def actions() -> str:
    """The requests that a CSMS may send."""
    lines = []
    for version, handlers in ((V16, HANDLERS_16), (V201, HANDLERS_201)):
        names = sorted(version.action_of(request).name for request in handlers)
        lines.append(f"- OCPP {version.name}: {', '.join(names)}.")
    return "\n".join(lines)


def faults() -> str:
    """The faults as a table."""
    head = ("fault", "OCPP 1.6 errorCode", "OCPP 2.0.1", "effect", "stop reason, 1.6 and 2.0.1")
    return table((*head, "what it is"), map(_fault, FAULTS.values()))


def _fault(fault: FaultType) -> tuple[str, ...]:
    reason = f"{fault.stop_reason_16}, {fault.stop_reason}" if fault.effect == "stops" else ""
    told = f"{fault.component}.{fault.variable}"
    return fault.name, fault.error_code, told, fault.effect, reason, fault.description


def blocks() -> dict[str, str]:
    """The parts of the guide that are written here."""
    return {
        "states": states(),
        "faults": faults(),
        "settings": settings(),
        "actions": actions(),
    }


if __name__ == "__main__":
    sys.exit(main(__doc__, ROOT / "docs" / "charger.md", blocks))
