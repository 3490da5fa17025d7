"""Peers from npm: programs of `tests/foreign/npm`, run by Node."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.foreign.verdicts import program

NPM = Path(__file__).parents[1] / "npm"


@contextmanager
def strict_csms() -> Iterator[tuple[str, str]]:
    """The CSMS on `ocpp-rpc`: the URLs that chargers dial, and of its HTTP API."""
    with program([node(), NPM / "csms.js"], lines=1) as [ports]:
        port, api_port = ports.split()
        yield f"ws://127.0.0.1:{port}", f"http://127.0.0.1:{api_port}"


def node() -> str:
    """The path of Node. Without it or its packages a test is skipped, and in CI fails."""
    path = shutil.which("node")
    if path is not None and (NPM / "node_modules").is_dir():
        return path
    if os.environ.get("CI"):
        pytest.fail("node, or what npm installs, is missing")
    pytest.skip("needs node, and `npm ci` in tests/foreign/npm")
