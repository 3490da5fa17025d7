"""Commands that people and nature give a simulated charger, and their results."""
