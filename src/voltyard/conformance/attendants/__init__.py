"""Attendants: ways in which what people do at a charger under test is done."""
