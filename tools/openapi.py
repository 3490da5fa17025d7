"""Write openapi.json, the description of the REST surface, from the routes themselves.

python tools/openapi.py          # write it
python tools/openapi.py --check  # fail where it is not what the routes say
"""

import json
import sys
from pathlib import Path

from voltyard.api.app import described
from voltyard.server.server import routers

PATH = Path(__file__).resolve().parent.parent / "openapi.json"


def rendered() -> str:
    """The file's text; the same on every machine."""
    return json.dumps(described(routers()), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    match arguments:
        case []:
            PATH.write_text(rendered())
        case ["--check"]:
            if not PATH.exists() or PATH.read_text() != rendered():
                sys.exit("openapi.json is not what the routes say: run python tools/openapi.py")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
