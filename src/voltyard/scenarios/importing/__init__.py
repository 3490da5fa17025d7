"""Import of other simulators' scenario files."""
