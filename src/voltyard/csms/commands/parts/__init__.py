"""Commands that go to a charger in parts: settings read, monitors set and removed."""
