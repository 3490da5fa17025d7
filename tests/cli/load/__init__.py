"""Tests of `voltyard load`."""
