"""Vendor settings of a charger, as callers see and change them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from voltyard.yard.deployments.deployment import ChargerOptions

_WRITE_ONLY: Final = "WriteOnly"


def shown(options: ChargerOptions) -> list[dict[str, Any]]:
    """The vendor settings of a charger, without the values of what can only be written."""
    return [
        {name: value for name, value in one.items() if name != "value" or not _is_hidden(one)}
        for one in options.vendor_settings
    ]


def changed(
    before: ChargerOptions, given: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Any], ...]:
    """The settings given in place of those before. What can only be written was not shown, so
    whoever sends back what they were shown has no value to send: it stays."""
    kept = {_name(one): one["value"] for one in before.vendor_settings if "value" in one}
    settings = []
    for one in given:
        value = {} if "value" in one or not _is_hidden(one) else {"value": kept.get(_name(one), "")}
        settings.append({**one, **value})
    return tuple(settings)


def _is_hidden(one: Mapping[str, Any]) -> bool:
    return one.get("access") == _WRITE_ONLY


def _name(one: Mapping[str, Any]) -> tuple[Any, Any]:
    return one.get("name"), one.get("instance")
