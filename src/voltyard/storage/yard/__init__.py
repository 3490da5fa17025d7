"""The yard's repositories."""
