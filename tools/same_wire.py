"""Compare the wire of two checkouts: one seed of `voltyard simulate` gives the same bytes in both.

    python tools/same_wire.py OTHER [--seeds 100] [--first 1] [--chargers 10] [--hours 24]

OTHER is a checkout of the code to compare with, as made by `git worktree add OTHER COMMIT`. Both
are run by this Python, so they must need the same packages. Each seed is played in both with
`--faults`, and the log of all frames and the summary printed are compared. Exits with 1 where
they differ, and names the first frame that does.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("other", type=Path, help="the checkout to compare with")
    parser.add_argument("--seeds", type=int, default=100, help="how many (100)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--chargers", type=int, default=10, help="of each history (10)")
    parser.add_argument("--hours", type=float, default=24.0, help="of each history (24)")
    wanted = parser.parse_args()
    other = wanted.other.resolve()
    if not (other / "src" / "voltyard").is_dir():
        sys.exit(f"{other} is no checkout of Voltyard")
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    differing = frames = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:

        def played(seed: int) -> tuple[int, int, str]:
            logs = [Path(folder, f"{seed}-{side}.log") for side in ("other", "here")]
            printed = [
                _play(checkout, seed, wanted.chargers, wanted.hours, log)
                for checkout, log in zip((other, HERE), logs, strict=True)
            ]
            difference = _difference(*logs)
            if not difference and printed[0] != printed[1]:
                difference = f"the summary says {printed[1]!r}, not {printed[0]!r}"
            count = sum(1 for _ in _lines(logs[1]))
            for log in logs:
                log.unlink()
            return seed, count, difference

        for seed, count, difference in pool.map(played, seeds):
            frames += count
            if difference:
                differing += 1
                print(f"seed {seed}: {difference}")
    print(
        f"{wanted.seeds} seeds from {wanted.first} on, {wanted.chargers} chargers for "
        f"{wanted.hours:g} h with faults, {frames:,} frames: {differing} differ"
    )
    sys.exit(1 if differing else 0)


def _play(checkout: Path, seed: int, chargers: int, hours: float, log: Path) -> str:
    """Play one seed; a digest of all it printed."""
    options = ["--chargers", str(chargers), "--hours", f"{hours:g}", "--seed", str(seed)]
    finished = subprocess.run(
        [sys.executable, "-m", "voltyard", "simulate", "--faults", *options, "--log", str(log)],
        env={**os.environ, "PYTHONPATH": str(checkout / "src"), "NO_COLOR": "1"},
        cwd=log.parent,
        capture_output=True,
        check=False,
    )
    if not log.exists():
        sys.exit(f"{checkout}: {finished.stderr.decode()}")
    # How long it took, and where the log is, is all that may differ.
    printed = b"\n".join(
        line
        for line in finished.stdout.splitlines()
        if not line.startswith((b"took", b"frames in"))
    )
    return f"{finished.returncode} {hashlib.sha256(printed).hexdigest()[:16]}"


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as log:
        yield from log


def _difference(before: Path, after: Path) -> str:
    """The first line that is not the same, in words; empty where all are."""
    for number, (old, new) in enumerate(zip_longest(_lines(before), _lines(after)), 1):
        if old != new:
            was, is_now = (old or "missing").strip(), (new or "missing").strip()
            return f"line {number} is {is_now}, not {was}"
    return ""


if __name__ == "__main__":
    main()
