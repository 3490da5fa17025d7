"""Settings come from the command line first, then the environment, then their defaults."""

from pathlib import Path

import pytest

from voltyard.config import Config, from_environment, in_url
from voltyard.kernel.errors import Invalid


def test_defaults_listen_on_loopback_alone() -> None:
    config = from_environment({})
    assert (config.host, config.port, config.ocpp_port) == ("127.0.0.1", 8080, 9000)


def test_the_environment_has_the_same_names() -> None:
    config = from_environment(
        {"VOLTYARD_DATA": "/var/lib/yard", "VOLTYARD_PORT": "81", "VOLTYARD_OCPP_PORT": "82"}
    )
    assert config.data == Path("/var/lib/yard")
    assert (config.port, config.ocpp_port) == (81, 82)


def test_what_is_given_has_precedence_over_the_environment() -> None:
    assert from_environment({"VOLTYARD_PORT": "81"}, port=90).port == 90
    assert from_environment({"VOLTYARD_PORT": "81"}, port=None).port == 81


@pytest.mark.parametrize(
    ("environment", "param"),
    [
        ({"VOLTYARD_PORT": "eighty"}, "port"),
        ({"VOLTYARD_PORT": "70000"}, "port"),
        ({"VOLTYARD_OCPP_PORT": "8080"}, "ocpp_port"),
        ({"VOLTYARD_LINKS": "carrier pigeon"}, "links"),
        ({"VOLTYARD_TOKEN": "hunter2", "VOLTYARD_HOST": "0.0.0.0"}, "token"),
        ({"VOLTYARD_DRAIN_S": "soon"}, "drain_s"),
        ({"VOLTYARD_BUS_URL": "nats://127.0.0.1"}, "bus_url"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(
    environment: dict[str, str], param: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        from_environment(environment)
    assert refusal.value.details["param"] == param


def test_a_short_key_will_do_on_loopback() -> None:
    assert from_environment({"VOLTYARD_TOKEN": "hunter2"}).token == "hunter2"


def test_wildcard_addresses_become_loopback_in_urls() -> None:
    assert in_url("0.0.0.0") == "127.0.0.1"
    assert in_url("::1") == "[::1]"
    assert in_url("yard.example") == "yard.example"


def test_every_setting_says_what_it_is_for() -> None:
    from dataclasses import fields

    assert all(setting.metadata["help"].endswith(".") for setting in fields(Config))
