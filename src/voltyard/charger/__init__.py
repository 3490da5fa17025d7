"""The simulated charger: a machine of inputs, effects and a deadline, made of smaller ones."""
