"""Invariants of a server and its nodes, watched while a history is played."""
