"""`voltyard worker`: what it refuses before it dials."""

import pytest
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.kernel.errors import Invalid

TOKEN = {"VOLTYARD_CONTROL_TOKEN": "a-token-of-the-control-link"}


@pytest.mark.parametrize(
    ("environment", "arguments", "param"),
    [
        ({}, ("--control-url", "ws://127.0.0.1:9"), "control_token"),
        (
            {"VOLTYARD_CONTROL_TOKEN": "short"},
            ("--control-url", "ws://127.0.0.1:9"),
            "control_token",
        ),
        (TOKEN, ("--control-url", "ws://yard.example:9000"), "control_url"),
        (TOKEN, ("--control-url", "ws://127.0.0.1:9", "--name", "a/b"), "worker_name"),
        (TOKEN, ("--control-url", "ws://127.0.0.1:9", "--token-file", "nowhere"), "token_file"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    environment: dict[str, str], arguments: tuple[str, ...], param: str
) -> None:
    told = {"VOLTYARD_CONTROL_TOKEN": None, **environment}
    result = CliRunner().invoke(app, ["worker", *arguments], env=told)

    assert isinstance(result.exception, Invalid)
    assert result.exception.details["param"] == param


def test_it_has_no_option_for_the_token_itself() -> None:
    """Everybody on a machine can read its command lines."""
    result = CliRunner().invoke(app, ["worker", "--help"])

    assert "--token-file" in result.output
    assert "--control-token" not in result.output
