"""Routes of what chargers are doing, of many at once: totals, and power over time."""
