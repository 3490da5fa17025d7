"""A charger under test: the tester plays the CSMS, an attendant acts at the charger."""
