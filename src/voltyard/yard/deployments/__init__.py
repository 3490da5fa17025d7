"""Deployments: what each simulated charger is, and where it should run."""
