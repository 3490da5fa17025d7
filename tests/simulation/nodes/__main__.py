"""Plays histories of a server and its nodes: python -m tests.simulation.nodes --seeds 1000"""

import argparse
import contextlib
import sys
import time
from pathlib import Path

import structlog

from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.nodes.simulate_nodes import NodesPlan, simulate_nodes


def main() -> int:
    """Play them one after the other; the exit code is 1 where an invariant was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--log", help="file for the log of the last one that is played")
    given = parser.parse_args()
    structlog.configure(processors=[_unsaid])
    begun, broken = time.monotonic(), 0
    for seed in range(given.first, given.first + given.seeds):
        with contextlib.ExitStack() as stack:
            log = stack.enter_context(Path(given.log).open("w")) if given.log else None
            try:
                summary = simulate_nodes(NodesPlan(seed=seed), log)
            except InvariantBroken as error:
                broken += 1
                print(f"seed {seed}: {error}", flush=True)
            else:
                if given.seeds == 1:
                    print(summary)
    print(f"{given.seeds} seeds, {broken} broken, {time.monotonic() - begun:.0f} s")
    return 1 if broken else 0


def _unsaid(*_: object) -> dict[str, object]:
    """Drop a line of the processes' own logs: faults are what is simulated."""
    raise structlog.DropEvent


if __name__ == "__main__":
    sys.exit(main())
