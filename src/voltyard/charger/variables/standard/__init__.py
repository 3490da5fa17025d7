"""Every setting the charger knows, by its wire names (1.6 section 9; 2.0.1 Part 2 section 2 and
its appendices), with the product's defaults: a module for each group. docs/charger.md has the same
table, in the order of the groups; a test compares them.
"""

from voltyard.charger.variables.settings import Setting
from voltyard.charger.variables.standard import (
    authorization,
    communication,
    display,
    iso15118,
    meter_values,
    monitoring,
    security,
    smart_charging,
    station,
    tariff_cost,
    transactions,
)

_GROUPS = (
    communication,
    authorization,
    transactions,
    meter_values,
    smart_charging,
    tariff_cost,
    station,
    display,
    security,
    iso15118,
    monitoring,
)

ALL: tuple[Setting, ...] = tuple(
    one for group in _GROUPS for one in vars(group).values() if isinstance(one, Setting)
)
"""In the order of the table."""

BY_KEY: dict[str, Setting] = {setting.key.lower(): setting for setting in ALL if setting.key}
"""OCPP 1.6 keys, lower case (a CiString50)."""

BY_VARIABLE: dict[str, Setting] = {
    setting.variable.lower(): setting for setting in ALL if setting.variable
}
"""OCPP 2.x `component.variable[instance]`, lower case."""

BY_NAME: dict[str, Setting] = BY_KEY | BY_VARIABLE
"""Either view."""
