"""Generators of clients, and what they make of openapi.json."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.surface import OPENAPI

HERE: Final = Path(__file__).parent
SESSIONS: Final = HERE / "generated"
NPM: Final = HERE / "npm"
CONFIG: Final = "{content_type_overrides: {application/x-ndjson: text/plain}, post_hooks: []}\n"


def run(command: list[str | Path], where: Path, **environment: str) -> str:
    """What a program prints; AssertionError with it where it fails."""
    done = subprocess.run(
        command,
        cwd=where,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def generated_python(directory: Path) -> str:
    """Put the package `voltyard_client` into a directory; what the generator says."""
    (directory / "client.yaml").write_text(CONFIG)
    generate = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    options = ["--path", str(OPENAPI), "--config", "client.yaml", "--fail-on-warning"]
    return run([*generate, *options, "--output-path", "voltyard_client"], directory)


def npm_modules(directory: Path) -> None:
    """Have a directory of ECMAScript modules find the packages of npm; skipped without them, and
    failed in CI."""
    if shutil.which("node") is None or not (NPM / "node_modules" / "openapi-fetch").is_dir():
        if os.environ.get("CI"):
            pytest.fail("node, or what npm installs, is missing")
        pytest.skip("needs node, and `npm ci` in tests/foreign/npm")
    (directory / "node_modules").symlink_to(NPM / "node_modules")
    (directory / "package.json").write_text('{"type": "module"}')


def typed_and_compiled(directory: Path, program: str) -> None:
    """Types of openapi.json, and a program that is compiled against them."""
    cli, tsc = "node_modules/openapi-typescript/bin/cli.js", "node_modules/typescript/bin/tsc"
    fields = ["--default-non-nullable", "false"]  # those with a default may be left out
    run(["node", cli, OPENAPI, "-o", "voltyard.d.ts", *fields], directory)
    target = ["--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler"]
    run(["node", tsc, "--strict", *target, "--types", "node", program], directory)
