"""Stand-ins in memory for adapters, held to the contracts of their ports."""
