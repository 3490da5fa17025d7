"""Operators: ways in which a CSMS under test is asked to act."""
