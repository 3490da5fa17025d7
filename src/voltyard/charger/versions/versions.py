"""The versions of OCPP: each with its dialect, its handlers, and its view of the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from voltyard.charger.v16 import requests as requests_16
from voltyard.charger.v16.dialect import V16_DIALECT
from voltyard.charger.v16.variables import Configuration16
from voltyard.charger.v201 import requests as requests_201
from voltyard.charger.v201.dialect import V201_DIALECT
from voltyard.charger.v201.monitoring.values import MonitoringRound201
from voltyard.charger.v201.variables import Variables201
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.charger.versions.dialect import ChargerDialect, Refusal
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.ocpp.payload import Payload


class Configurable(Protocol):
    """A version's view of the settings: 1.6 configuration keys, 2.x variables."""

    def configure(self, name: str, text: str) -> str:
        """Change a setting by its name in this version; Accepted, Rejected, RebootRequired, ..."""


class MonitoringRound(Protocol):
    """A round in which all monitors are compared with what they watch."""

    def happen(self) -> None:
        """Compare them."""


@dataclass(slots=True)
class NoMonitoringRound:
    """The round of a version without monitors."""

    def happen(self) -> None:
        """Nothing is compared."""


class ChargerVersion(Struct, frozen=True, kw_only=True):
    """One version of OCPP, as the charger has it."""

    dialect: ChargerDialect
    handler_of: Callable[[ChargerSettings, type[Payload]], RequestHandler | Refusal | None]
    """The handler of a request; None where the charger does not support it."""
    configuration: type[Configurable]
    """A group of handlers."""
    monitoring_round: type[MonitoringRound] = NoMonitoringRound
    """A group too."""


_VERSIONS: dict[str, ChargerVersion] = {
    "1.6": ChargerVersion(
        dialect=V16_DIALECT, handler_of=requests_16.handler_of, configuration=Configuration16
    ),
    "2.0.1": ChargerVersion(
        dialect=V201_DIALECT,
        handler_of=requests_201.handler_of,
        configuration=Variables201,
        monitoring_round=MonitoringRound201,
    ),
}


def version_of(name: str) -> ChargerVersion:
    """The version of that name."""
    return _VERSIONS[name]
