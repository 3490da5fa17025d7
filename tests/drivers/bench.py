"""What tests of drivers share."""

from voltyard.drivers.tags import TagSource, drivers_named


def any_of(count: int) -> TagSource:
    """One of so many drivers' tags."""
    return lambda random: random.choice(drivers_named(count))
