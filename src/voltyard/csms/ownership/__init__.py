"""Ownership of chargers among processes of one backend: who has them, taking and releasing them."""
