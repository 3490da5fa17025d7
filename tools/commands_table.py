"""Write the table of commands in docs/gateway.md from their declarations.

python tools/commands_table.py          # write it
python tools/commands_table.py --check  # fail where it is stale
"""

import sys

from generated_blocks import ROOT, main, table
from voltyard.catalogue.commands.commands import COMMANDS
from voltyard.catalogue.commands.declaration import (
    BodyPart,
    asked_by,
    body_fields,
    event_type_of,
)


def blocks() -> dict[str, str]:
    """The table, and nothing else."""
    rows = (
        (
            f"`{rest.path}`: {rest.summary}",
            f"`{event_type_of(command)}`",
            ", ".join(_named(one) for one in body_fields(command)),
        )
        for command in COMMANDS
        if (rest := asked_by(command))
    )
    head = ("`POST /ocpp/commands/...`", "`event_type`", "fields of `event`")
    return {"commands": table(head, rows)}


def _named(one: BodyPart) -> str:
    return f"**`{one.name}`**" if one.is_required else f"`{one.name}`"


if __name__ == "__main__":
    sys.exit(main(__doc__, ROOT / "docs" / "gateway.md", blocks))
