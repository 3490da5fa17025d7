"""Tests of the simulation of a server and its nodes."""
