"""The fleet: its options, its chargers, and what is shown of it."""
