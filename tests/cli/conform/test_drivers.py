"""Drivers of `voltyard conform` by name: a gateway, files, and names that are not known."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.cli.bench import Shell
from voltyard.cli.main import app
from voltyard.testing.processes import free_port

NOTHING_THERE = "ws://127.0.0.1:1/ocpp"


def conform(*arguments: str) -> tuple[int, str]:
    """Exit code and output."""
    result = CliRunner().invoke(app, ["conform", *arguments])
    return result.exit_code, result.output + (str(result.exception) if result.exception else "")


def results(report: Path) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in json.loads(report.read_text())["results"]}


@pytest.mark.timeout(300)
def test_chargers_of_a_gateway_are_made_for_each_case_and_deleted(
    shell: Shell, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    cases = ("TC_003_CS", "TC_010_CS", "TC_017_1_CS", "TC_017_2_CS", "TC_032_2_CS", "TC_041_CS")
    shell.done(
        *("conform", "charger", "--listen", f"ws://127.0.0.1:{free_port()}/ocpp"),
        *("--driver", "voltyard", "--json", str(report)),
        *(word for case in cases for word in ("--cases", case)),
    )

    assert {id: one["verdict"] for id, one in results(report).items()} == dict.fromkeys(
        cases, "pass"
    )
    with shell.server.client() as rest:
        listed = rest.get("/ocpp/chargers", params={"search": "VY-"}).json()["data"]
    assert [one["identity"] for one in listed] == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_our_backend_fails_no_case_as_it_comes(version: str, shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    typed = shell(
        *("conform", "csms", "--url", shell.server.charger_url, "--driver", "voltyard"),
        *("--version", version, "--json", str(report), "--stretch", "4"),
    )

    found = results(report)
    assert [
        id for id, one in found.items() if one["verdict"] not in ("pass", "not applicable")
    ] == []
    assert typed.code == 0
    assert sum(one["verdict"] == "pass" for one in found.values()) > 100


@pytest.mark.timeout(120)
def test_an_act_that_the_gateway_refuses_is_told_with_its_answer(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VOLTYARD_TOKEN", "another-key")
    report = tmp_path / "report.json"
    typed = shell(
        *("conform", "charger", "--listen", f"ws://127.0.0.1:{free_port()}/ocpp"),
        *("--driver", "gateway", "--cases", "TC_003", "--json", str(report)),
    )

    assert typed.code == 2
    [one] = results(report).values()
    assert one["verdict"] == "inconclusive"
    assert "POST /ocpp/chargers for making a charger was answered 401" in one["why"]


@pytest.mark.parametrize(
    ("role", "name", "told"),
    [
        ("csms", "voltyrd", "did you mean voltyard?"),
        ("csms", "htp:mine.yaml", "did you mean http:FILE?"),
        ("csms", "own", "there are voltyard"),
        ("charger", "prompts", "did you mean prompt?"),
        ("charger", "none", "there are own"),
    ],
)
def test_an_unknown_driver_is_told_with_the_nearest(role: str, name: str, told: str) -> None:
    end = ("--url", NOTHING_THERE) if role == "csms" else ("--listen", _free())
    code, output = conform(role, *end, "--driver", name)

    assert code == 2
    assert f"--driver {name!r} is not known" in output and told in output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "url: http://x\noperations:\n  Rest: {post: /a}\n",
            ("operations.Rest: there is no such name", "did you mean Reset?"),
            id="an unknown operation",
        ),
        pytest.param(
            "url: http://x\noperations:\n  Reset: {pots: /a}\n",
            (":3:11: unknown key 'pots'", "did you mean post"),
            id="an unknown key",
        ),
        pytest.param(
            "url: http://x\noperations:\n  Reset: {post: /a, get: /b}\n",
            ("operations.Reset: a request has one of get, post",),
            id="two methods",
        ),
        pytest.param("url: http://x\n", ("it has no operations",), id="nothing"),
        pytest.param("url: [http://x\n", (":2:1:",), id="no YAML"),
        pytest.param(
            "url: ${NO_SUCH_VARIABLE}\noperations: {Reset: {post: /a}}\n",
            ("needs the environment variable NO_SUCH_VARIABLE",),
            id="an unknown variable",
        ),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_place(
    tmp_path: Path, text: str, told: tuple[str, ...]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    code, output = conform("csms", "--url", NOTHING_THERE, "--driver", f"http:{file}")

    assert code == 2
    assert "Traceback" not in output
    for words in told:
        assert words in output


def test_an_unknown_act_is_told_with_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("url: http://x\nacts:\n  plugg: {post: /a}\n")
    code, output = conform("charger", "--listen", _free(), "--driver", f"http:{file}")

    assert code == 2
    assert "acts.plugg: there is no such name" in output and "did you mean plug" in output


def _free() -> str:
    return f"ws://127.0.0.1:{free_port()}/ocpp"
