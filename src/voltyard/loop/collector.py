"""Tuning of the garbage collector for a process that holds much and drops little.

A full collection looks at everything that lives: with a thousand chargers it stopped a server for
a third of a second, and found next to nothing, as nearly all that ends is freed when its last
reference goes.
"""

import gc
from typing import Final

_THRESHOLDS: Final = (10_000, 10, 100)
"""Objects more than before a first look; first looks before a second; second looks before a full
one. So a full one comes after ten million objects more, and the others stay short."""


def tune() -> None:
    """Have the collector look less often; what is there already is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
