"""Write the table of commands in docs/gateway.md from their declarations.

python tools/commands_table.py          # write it
python tools/commands_table.py --check  # fail where it is stale
"""

import re
import sys
from pathlib import Path

from voltyard.catalogue.commands.commands import COMMANDS
from voltyard.catalogue.commands.declaration import (
    BodyPart,
    asked_by,
    body_fields,
    event_type_of,
)

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "gateway.md"
TABLE = re.compile(r"(?<=<!-- commands -->\n).*?(?=\n<!-- end -->)", re.DOTALL)


def written() -> str:
    """The guide as it should be."""
    return TABLE.sub(lambda _: "\n".join(_rows()), GUIDE.read_text())


def _rows() -> list[str]:
    rows = [
        "",
        "| `POST /ocpp/commands/...` | `event_type` | fields of `event` |",
        "| --- " * 3 + "|",
    ]
    for command in COMMANDS:
        if rest := asked_by(command):
            fields = ", ".join(_named(one) for one in body_fields(command))
            rows.append(
                f"| `{rest.path}`: {rest.summary} | `{event_type_of(command)}` | {fields} |"
            )
    return [*rows, ""]


def _named(one: BodyPart) -> str:
    return f"**`{one.name}`**" if one.is_required else f"`{one.name}`"


if __name__ == "__main__":
    if "--check" not in sys.argv:
        GUIDE.write_text(written())
    elif GUIDE.read_text() != written():
        sys.exit("docs/gateway.md is stale: run python tools/commands_table.py")
