"""Write the pages of docs/reference from the code, a heading for each thing.

python tools/reference          # write them
python tools/reference --check  # fail where one is stale
"""

import argparse
import sys
from pathlib import Path


def main() -> int:
    sys.path.insert(0, str(Path(__file__).parents[1]))  # a folder is run without its neighbours
    from reference.pages import FOLDER, PAGES

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where stale")
    is_check = parser.parse_args().check
    stale = []
    for name, page in PAGES.items():
        path, text = FOLDER / f"{name}.md", page()
        if not is_check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(f"docs/reference/{name}.md")
    if stale:
        print(f"stale: {', '.join(stale)}; run python tools/reference", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
