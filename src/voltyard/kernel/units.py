"""Quantities. Names carry the unit last (`power_w`); these aliases say the same to the types."""

from typing import TypeAlias

Watts: TypeAlias = float
WattHours: TypeAlias = float
Amperes: TypeAlias = float
Volts: TypeAlias = float
Percent: TypeAlias = float

WH_PER_KWH = 1_000.0
W_PER_KW = 1_000.0
JOULES_PER_WH = 3_600.0
