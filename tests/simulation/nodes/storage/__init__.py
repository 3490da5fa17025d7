"""Tests of the simulated database."""
