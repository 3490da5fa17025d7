"""The lab of a test."""
