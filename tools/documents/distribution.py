"""Check the wheel and the source distribution in a directory: `make dist` builds them.

python tools/documents/distribution.py dist
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = (
    "voltyard/dashboard/page/index.html",
    "voltyard/reports/html/viewer/report.html",
    "voltyard/traces/viewer/trace.html",
)


def problems(dist: Path) -> Iterator[str]:
    """Problems of the two, a line each."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    name = f"voltyard-{project['version']}"
    wheel, sdist = dist / f"{name}-py3-none-any.whl", dist / f"{name}.tar.gz"
    for path in (wheel, sdist):
        if not path.exists():
            yield f"{path} is missing"
            return
    yield from _of_wheel(wheel, name)
    with tarfile.open(sdist) as archive:
        names = {one.removeprefix(f"{name}/") for one in archive.getnames()}
    needed = ["pyproject.toml", "README.md", "LICENSE", "NOTICE", *_package()]
    yield from (f"the sdist lacks {one}" for one in needed if one not in names)
    yield from (f"the sdist has {one}" for one in names if one.startswith((".venv", "data")))


def _of_wheel(wheel: Path, name: str) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        needed = [one.removeprefix("src/") for one in _package()]
        licenses = [f"{name}.dist-info/licenses/{one}" for one in ("LICENSE", "NOTICE")]
        for one in (*needed, *licenses, *BUILT, f"{name}.dist-info/entry_points.txt"):
            if one not in names:
                yield f"the wheel lacks {one}"
        allowed = ("voltyard/", f"{name}.dist-info/")
        yield from (f"the wheel has {one}" for one in names if not one.startswith(allowed))
        with tempfile.TemporaryDirectory() as place:
            archive.extractall(place)
            yield from _run(Path(place))


def _package() -> list[str]:
    """Every file of the package that git has."""
    listed = subprocess.run(
        ["git", "ls-files", "src/voltyard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [one for one in listed.stdout.splitlines() if (ROOT / one).exists()]


def _run(place: Path) -> Iterator[str]:
    """Have the unpacked wheel print its version, with this environment's libraries."""
    told = "import voltyard.cli.main, voltyard; print(voltyard.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", told],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not done.stdout.startswith(str(place)):
        yield f"the wheel's package cannot be imported: {done.stderr[-500:]}"


def main() -> int:
    found = list(problems(Path(sys.argv[1])))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
