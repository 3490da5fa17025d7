"""Verbs: one command of the terminal for each command of a simulated charger."""
