"""Virtual time: the loop, histories under random faults, and the checkers of invariants."""
