"""Write the dashboards of deploy/grafana from their tables.

python tools/grafana          # write them
python tools/grafana --check  # fail where one is stale
"""

import argparse
import sys
from pathlib import Path


def main() -> int:
    sys.path.insert(0, str(Path(__file__).parents[1]))  # a folder is run without its neighbours
    from grafana.dashboards import DASHBOARDS
    from grafana.panels import dashboard_json

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where stale")
    is_check = parser.parse_args().check
    folder = Path(__file__).parents[2] / "deploy" / "grafana"
    stale = []
    for name, dashboard in DASHBOARDS.items():
        path, text = folder / f"{name}.json", dashboard_json(dashboard)
        if not is_check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(f"deploy/grafana/{name}.json")
    if stale:
        print(f"stale: {', '.join(stale)}; run python tools/grafana", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
