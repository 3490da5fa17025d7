"""Commands to simulated chargers: queued, dispatched in order, concluded."""
