"""Transactions: their rows, registers, and the energy delivered."""
