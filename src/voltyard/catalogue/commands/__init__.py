"""Commands of the simulated charger, each declared once."""
