"""Nodes that a server starts itself, as far as their processes go; the program is a stand-in."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bus.bench import until
from voltyard.server.own_nodes import OwnNodes

STAND_IN = """
import os, pathlib, signal, time
here, signals = pathlib.Path(__file__).parent, []
signal.signal(signal.SIGTERM, lambda number, frame: signals.append(number))
(here / "pid.new").write_text(str(os.getpid()))
(here / "pid.new").rename(here / "pid")
while not signals:
    signal.pause()
(here / "told").touch()
until = time.monotonic() + 0.5
while (left := until - time.monotonic()) > 0:
    time.sleep(left)
(here / "ended").write_text(str(len(signals)))
"""
"""A node that ends half a second after it was told to, and counts how often it was told."""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The folder of the stand-in, with what it writes."""
    folder = tmp_path / "voltyard"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(STAND_IN)
    return folder


@pytest.fixture
async def own(program: Path) -> AsyncIterator[OwnNodes]:
    nodes = OwnNodes(1, {**os.environ, "PYTHONPATH": str(program.parent)}, ends_s=50)
    nodes.open()
    await until((program / "pid").exists)
    yield nodes
    await nodes.close()


async def test_a_node_is_told_once_to_end_and_waited_for(own: OwnNodes, program: Path) -> None:
    own.begin_end()
    await until((program / "told").exists)

    await own.close()

    assert (program / "ended").read_text() == "1"  # a second signal would end a node at once


async def test_the_keys_that_end_the_server_do_not_reach_its_nodes(
    own: OwnNodes, program: Path
) -> None:
    node = int((program / "pid").read_text())

    assert os.getpgid(node) != os.getpgrp()
