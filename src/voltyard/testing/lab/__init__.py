"""The lab of a test: its organization on a warm server, and handles for both halves."""
