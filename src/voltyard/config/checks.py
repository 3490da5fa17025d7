"""Checks of settings: values that make no sense, and values that do not go together."""

import re
from dataclasses import fields
from math import inf
from urllib.parse import urlsplit

from voltyard.config.config import ENVIRONMENT_PREFIX, PROVIDERS, Config
from voltyard.kernel import limits
from voltyard.kernel.addressing import addresses
from voltyard.kernel.addressing.bus_url import check_bus_url
from voltyard.kernel.addressing.hosts import is_loopback
from voltyard.kernel.errors import Invalid

_KEY_CHARACTERS = 16

_BUS_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

_MOST_CA_DAYS = 36_500

_OF_TLS_DOOR = (
    "ocpp_client_ca",
    "ocpp_tls_port",
    "ocpp_tls_second_certificate",
    "ocpp_tls_rsa_key_exchange",
    "ocpp_client_recorded_only",
)

_NEEDED = {
    "ecs": ("ecs_cluster", "ecs_image", "ecs_subnets", "ecs_bus_secret", "bus_url"),
    "kubernetes": ("kubernetes_image", "kubernetes_bus_secret", "bus_url"),
}
"""Settings that a provider cannot do without; those that begin with its name are its own."""

_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|M|G|Ki|Mi|Gi)?")

_KUBERNETES_SHAPES = {
    "kubernetes_namespace": (_DNS_LABEL, "lower-case letters, digits and '-', at most 63"),
    "kubernetes_bus_secret": (_DNS_LABEL, "lower-case letters, digits and '-', at most 63"),
    "bus_name": (_LABEL_VALUE, "a label: at most 63, with a letter or digit at either end"),
    "kubernetes_cpu": (_QUANTITY, "a quantity: 100m or 0.5"),
    "kubernetes_memory": (_QUANTITY, "a quantity: 256Mi or 1Gi"),
}

_PAIRS = (
    ("rest_tls_certificate", "rest_tls_key"),
    ("ocpp_tls_second_certificate", "ocpp_tls_second_key"),
    ("ocpp_tls_certificate", "ocpp_tls_key"),
    ("ca_certificate", "ca_key"),
)
"""Settings that are given together or not at all."""

_RETENTION = (
    "log_retention_days",
    "log_rows",
    "log_mb",
    "event_retention_days",
    "event_rows",
    "event_mb",
    "audit_retention_days",
    "audit_mb",
    "meter_value_mb",
    "history_mb",
    "charger_quota_percent",
    "organization_quota_percent",
)


def check(config: Config) -> None:
    """Invalid where a value makes no sense, or two do not go together."""
    if config.standby:
        _check_standby(config)
    if config.nodes is not None:
        _check_nodes(config)
    _check_ports(config)
    for name in _RETENTION:
        if not getattr(config, name) > 0:
            raise Invalid(f"{name} must be above 0", param=name)
    for name in ("charger_quota_percent", "organization_quota_percent"):
        if getattr(config, name) > 100:
            raise Invalid(f"{name} must be at most 100", param=name)
    for name in (*(one.name for one in fields(Config) if "quota_" in one.name), "disk_low_mb"):
        if (getattr(config, name) or 0) < 0:
            raise Invalid(f"{name} must not be below 0", param=name)
    _check_front(config)
    _check_worker_moves(config)
    _check_spans(config)
    addresses.networks(config.egress_networks, "egress_networks")
    _check_tls(config)
    _check_runtimes(config)
    if config.token and len(config.token) < _KEY_CHARACTERS and not is_loopback(config.host):
        raise Invalid(
            f"token is too short a key for a server that listens on {config.host}",
            param="token",
            hint=f"give at least {_KEY_CHARACTERS} characters, or listen on 127.0.0.1",
        )


def _check_shared_database(config: Config, said: str, param: str) -> None:
    if config.database_url is None or config.database_url.startswith("sqlite"):
        hint = "VOLTYARD_DATABASE_URL=postgresql://..."
        raise Invalid(said, hint=hint, param=param)


def _check_standby(config: Config) -> None:
    _check_shared_database(config, "a standby needs a database that two servers reach", "standby")
    if config.token is None:
        raise Invalid(
            "a standby needs the first key of the server whose place it may take",
            hint="give both the same VOLTYARD_TOKEN",
            param="standby",
        )


def _check_nodes(config: Config) -> None:
    if not 0 <= (config.nodes or 0) <= limits.OWN_NODES:
        raise Invalid(f"nodes must be between 0 and {limits.OWN_NODES}", param="nodes")
    _check_shared_database(config, "nodes need a database that several processes reach", "nodes")


def check_node(config: Config) -> None:
    """Invalid where what a node needs beside a server's settings is missing or makes no sense."""
    _check_shared_database(config, "a node needs the database of its server", "database_url")
    if config.bus_url is None:
        raise Invalid(
            "a node needs the bus of its server",
            hint="VOLTYARD_BUS_URL=nats://user:password@host:4222",
            param="bus_url",
        )


def _check_ports(config: Config) -> None:
    taken: dict[int, str] = {}
    for name in ("port", "ocpp_port", "ocpp_tls_port"):
        port = getattr(config, name)
        if port is None:
            continue
        if not 0 <= port <= 65_535:
            raise Invalid(f"{name} must be between 0 and 65535", param=name)
        if port in taken:
            raise Invalid(f"{taken[port]} and {name} must differ", param=name)
        if port:
            taken[port] = name


def _check_front(config: Config) -> None:
    for name in ("rest_connections", "rest_connections_per_address"):
        if getattr(config, name) < 1:
            raise Invalid(f"{name} must be at least 1", param=name)
    if config.ocpp_connections_per_address < 0:
        name = "ocpp_connections_per_address"
        raise Invalid(f"{name} must be at least 0", param=name, hint="0: any number")
    if not 0 <= config.ocpp_links_per_s < inf:
        name = "ocpp_links_per_s"
        raise Invalid(f"{name} must be at least 0", param=name, hint="0: all that dial")
    _check_closes(config)
    addresses.networks(config.trusted_proxies, "trusted_proxies")


def _check_closes(config: Config) -> None:
    if not 0 <= config.ocpp_closes_per_s < inf:
        name = "ocpp_closes_per_s"
        raise Invalid(f"{name} must be at least 0", param=name, hint="0: all at once")
    if not 0 < config.ocpp_closes_within_s < inf:
        name = "ocpp_closes_within_s"
        hint = "seconds, less than whoever ends the server waits for its end"
        raise Invalid(f"{name} must be above 0", param=name, hint=hint)


def _check_worker_moves(config: Config) -> None:
    if not 0 <= config.worker_moves_per_s < inf:
        name = "worker_moves_per_s"
        raise Invalid(f"{name} must be at least 0", param=name, hint="0: as fast as they can be")


def _check_spans(config: Config) -> None:
    if not 0 <= config.spans_share <= 1:
        raise Invalid("spans_share must be between 0 and 1", param="spans_share")
    if config.spans_url is None:
        return
    try:
        parts = urlsplit(config.spans_url)
        is_url = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise Invalid("spans_url must be http://host:port or https://...", param="spans_url")
    if parts.username is not None or parts.password is not None:
        raise Invalid(
            "spans_url must not hold a password",
            hint="OTEL_EXPORTER_OTLP_HEADERS=authorization=... sends one",
            param="spans_url",
        )


def _check_tls(config: Config) -> None:
    for one, other in _PAIRS:
        if (getattr(config, one) is None) != (getattr(config, other) is None):
            lacking = one if getattr(config, one) is None else other
            raise Invalid(f"{one} and {other} go together", param=lacking)
    certificate = config.ocpp_tls_certificate
    if not 0 < config.ca_days <= _MOST_CA_DAYS:
        raise Invalid(f"ca_days must be above 0, at most {_MOST_CA_DAYS}", param="ca_days")
    for name in _OF_TLS_DOOR:
        if getattr(config, name) not in (None, False) and certificate is None:
            raise Invalid(f"{name} needs ocpp_tls_certificate and ocpp_tls_key", param=name)
    if config.public_ocpp_tls_url is not None and config.ocpp_tls_port is None:
        raise Invalid("public_ocpp_tls_url needs ocpp_tls_port", param="public_ocpp_tls_url")


def _check_runtimes(config: Config) -> None:
    if config.provider not in PROVIDERS:
        raise Invalid(f"provider must be one of {', '.join(PROVIDERS)}", param="provider")
    if config.workers is not None and config.provider != "process":
        raise Invalid(
            f"workers go with the provider process, and this is {config.provider}",
            param="workers",
            hint="say --provider process, or leave workers away",
        )
    if config.workers is not None and not 0 <= config.workers <= limits.WORKERS:
        raise Invalid(f"workers must be between 0 and {limits.WORKERS}", param="workers")
    _check_bus(config)
    for provider, needed in _NEEDED.items():
        if config.provider != provider:
            why = f"goes with the provider {provider}, and this is {config.provider}"
            _refuse(config, f"{provider}_", why)
            continue
        for name in needed:
            if not getattr(config, name):
                raise Invalid(
                    f"the provider {provider} needs {name}",
                    param=name,
                    hint=f"set {ENVIRONMENT_PREFIX}{name.upper()}",
                )
    if config.provider == "kubernetes":
        for name, (shape, said) in _KUBERNETES_SHAPES.items():
            if not shape.fullmatch(getattr(config, name)):
                raise Invalid(f"{name} must be {said}, in Kubernetes", param=name)


def _check_bus(config: Config) -> None:
    if config.provider == "inline" and config.nodes is None:
        _refuse(config, "bus_", "needs nodes, or a provider with workers, and this is inline")
    if not _BUS_NAME.fullmatch(config.bus_name):
        raise Invalid("bus_name must be of 1 to 64 letters, digits, '_' and '-'", param="bus_name")
    if config.bus_url is not None:
        check_bus_url(config.bus_url, plain=config.bus_plain)
    if (config.bus_certificate is None) != (config.bus_key is None):
        lacking = "bus_key" if config.bus_key is None else "bus_certificate"
        raise Invalid("bus_certificate and bus_key go together", param=lacking)


def _refuse(config: Config, prefix: str, why: str) -> None:
    """Settings that would be without effect have been given for another purpose."""
    for setting in fields(Config):
        value = getattr(config, setting.name)
        if setting.name.startswith(prefix) and value != setting.default:
            raise Invalid(f"{setting.name} {why}", param=setting.name)
