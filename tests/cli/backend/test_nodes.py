"""The server and its nodes in a terminal."""

import json

import pytest

from tests.cli.bench import Shell
from voltyard import __version__

pytestmark = pytest.mark.slow


def test_a_server_without_nodes_is_the_only_process(shell: Shell) -> None:
    columns = shell.done("nodes").out.split("\t")
    [server] = json.loads(shell.done("nodes", "--json").out)

    assert (columns[0], columns[1], columns[3].strip()) == ("(the server)", __version__, "yes")
    assert (server["name"], server["answers"]) == (None, True)
