"""Every setting the charger knows, by its wire names (1.6 section 9; 2.0.1 Part 2 section 2 and
its appendices), with the product's defaults: a module for each group. docs/charger.md has the same
table, in the order in which the groups are imported here; a test compares them.
"""

# ruff: noqa: F403, I001  (each group gives all that it has, and the order is the table's)
from voltyard.charger.variables.settings import Setting
from voltyard.charger.variables.standard.communication import *
from voltyard.charger.variables.standard.authorization import *
from voltyard.charger.variables.standard.transactions import *
from voltyard.charger.variables.standard.meter_values import *
from voltyard.charger.variables.standard.smart_charging import *
from voltyard.charger.variables.standard.station import *
from voltyard.charger.variables.standard.security import *
from voltyard.charger.variables.standard.declaring import DECLARED

ALL: tuple[Setting, ...] = tuple(DECLARED)
"""In the order of the table."""

BY_KEY: dict[str, Setting] = {setting.key.lower(): setting for setting in ALL if setting.key}
"""OCPP 1.6 keys, lower case (a CiString50)."""

BY_VARIABLE: dict[str, Setting] = {
    setting.variable.lower(): setting for setting in ALL if setting.variable
}
"""OCPP 2.x `component.variable[instance]`, lower case."""

BY_NAME: dict[str, Setting] = BY_KEY | BY_VARIABLE
"""Either view."""
