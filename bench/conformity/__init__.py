"""Figures of conformance runs."""
