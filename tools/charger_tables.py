"""Write what docs/charger.md says in tables from the code they describe.

python tools/charger_tables.py          # write them
python tools/charger_tables.py --check  # fail where they are stale
"""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "src"))

from voltyard.catalogue.faults import FAULTS  # noqa: E402
from voltyard.charger.evse.connector import NEXT, ChargePointStatus  # noqa: E402
from voltyard.charger.v16.requests import HANDLERS as HANDLERS_16  # noqa: E402
from voltyard.charger.v201.requests import HANDLERS as HANDLERS_201  # noqa: E402
from voltyard.charger.variables.settings import Setting  # noqa: E402
from voltyard.charger.variables.standard import ALL  # noqa: E402
from voltyard.ocpp.versions import V16, V201  # noqa: E402

DOCUMENT = ROOT / "docs" / "charger.md"


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
    lines = [
        "| OCPP 1.6 key | OCPP 2.0.1 variable | default | rights and range | what it does |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_setting(setting) for setting in ALL]
    return "\n".join(lines)


def _setting(setting: Setting) -> str:
    default = setting.default.replace(",", ", ") or "(empty)"
    rights = {"ReadWrite": "", "ReadOnly": "read-only", "WriteOnly": "write-only"}[setting.access]
    limits = ""
    if setting.kind == "integer" and setting.access != "ReadOnly":
        limits = f"{setting.minimum} to {setting.maximum} {setting.unit}".strip()
    about = ", ".join(part for part in (rights, limits) if part)
    return (
        f"| {setting.key or ''} | {setting.variable or ''} | {default} | {about} "
        f"| {setting.about} |"
    )


def actions() -> str:
    """The requests that a CSMS may send."""
    lines = []
    for version, handlers in ((V16, HANDLERS_16), (V201, HANDLERS_201)):
        names = sorted(version.action_of(request).name for request in handlers)
        lines.append(f"- OCPP {version.name}: {', '.join(names)}.")
    return "\n".join(lines)


def faults() -> str:
    """The faults as a table."""
    lines = [
        "| fault | OCPP 1.6 errorCode | OCPP 2.0.1 | effect | stop reason, 1.6 and 2.0.1 "
        "| what it is |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for fault in FAULTS.values():
        reasons = f"{fault.stop_reason_16}, {fault.stop_reason}"
        reason = reasons if fault.effect == "stops" else ""
        lines.append(
            f"| {fault.name} | {fault.error_code} | {fault.component}.{fault.variable} "
            f"| {fault.effect} | {reason} | {fault.description} |"
        )
    return "\n".join(lines)


PARTS: dict[str, Callable[[], str]] = {
    "states": states,
    "faults": faults,
    "settings": settings,
    "actions": actions,
}


def written(text: str) -> str:
    """The document with its tables as they should be."""
    for name, part in PARTS.items():
        begin, end = f"<!-- {name}: generated -->", f"<!-- /{name} -->"
        pattern = re.compile(re.escape(begin) + r".*?" + re.escape(end), re.DOTALL)
        table = f"{begin}\n\n{part()}\n\n{end}"
        text, count = pattern.subn(lambda _, table=table: table, text)  # type: ignore[misc]
        if count != 1:
            raise SystemExit(f"{DOCUMENT} has {count} places for {name}")
    return text


def main() -> int:
    """Write or check the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where stale")
    check = parser.parse_args().check
    text = DOCUMENT.read_text()
    fresh = written(text)
    if check:
        return int(fresh != text)
    DOCUMENT.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
