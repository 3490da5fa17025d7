"""The one tree of settings: name, default, unit and help. Read once, at the start, and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints
from urllib.parse import urlsplit

from voltyard.kernel import limits
from voltyard.kernel.addressing import addresses
from voltyard.kernel.addressing.hosts import is_loopback
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds

ENVIRONMENT_PREFIX = "VOLTYARD_"

_OF_WORKERS = ("WORKER_NAME", "WORKER_AWAY_S", "WORKER_QUIET", "CONTROL_TOKEN_FILE")
"""Variables of `voltyard worker` alone, which may be set beside the server's."""

_OF_TESTS = "TEST_"
"""Begins what only the tests read."""

_KEY_CHARACTERS = 16

_MOST_CA_DAYS = 36_500

_OWN_WORKERS = 2

_OF_TLS_DOOR = (
    "ocpp_client_ca",
    "ocpp_tls_port",
    "ocpp_tls_second_certificate",
    "ocpp_tls_rsa_key_exchange",
    "ocpp_client_recorded_only",
)

PROVIDERS = ("inline", "process", "ecs")

_ECS_NEEDED = ("ecs_cluster", "ecs_image", "ecs_subnets", "ecs_token_secret", "control_url")

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


def _setting(default: Any, help: str, *, is_secret: bool = False) -> Any:
    return field(default=default, metadata={"help": help}, repr=not is_secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one server. Each field is also an environment variable: VOLTYARD_<FIELD>."""

    data: Path = _setting(Path("data"), "Directory of the database and of the first key.")
    host: str = _setting("127.0.0.1", "Address to listen on, for REST and for chargers.")
    port: int = _setting(8080, "Port of REST and of the page; 0 takes a free one.")
    ocpp_port: int = _setting(9000, "Port of the charger socket; 0 takes a free one.")
    token: str | None = _setting(
        None, "The first admin key; one is made where none is given.", is_secret=True
    )
    database_url: str | None = _setting(
        None,
        "sqlite:///... or postgresql://...; SQLite in the data directory if absent.",
        is_secret=True,
    )
    bus_url: str | None = _setting(
        None,
        "Message bus between processes: there is none yet, and a value is refused.",
        is_secret=True,
    )
    public_ocpp_url: str | None = _setting(
        None, "What chargers are told to dial, where it differs from host and port."
    )
    shed_logs: bool = _setting(
        True,
        "Whether the message logs may leave out messages while the database does not keep up, and "
        "say how many; else chargers are not read until it does.",
    )
    egress_networks: tuple[str, ...] = _setting(
        (),
        "Networks (CIDR), with commas between, that organizations other than default may have the "
        "server dial though they are not public: for ws_url, files, webhooks and hooks.",
    )
    quota_chargers: int | None = _setting(
        None, "Chargers of an organization; no bound if absent. Over REST each may have its own."
    )
    quota_deployments: int | None = _setting(None, "Simulated chargers.")
    quota_frames_per_second: int | None = _setting(
        None, "Frames a second read of an organization's chargers; beyond it links wait."
    )
    quota_stored_mb: int | None = _setting(
        None,
        "Megabytes of files and history together, as estimated; beyond it no file is taken, and "
        "the organization's oldest history goes.",
    )
    quota_webhooks: int | None = _setting(limits.WEBHOOKS, "Webhooks of an organization.")
    quota_streams: int | None = _setting(limits.EVENT_STREAMS, "Event streams open at a time.")
    drain_s: Seconds = _setting(5.0, "Seconds a stopping server gives to what is in flight.")
    rest_tls_certificate: Path | None = _setting(
        None,
        "PEM file: the certificate of REST and of the page, then those that lead to its root; with "
        "it they are https://.",
    )
    rest_tls_key: Path | None = _setting(None, "PEM file: the private key of that certificate.")
    trusted_proxies: tuple[str, ...] = _setting(
        (),
        "Addresses and networks of the proxies before this server, with commas between: their "
        "X-Forwarded-For and X-Forwarded-Proto say who a client is, and whether it came by https.",
    )
    rest_connections: int = _setting(
        4_096,
        "Connections to REST at a time, at most an eighth of the descriptors the process may open; "
        "beyond it the longest silent gives way.",
    )
    rest_connections_per_address: int = _setting(
        512, "The same of one address, at most half of all; trusted_proxies have no such bound."
    )
    ocpp_tls_certificate: Path | None = _setting(
        None,
        "PEM file: the charger socket's certificate, then those that lead to its root; with it the "
        "socket is wss://, or a second one is (ocpp_tls_port).",
    )
    ocpp_tls_key: Path | None = _setting(None, "PEM file: the private key of that certificate.")
    ocpp_tls_second_certificate: Path | None = _setting(
        None,
        "PEM file: a second certificate with the other kind of key (RSA beside ECDSA); a charger "
        "is shown the one it can verify.",
    )
    ocpp_tls_second_key: Path | None = _setting(None, "PEM file: the private key of that one.")
    ocpp_tls_rsa_key_exchange: bool = _setting(
        False,
        "Whether chargers may come by the cipher suites TLS_RSA_WITH_AES_..._GCM (A00.FR.317), "
        "which have no forward secrecy.",
    )
    ocpp_client_ca: Path | None = _setting(
        None,
        "PEM file: roots of chargers' certificates; with it only chargers that have one come in, "
        "or with ocpp_tls_port also those of profiles below 3.",
    )
    ocpp_client_recorded_only: bool = _setting(
        False,
        "Whether chargers come in with certificates alone that were issued here and are on record; "
        "else also with others of ocpp_client_ca, by their names.",
    )
    ocpp_tls_port: int | None = _setting(
        None,
        "Port of a second charger socket, wss:// alone, beside a plain one at ocpp_port: for "
        "chargers of all security profiles at once; 0 takes a free one. Without it ocpp_port is "
        "the only one.",
    )
    public_ocpp_tls_url: str | None = _setting(
        None, "The same as public_ocpp_url for that second socket."
    )
    provider: str = _setting(
        "inline",
        "Where chargers run: inline (in the server), process (in workers) or ecs (each in an ECS "
        "service of AWS).",
    )
    workers: int | None = _setting(
        None,
        "Worker processes the server keeps itself, with the provider process; 2 if absent, 0 where "
        "workers run elsewhere alone.",
    )
    control_url: str | None = _setting(
        None,
        "What workers dial, ws://host:port or wss://host:port, where it differs from host and "
        "ocpp_port.",
    )
    control_token: str | None = _setting(
        None,
        "What workers show to be let in; kept in DATA/control-token and made there if absent.",
        is_secret=True,
    )
    control_plain: bool = _setting(
        False, "Whether workers of other machines may come over ws://: the network is trusted."
    )
    control_ca: Path | None = _setting(
        None, "PEM file: roots the server's own workers trust, where it is wss:// they dial."
    )
    control_certificate: Path | None = _setting(
        None, "PEM file: what the server's own workers show where ocpp_client_ca is set."
    )
    control_key: Path | None = _setting(None, "PEM file: the private key of that certificate.")
    ecs_cluster: str | None = _setting(None, "Name or ARN of the cluster.")
    ecs_image: str | None = _setting(None, "Image of the worker, as the cluster fetches it.")
    ecs_subnets: tuple[str, ...] = _setting((), "Ids of subnets, with commas between.")
    ecs_security_groups: tuple[str, ...] = _setting(
        (), "Ids of security groups, with commas between; the network's own if absent."
    )
    ecs_token_secret: str | None = _setting(
        None, "ARN of the secret of AWS Secrets Manager that holds the control token."
    )
    ecs_execution_role: str | None = _setting(
        None, "ARN of the role with which ECS fetches the image and the secret."
    )
    ecs_region: str | None = _setting(None, "Region; as AWS's own settings say if absent.")
    ecs_cpu: str = _setting("256", "CPU units of a task.")
    ecs_memory: str = _setting("512", "Mebibytes of memory of a task.")
    ecs_public_ip: bool = _setting(False, "Whether tasks get a public address.")
    files: bool = _setting(
        False,
        "Whether chargers may upload diagnostics to this server and fetch firmware from it, over "
        "the port of REST.",
    )
    public_url: str | None = _setting(
        None, "Where chargers reach that port, where it differs from host and port."
    )
    ca_certificate: Path | None = _setting(
        None,
        "PEM file: the authority that signs the certificates chargers ask for, then those that "
        "lead to its root.",
    )
    ca_key: Path | None = _setting(None, "PEM file: the private key of that authority.")
    own_ca: bool = _setting(
        True,
        "Whether the server makes an authority of its own (authority.pem and authority.key in the "
        "data directory) for the first charger that asks, where ca_certificate names none. Off: "
        "such requests are rejected.",
    )
    ca_days: float = _setting(365.0, "Days for which a charger's certificate holds.")
    log_retention_days: float = _setting(
        30.0,
        "Days for which the gateway's frames and ended commands are kept; the backend's history "
        "has a setting of each organization for that.",
    )
    log_rows: int = _setting(
        5_000_000, "Frames kept in each half's log; beyond it the oldest go, however young."
    )
    log_mb: int = _setting(
        10_000,
        "Megabytes of frames kept in each half's log, as estimated from a sample; beyond it the "
        "oldest go. The database's file does not shrink: its free pages are used again.",
    )
    event_retention_days: float = _setting(
        30.0, "Days for which events of either half, and the log of webhooks, are kept."
    )
    event_rows: int = _setting(
        1_000_000,
        "Events of each half, and lines of the log of webhooks, that are kept; beyond it the "
        "oldest go, however young.",
    )
    event_mb: int = _setting(2_000, "The same in megabytes, as estimated.")
    audit_retention_days: float = _setting(
        365.0, "Days for which the audit log is kept: who changed what over REST."
    )
    audit_mb: int = _setting(200, "Megabytes of it, as estimated; beyond it the oldest go.")
    meter_value_mb: int = _setting(
        10_000,
        "Megabytes of meter values kept, as estimated; beyond it the oldest go, but none of a "
        "transaction that is open.",
    )
    history_mb: int = _setting(
        1_000,
        "Megabytes kept of each other history, as estimated: connections, commands of either half, "
        "reservations, data transfers.",
    )
    charger_quota_percent: float = _setting(
        100.0,
        "Percent of each of these bounds that the rows of one charger may take, also while there "
        "is room for more.",
    )
    organization_quota_percent: float = _setting(100.0, "The same for one organization.")
    disk_low_mb: int = _setting(
        500,
        "Megabytes of free disk below which the logs of frames are cut until the database has so "
        "much room again, free pages of its file included; 0: never. Of SQLite only.",
    )

    @property
    def own_workers(self) -> int:
        """The number of worker processes that the server keeps itself."""
        if self.provider != "process":
            return 0
        return _OWN_WORKERS if self.workers is None else self.workers

    @property
    def lets_workers_in_from_afar(self) -> bool:
        """True where workers of other machines may come: over TLS alone, or in plain if allowed."""
        return self.control_plain or self.is_tls_alone

    @property
    def is_tls_alone(self) -> bool:
        """True where there is no plain charger socket."""
        return self.ocpp_tls_certificate is not None and self.ocpp_tls_port is None


def from_environment(environment: Mapping[str, str], **given: Any) -> Config:
    """Settings from the environment; what is `given` and not None has precedence.

    Invalid where a value cannot be read, naming its variable.
    """
    values: dict[str, Any] = {}
    for setting in fields(Config):
        if given.get(setting.name) is not None:
            values[setting.name] = given[setting.name]
            continue
        text = environment.get(ENVIRONMENT_PREFIX + setting.name.upper())
        if text:
            values[setting.name] = _read(setting.name, text)
    config = Config(**values)
    _check(config)
    return config


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str | None]:
    """The variables that look like ours and are none, each with the nearest of ours, where there
    is one that is near."""
    known = [*(setting.name.upper() for setting in fields(Config)), *_OF_WORKERS]
    unknown: dict[str, str | None] = {}
    for variable in environment:
        name = variable.removeprefix(ENVIRONMENT_PREFIX)
        if name != variable and name not in known and not name.startswith(_OF_TESTS):
            near = get_close_matches(name.upper(), known, n=1)
            unknown[variable] = ENVIRONMENT_PREFIX + near[0] if near else None
    return unknown


def _read(name: str, text: str) -> Any:
    """A setting's value, by the type of its field."""
    variable = ENVIRONMENT_PREFIX + name.upper()
    hint = _types()[name]
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    try:
        if bool in kinds:
            return _is_true(variable, name, text)
        if tuple[str, ...] in kinds:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        for kind in (int, float, Path):
            if kind in kinds:
                return kind(text)
    except ValueError:
        raise Invalid(f"{variable} is not a number: {text!r}", param=name) from None
    return text


@cache
def _types() -> dict[str, Any]:
    return get_type_hints(Config)


def _is_true(variable: str, name: str, text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0", "on", "off"):
        raise Invalid(f"{variable} is neither true nor false: {text!r}", param=name)
    return text.lower() in ("true", "1", "on")


def _check(config: Config) -> None:
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
    addresses.networks(config.egress_networks, "egress_networks")
    _check_tls(config)
    _check_runtimes(config)
    if config.bus_url:
        raise Invalid(
            "bus_url names a bus, and this version has none: it is one process",
            param="bus_url",
            hint="leave VOLTYARD_BUS_URL away",
        )
    if config.token and len(config.token) < _KEY_CHARACTERS and not is_loopback(config.host):
        raise Invalid(
            f"token is too short a key for a server that listens on {config.host}",
            param="token",
            hint=f"give at least {_KEY_CHARACTERS} characters, or listen on 127.0.0.1",
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
    addresses.networks(config.trusted_proxies, "trusted_proxies")


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
    _check_control(config)
    if config.provider == "ecs":
        for name in _ECS_NEEDED:
            if not getattr(config, name):
                raise Invalid(
                    f"the provider ecs needs {name}",
                    param=name,
                    hint=f"set {ENVIRONMENT_PREFIX}{name.upper()}",
                )
    else:
        _refuse(config, "ecs_", f"goes with the provider ecs, and this is {config.provider}")


def _check_control(config: Config) -> None:
    if config.provider == "inline":
        _refuse(config, "control_", "goes with the providers process and ecs, and this is inline")
    if config.control_url is not None and not _is_endpoint(config.control_url):
        raise Invalid(
            "control_url must be of the form ws://host:port or wss://host:port",
            param="control_url",
        )
    if (config.control_certificate is None) != (config.control_key is None):
        lacking = "control_key" if config.control_key is None else "control_certificate"
        raise Invalid("control_certificate and control_key go together", param=lacking)
    if not config.is_tls_alone or not config.own_workers:
        return
    if config.control_url is None:
        raise Invalid(
            "the charger socket speaks TLS: its own workers need control_url",
            param="control_url",
            hint="wss:// with a name its certificate is made out to; control_ca names its root",
        )
    if config.ocpp_client_ca is not None and config.control_certificate is None:
        raise Invalid(
            "ocpp_client_ca lets in nobody without a certificate, and the workers have none",
            param="control_certificate",
            hint="give them control_certificate and control_key",
        )


def _is_endpoint(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
    except ValueError:
        return False
    return parts.scheme in ("ws", "wss") and bool(parts.hostname) and "@" not in parts.netloc


def _refuse(config: Config, prefix: str, why: str) -> None:
    """Settings that would be without effect have been given for another purpose."""
    for setting in fields(Config):
        value = getattr(config, setting.name)
        if setting.name.startswith(prefix) and value != setting.default:
            raise Invalid(f"{setting.name} {why}", param=setting.name)
