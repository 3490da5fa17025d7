"""A CSMS under test: the tester plays the charging station, an operator has the CSMS act."""
