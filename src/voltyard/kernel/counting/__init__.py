"""Counts of what recurs: bounded, and told now and then."""
