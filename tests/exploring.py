"""Examples that hypothesis draws: in `make test` few and always the same ones, in `make check`
many, from a seed that is printed.

CONTRIBUTING.md says how an example that fails is kept.
"""

from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

FIXED: Final = "fixed"
EXPLORE: Final = "explore"
"""Names of hypothesis' profiles; `--hypothesis-profile explore` takes the second."""

FEWER: Final = 10
"""Explored, a test has so many times the examples."""

AT_LEAST: Final = 5

TIMEOUT_S: Final = 1_200
"""Of a test with examples: one that fails is shrunk for 300 s (hypothesis' own bound), and then
played again."""


def register() -> None:
    """Make the profiles known, and take the fixed one.

    Neither judges speed. hypothesis draws from the constants of whatever modules of ours are
    loaded: the fixed examples would be others for a test that runs alone, for a clone elsewhere
    (a path with `tests` in it has no such constants) and after any change of the code.
    """
    patient = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile(
        FIXED, settings(max_examples=20, derandomize=True, database=None, **patient)
    )
    settings.register_profile(EXPLORE, settings(max_examples=500, print_blob=True, **patient))
    settings.load_profile(FIXED)


def forget_constants() -> None:
    """Keep hypothesis from drawing constants of loaded modules, which has no setting."""
    providers._get_local_constants = lambda: providers._local_constants


def is_exploring() -> bool:
    """Whether examples are drawn from a seed."""
    return settings.get_current_profile_name() == EXPLORE


def examples(explored: int) -> settings:
    """Decorates a test: so many examples when exploring, a tenth of them else."""
    count = explored if is_exploring() else max(AT_LEAST, explored // FEWER)
    return settings(max_examples=count)
