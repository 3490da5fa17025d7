"""The one tree of settings: name, default, unit and help. Read once, at the start, and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds

ENVIRONMENT_PREFIX = "VOLTYARD_"

_KEY_CHARACTERS = 16


def _setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How one server runs. Each field is also an environment variable: VOLTYARD_<FIELD>."""

    data: Path = _setting(Path("data"), "Directory of the database and of the first key.")
    host: str = _setting("127.0.0.1", "Address to listen on, for REST and for chargers.")
    port: int = _setting(8080, "Port of REST and of the page; 0 takes a free one.")
    ocpp_port: int = _setting(9000, "Port of the charger socket; 0 takes a free one.")
    token: str | None = _setting(None, "The first admin key; one is made where none is given.")
    database_url: str | None = _setting(
        None, "SQLAlchemy URL; SQLite in the data directory if absent."
    )
    bus_url: str | None = _setting(None, "Message bus between processes; in memory if absent.")
    public_ocpp_url: str | None = _setting(
        None, "What chargers are told to dial, where it differs from host and port."
    )
    links: str = _setting(
        "picows", "WebSocket library of the charger socket: picows or websockets."
    )
    drain_s: Seconds = _setting(5.0, "Seconds a stopping server gives to what is in flight.")


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


def _read(name: str, text: str) -> Any:
    variable = ENVIRONMENT_PREFIX + name.upper()
    try:
        match name:
            case "port" | "ocpp_port":
                return int(text)
            case "drain_s":
                return float(text)
            case "data":
                return Path(text)
            case _:
                return text
    except ValueError:
        raise Invalid(f"{variable} is not a number: {text!r}", param=name) from None


def _check(config: Config) -> None:
    for name in ("port", "ocpp_port"):
        if not 0 <= getattr(config, name) <= 65_535:
            raise Invalid(f"{name} must be between 0 and 65535", param=name)
    if config.port and config.port == config.ocpp_port:
        raise Invalid("port and ocpp_port must differ", param="ocpp_port")
    if config.links not in ("picows", "websockets"):
        raise Invalid("links must be picows or websockets", param="links")
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


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    return host == "localhost" or host == "::1" or host.startswith("127.")


def in_url(host: str) -> str:
    """An address as a client on this machine would write it: wildcards become loopback, IPv6 gets
    its brackets."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
