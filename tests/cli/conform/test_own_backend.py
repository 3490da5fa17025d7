"""Every case of `voltyard conform csms`, on a server with no setting but its ports."""

import json
from pathlib import Path

import pytest

from tests.cli.bench import Shell


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_our_backend_fails_no_case_as_it_comes(version: str, shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    typed = shell(
        *("conform", "csms", "--url", shell.server.charger_url, "--driver", "voltyard"),
        *("--version", version, "--json", str(report), "--jobs", "8"),
    )

    results = json.loads(report.read_text())["results"]
    assert [one["id"] for one in results if one["verdict"] not in ("pass", "not applicable")] == []
    assert typed.code == 0
    assert sum(one["verdict"] == "pass" for one in results) > 100
