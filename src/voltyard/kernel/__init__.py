"""Time, units, ids, seeds, deadlines, limits and errors; the standard library alone."""
