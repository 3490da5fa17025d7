"""Runtimes of simulated chargers: the host, and providers that start and stop it."""
