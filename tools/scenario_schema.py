"""Write docs/reference/scenario.schema.json from the form of scenarios.

python tools/scenario_schema.py          # write it
python tools/scenario_schema.py --check  # fail where it is stale
"""

import argparse
import json
import sys
from pathlib import Path

from voltyard.scenarios.form.schema import scenario_schema

PATH = Path(__file__).resolve().parent.parent / "docs" / "reference" / "scenario.schema.json"


def main() -> int:
    """Write the schema, or with --check say whether it is as it should be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where stale")
    text = json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"
    if not parser.parse_args().check:
        PATH.write_text(text, encoding="utf-8")
    elif not PATH.exists() or PATH.read_text(encoding="utf-8") != text:
        print("scenario.schema.json is stale: run python tools/scenario_schema.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
