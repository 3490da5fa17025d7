"""Customers as a charger knows them (2.0.1 N09, N10)."""
