"""Organizations, and the log of what was changed."""

import json

import pytest

from tests.cli.bench import Shell

pytestmark = pytest.mark.slow


def test_an_organization_is_made_acted_for_and_deleted(shell: Shell) -> None:
    made = shell.done("organizations", "new", "Harbour Energy", "--json").json
    tags = shell.done("csms", "tags", "list", "--organization", made["id"], "--json").json
    named = shell.done("organizations", "list").out
    shown = shell.done("organizations", "show", made["id"], "--json").json

    deleted = shell.done("organizations", "delete", made["id"])
    gone = shell("organizations", "show", made["id"])

    assert tags == []
    assert f"{made['id']}\tHarbour Energy\t" in named
    assert shown["name"] == "Harbour Energy"
    assert deleted.out == f"{made['id']}: deleted\n" or "deleted" in deleted.out
    assert gone.code == 2


def test_what_was_changed_is_listed_and_exported(shell: Shell) -> None:
    shell.done("csms", "tags", "new", "04AUD1T0")
    shell.done("csms", "tags", "delete", "04AUD1T0")

    listed = shell.done("audit", "list", "--object", "04AUD1T0", "--json").json
    rows = shell.done("audit", "list", "--method", "DELETE", "--object", "04AUD1T0").out
    lines = shell.done("audit", "export", "--method", "DELETE").out.splitlines()

    assert [one["method"] for one in listed][:1] == ["DELETE"]
    assert "\tDELETE\t/api/v1/id-tags/{idTag}\t04AUD1T0\t200\t" in rows
    assert {json.loads(line)["method"] for line in lines} == {"DELETE"}
    assert "04AUD1T0" in {json.loads(line)["object"] for line in lines}


def test_a_moment_that_is_none_is_refused(shell: Shell) -> None:
    assert shell("audit", "list", "--since", "yesterday").code == 2
    assert shell("audit", "export", "--since", "yesterday").code == 2
