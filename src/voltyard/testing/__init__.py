"""Public helpers for tests, ours and those of users; the pytest plugin."""
