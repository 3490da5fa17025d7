"""Write docs/conformance.md and docs/planted-faults.md from what is stored of all cases.

python tools/conformance                # write them
python tools/conformance --check        # fail where one is stale
python tools/conformance --new          # play the cases without a stored verdict, and write them
python tools/conformance --play [ID...] # play all cases, or those whose ids begin so, and write
python tools/conformance --planted      # plant every fault in our own halves (minutes), and write
"""

import argparse
import sys
from pathlib import Path


def main() -> int:
    tools = Path(__file__).parents[1]
    sys.path[:0] = [str(tools), str(tools.parent)]  # for the neighbours, and for `tests`
    from conformance.page import blocks
    from conformance.planted_page import planted_blocks
    from generated_blocks import ROOT, written

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="write nothing; 1 where stale")
    what.add_argument("--new", action="store_true", help="play cases without a stored verdict")
    what.add_argument("--play", nargs="*", metavar="ID", help="play all, or those that begin so")
    what.add_argument("--planted", action="store_true", help="plant every fault, and store it")
    arguments = parser.parse_args()

    failed = 0
    if arguments.new or arguments.play is not None:
        from conformance.playing import play

        failed = play(None if arguments.new else arguments.play)
    if arguments.planted:
        from conformance.planting import plant

        plant()
    stale = []
    for name, found in (("conformance", blocks()), ("planted-faults", planted_blocks())):
        document = ROOT / "docs" / f"{name}.md"
        text = document.read_text()
        fresh = written(text, found)
        if not arguments.check:
            document.write_text(fresh)
        elif fresh != text:
            stale.append(f"docs/{name}.md")
    if stale:
        print(f"stale: {', '.join(stale)}; run python tools/conformance --new", file=sys.stderr)
    return 1 if stale or failed else 0


if __name__ == "__main__":
    sys.exit(main())
