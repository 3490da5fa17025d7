"""Stories of 2.0.1, a module for some of its blocks: a simulated charger before a foreign CSMS."""
