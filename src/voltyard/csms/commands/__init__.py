"""Commands to chargers: sending, results at once, outcomes later."""
