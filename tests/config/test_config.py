"""Settings come from the command line first, then the environment, then their defaults."""

from dataclasses import fields
from pathlib import Path

import pytest

from voltyard.config.config import Config
from voltyard.config.environment import from_environment, unknown_variables
from voltyard.kernel.errors import Invalid

TLS = {"VOLTYARD_OCPP_TLS_CERTIFICATE": "a.pem", "VOLTYARD_OCPP_TLS_KEY": "a.key"}
ECS = {
    "VOLTYARD_PROVIDER": "ecs",
    "VOLTYARD_BUS_URL": "tls://gateway:password@bus.example:4222",
    "VOLTYARD_ECS_CLUSTER": "yard",
    "VOLTYARD_ECS_IMAGE": "registry.example/voltyard:1",
    "VOLTYARD_ECS_SUBNETS": "subnet-1, subnet-2",
    "VOLTYARD_ECS_BUS_SECRET": "arn:aws:secretsmanager:eu-west-1:1:secret:bus",
}
KUBERNETES = {
    "VOLTYARD_PROVIDER": "kubernetes",
    "VOLTYARD_BUS_URL": "tls://gateway:secret@bus.example:4222",
    "VOLTYARD_KUBERNETES_IMAGE": "registry.example/voltyard-worker:1",
    "VOLTYARD_KUBERNETES_BUS_SECRET": "voltyard-bus",
}


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
        ({"VOLTYARD_CA_CERTIFICATE": "a.pem"}, "ca_key"),
        ({"VOLTYARD_CA_KEY": "a.key"}, "ca_certificate"),
        ({"VOLTYARD_CA_DAYS": "0"}, "ca_days"),
        ({"VOLTYARD_REST_TLS_KEY": "a.key"}, "rest_tls_certificate"),
        ({"VOLTYARD_REST_CONNECTIONS": "0"}, "rest_connections"),
        ({"VOLTYARD_OCPP_CONNECTIONS_PER_ADDRESS": "-1"}, "ocpp_connections_per_address"),
        ({"VOLTYARD_TRUSTED_PROXIES": "10.0.0.1,proxy"}, "trusted_proxies"),
        ({"VOLTYARD_SPANS_SHARE": "1.5"}, "spans_share"),
        ({"VOLTYARD_SPANS_SHARE": "nan"}, "spans_share"),
        ({"VOLTYARD_SPANS_URL": "collector:4318"}, "spans_url"),
        ({"VOLTYARD_SPANS_URL": "http://[a"}, "spans_url"),
        ({"VOLTYARD_SPANS_URL": "http://user:secret@collector:4318"}, "spans_url"),
        ({"VOLTYARD_PORT": "eighty"}, "port"),
        ({"VOLTYARD_PORT": "70000"}, "port"),
        ({"VOLTYARD_OCPP_PORT": "8080"}, "ocpp_port"),
        ({"VOLTYARD_TOKEN": "hunter2", "VOLTYARD_HOST": "0.0.0.0"}, "token"),
        ({"VOLTYARD_DRAIN_S": "soon"}, "drain_s"),
        ({"VOLTYARD_OCPP_CLOSES_PER_S": "-1"}, "ocpp_closes_per_s"),
        ({"VOLTYARD_OCPP_CLOSES_PER_S": "inf"}, "ocpp_closes_per_s"),
        ({"VOLTYARD_OCPP_CLOSES_PER_S": "nan"}, "ocpp_closes_per_s"),
        ({"VOLTYARD_OCPP_CLOSES_PER_S": "slowly"}, "ocpp_closes_per_s"),
        ({"VOLTYARD_OCPP_CLOSES_WITHIN_S": "0"}, "ocpp_closes_within_s"),
        ({"VOLTYARD_OCPP_CLOSES_WITHIN_S": "inf"}, "ocpp_closes_within_s"),
        ({"VOLTYARD_WORKER_MOVES_PER_S": "-1"}, "worker_moves_per_s"),
        ({"VOLTYARD_WORKER_MOVES_PER_S": "inf"}, "worker_moves_per_s"),
        ({"VOLTYARD_WORKER_MOVES_PER_S": "nan"}, "worker_moves_per_s"),
        ({"VOLTYARD_OCPP_TLS_CERTIFICATE": "a.pem"}, "ocpp_tls_key"),
        ({"VOLTYARD_OCPP_TLS_KEY": "a.key"}, "ocpp_tls_certificate"),
        ({"VOLTYARD_OCPP_CLIENT_CA": "ca.pem"}, "ocpp_client_ca"),
        ({"VOLTYARD_OCPP_TLS_PORT": "9443"}, "ocpp_tls_port"),
        ({"VOLTYARD_OCPP_TLS_PORT": "9000", **TLS}, "ocpp_tls_port"),
        ({"VOLTYARD_OCPP_TLS_PORT": "8080", **TLS}, "ocpp_tls_port"),
        ({"VOLTYARD_OCPP_TLS_PORT": "-1", **TLS}, "ocpp_tls_port"),
        ({"VOLTYARD_OCPP_TLS_PORT": "tls", **TLS}, "ocpp_tls_port"),
        ({"VOLTYARD_PUBLIC_OCPP_TLS_URL": "wss://a/ocpp", **TLS}, "public_ocpp_tls_url"),
        ({"VOLTYARD_BUS_URL": "nats://127.0.0.1"}, "bus_url"),
        ({"VOLTYARD_PROVIDER": "nomad"}, "provider"),
        ({"VOLTYARD_WORKERS": "2"}, "workers"),
        ({"VOLTYARD_PROVIDER": "process", "VOLTYARD_WORKERS": "-1"}, "workers"),
        ({"VOLTYARD_PROVIDER": "process", "VOLTYARD_WORKERS": "65"}, "workers"),
        ({"VOLTYARD_PROVIDER": "process", "VOLTYARD_WORKERS": "many"}, "workers"),
        ({"VOLTYARD_BUS_PLAIN": "true"}, "bus_plain"),
        ({"VOLTYARD_PROVIDER": "process", "VOLTYARD_BUS_PLAIN": "maybe"}, "bus_plain"),
        ({"VOLTYARD_PROVIDER": "process", "VOLTYARD_BUS_URL": "http://a"}, "bus_url"),
        ({"VOLTYARD_PROVIDER": "process", "VOLTYARD_BUS_URL": "nats://[a"}, "bus_url"),
        ({"VOLTYARD_PROVIDER": "process", "VOLTYARD_BUS_URL": "nats://a:4222"}, "bus_url"),
        ({"VOLTYARD_PROVIDER": "process", "VOLTYARD_BUS_KEY": "a.key"}, "bus_certificate"),
        ({"VOLTYARD_PROVIDER": "process", "VOLTYARD_BUS_NAME": "a.b"}, "bus_name"),
        ({"VOLTYARD_ECS_CLUSTER": "yard"}, "ecs_cluster"),
        ({"VOLTYARD_PROVIDER": "process", "VOLTYARD_ECS_PUBLIC_IP": "true"}, "ecs_public_ip"),
        *[
            ({key: value for key, value in ECS.items() if key != lacking}, lacking[9:].lower())
            for lacking in ECS
            if lacking != "VOLTYARD_PROVIDER"
        ],
        ({**ECS, "VOLTYARD_WORKERS": "1"}, "workers"),
        *[
            ({**KUBERNETES, lacking: ""}, lacking[9:].lower())
            for lacking in KUBERNETES
            if lacking != "VOLTYARD_PROVIDER"
        ],
        ({**ECS, "VOLTYARD_KUBERNETES_IMAGE": "a"}, "kubernetes_image"),
        ({**KUBERNETES, "VOLTYARD_ECS_CLUSTER": "yard"}, "ecs_cluster"),
        ({**KUBERNETES, "VOLTYARD_KUBERNETES_NAMESPACE": "Yard"}, "kubernetes_namespace"),
        ({**KUBERNETES, "VOLTYARD_KUBERNETES_BUS_SECRET": "a_b"}, "kubernetes_bus_secret"),
        ({**KUBERNETES, "VOLTYARD_KUBERNETES_CPU": "much"}, "kubernetes_cpu"),
        ({**KUBERNETES, "VOLTYARD_KUBERNETES_MEMORY": "-1Gi"}, "kubernetes_memory"),
        ({**KUBERNETES, "VOLTYARD_BUS_NAME": "_north"}, "bus_name"),
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


def test_chargers_run_in_the_server_unless_told_otherwise() -> None:
    assert from_environment({}).provider == "inline"
    assert from_environment({}).own_workers == 0


def test_workers_are_two_where_nobody_says_how_many() -> None:
    assert from_environment({"VOLTYARD_PROVIDER": "process"}).own_workers == 2
    assert from_environment({}, provider="process", workers=0).own_workers == 0


def test_a_bus_on_another_machine_is_dialled_over_tls_or_where_the_network_is_trusted() -> None:
    process = {"VOLTYARD_PROVIDER": "process"}
    for url, plain in (
        ("tls://u:p@bus.example:4222", "false"),
        ("nats://u:p@bus.example:4222", "true"),
        ("nats://127.0.0.1", "false"),
    ):
        told = {"VOLTYARD_BUS_URL": url, "VOLTYARD_BUS_PLAIN": plain}
        assert from_environment(process | told).bus_url == url


@pytest.mark.parametrize("text", ["off", "0", "FALSE"])
def test_every_switch_can_be_off(text: str) -> None:
    switches = [one.name for one in fields(Config) if one.type is bool]

    assert {"shed_logs", "files"} <= set(switches)
    for name in switches:
        config = from_environment({f"VOLTYARD_{name.upper()}": text})
        assert getattr(config, name) is False
    assert from_environment({"VOLTYARD_SHED_LOGS": "TRUE"}).shed_logs is True


def test_chargers_in_pods_need_an_image_a_secret_and_a_bus() -> None:
    assert from_environment(KUBERNETES).kubernetes_namespace == "default"


def test_lists_have_commas_between() -> None:
    assert from_environment(ECS).ecs_subnets == ("subnet-1", "subnet-2")


@pytest.mark.parametrize("name", ["quota_chargers", "quota_streams", "disk_low_mb"])
def test_a_quota_is_not_below_zero(name: str) -> None:
    with pytest.raises(Invalid, match="must not be below 0") as refused:
        from_environment({f"VOLTYARD_{name.upper()}": "-1"})

    assert refused.value.details["param"] == name


def test_what_is_no_network_cannot_be_dialled() -> None:
    with pytest.raises(Invalid, match="neither an address nor a network"):
        from_environment({"VOLTYARD_EGRESS_NETWORKS": "10.0.0.0/8, example.com"})


def test_every_setting_says_what_it_is_for() -> None:
    from dataclasses import fields

    assert all(setting.metadata["help"].endswith(".") for setting in fields(Config))


def test_no_secret_shows_in_what_is_printed_of_the_settings() -> None:
    config = from_environment(
        {
            "VOLTYARD_TOKEN": "a-key-that-is-secret",
            "VOLTYARD_DATABASE_URL": "postgresql://yard:hunter2@db.example/yard",
        }
    )

    assert "a-key-that-is" not in repr(config)
    assert "hunter2" not in repr(config)
    assert "8080" in repr(config)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("VOLTYARD_PROT", "VOLTYARD_PORT"),
        ("VOLTYARD_DATABASEURL", "VOLTYARD_DATABASE_URL"),
        ("VOLTYARD_data", "VOLTYARD_DATA"),
        ("VOLTYARD_XQZW_KJ", None),
    ],
)
def test_a_variable_that_is_none_of_ours_is_told_with_the_nearest(
    name: str, nearest: str | None
) -> None:
    assert unknown_variables({name: "1", "PATH": "/bin"}) == {name: nearest}


def test_variables_of_the_server_its_workers_and_the_pytest_plugin_are_known() -> None:
    known = (
        "VOLTYARD_DATA",
        "VOLTYARD_BUS_URL",
        "VOLTYARD_WORKER_AWAY_S",
        "VOLTYARD_CSMS_URL",
    )
    assert unknown_variables(dict.fromkeys(known, "1")) == {}


STANDBY = {
    "VOLTYARD_STANDBY": "true",
    "VOLTYARD_DATABASE_URL": "postgresql://db/voltyard",
    "VOLTYARD_TOKEN": "a-key-that-both-servers-have",
}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"VOLTYARD_DATABASE_URL": ""}, "needs a database that two servers reach"),
        ({"VOLTYARD_DATABASE_URL": "sqlite:///a.db"}, "needs a database that two servers reach"),
        ({"VOLTYARD_TOKEN": ""}, "needs the first key"),
    ],
)
def test_a_standby_needs_what_the_other_server_has(changed: dict[str, str], message: str) -> None:
    assert from_environment(STANDBY).standby

    with pytest.raises(Invalid, match=message):
        from_environment(STANDBY | changed)
