"""Every setting the charger knows, by its wire names (1.6 section 9; 2.0.1 Part 2 section 2 and
its appendices), with the product's defaults: a module for each group. docs/charger.md has the same
table, in the order in which the groups are imported here; a test compares them.
"""

# ruff: noqa: F403, I001  (each group gives all that it has, and the order is the table's)
from voltyard.charger.settings import Setting
from voltyard.charger.standard.link import *
from voltyard.charger.standard.authorization import *
from voltyard.charger.standard.transactions import *
from voltyard.charger.standard.meter_values import *
from voltyard.charger.standard.smart_charging import *
from voltyard.charger.standard.station import *
from voltyard.charger.standard.security import *
from voltyard.charger.standard.making import MADE

ALL: tuple[Setting, ...] = tuple(MADE)
"""In the order of the table."""

BY_KEY: dict[str, Setting] = {setting.key.lower(): setting for setting in ALL if setting.key}
"""OCPP 1.6 keys, lower case (a CiString50)."""

BY_VARIABLE: dict[str, Setting] = {
    setting.variable.lower(): setting for setting in ALL if setting.variable
}
"""OCPP 2.x `component.variable[instance]`, lower case."""

BY_NAME: dict[str, Setting] = BY_KEY | BY_VARIABLE
"""Either view."""
