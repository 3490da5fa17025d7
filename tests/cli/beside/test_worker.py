"""`voltyard worker`: what it refuses before it dials."""

import pytest
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("environment", "arguments", "param"),
    [
        ({}, (), "bus_url"),
        ({"VOLTYARD_BUS_URL": "nats://yard.example:4222"}, (), "bus_url"),
        ({"VOLTYARD_BUS_URL": "ws://127.0.0.1:9"}, (), "bus_url"),
        ({"VOLTYARD_BUS_URL": "nats://127.0.0.1:9"}, ("--name", "a/b"), "worker_name"),
        ({}, ("--bus-url-file", "nowhere"), "bus_url"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    environment: dict[str, str], arguments: tuple[str, ...], param: str
) -> None:
    told = {"VOLTYARD_BUS_URL": None, **environment}
    result = CliRunner().invoke(app, ["worker", *arguments], env=told)

    assert isinstance(result.exception, Invalid)
    assert result.exception.details["param"] == param


def test_it_has_no_option_for_the_password_itself() -> None:
    """Everybody on a machine can read its command lines."""
    result = CliRunner().invoke(app, ["worker", "--help"])

    assert "--bus-url-file" in result.output
    assert "--bus-url " not in result.output
