"""Port of the clock: where the shells get the moment they hand to the machines."""

from collections.abc import Callable
from typing import TypeAlias

from voltyard.kernel.time import Instant

Clock: TypeAlias = Callable[[], Instant]
"""Source of the moments that the shells hand to the machines."""
