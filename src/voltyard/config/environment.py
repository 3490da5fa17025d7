"""Settings from the environment, and from what the command line gives."""

from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

from voltyard.config.checks import check
from voltyard.config.config import ENVIRONMENT_PREFIX, Config
from voltyard.kernel.errors import Invalid

_OF_WORKERS = ("WORKER_NAME", "WORKER_AWAY_S", "WORKER_QUIET", "BUS_URL_FILE")
"""Variables of `voltyard worker` alone, which may be set beside the server's."""

_OF_PYTEST = ("CSMS_URL", "CSMS_PASSWORD", "IDENTITIES", "ARTIFACTS", "SEED", "TIMEOUT")
"""Variables of the pytest plugin, likewise."""

_OF_TESTS = "TEST_"
"""Begins what only the tests read."""


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
    check(config)
    return config


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str | None]:
    """The variables that look like ours and are none, each with the nearest of ours, where there
    is one that is near."""
    known = [*(setting.name.upper() for setting in fields(Config)), *_OF_WORKERS, *_OF_PYTEST]
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
