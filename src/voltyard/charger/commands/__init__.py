"""Commands that people, nature and the CSMS give a simulated charger, and their results."""
