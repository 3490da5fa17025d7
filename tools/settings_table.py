"""Write what docs/settings.md says in tables from the settings themselves.

python tools/settings_table.py          # write it
python tools/settings_table.py --check  # fail where it is stale
"""

import re
import sys
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from voltyard.config import ENVIRONMENT_PREFIX, Config

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "settings.md"

TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=\n<!-- end -->)", re.DOTALL)


def written() -> str:
    """The document as it should be."""
    lines = ["| variable | default | what it is |", "| --- | --- | --- |"]
    lines += [_row(setting) for setting in fields(Config)]
    table = "\n".join(lines)
    return TABLE.sub(lambda _: table, DOCUMENT.read_text())


def _row(setting: Field[Any]) -> str:
    default = "" if setting.default in (None, ()) else f"`{_shown(setting.default)}`"
    return (
        f"| `{ENVIRONMENT_PREFIX}{setting.name.upper()}` | {default} | {setting.metadata['help']} |"
    )


def _shown(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def main(arguments: list[str]) -> None:
    match arguments:
        case []:
            DOCUMENT.write_text(written())
        case ["--check"]:
            if DOCUMENT.read_text() != written():
                sys.exit(
                    "docs/settings.md is not what the settings say: run this tool without --check"
                )
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
