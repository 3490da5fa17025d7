"""The form of scenarios: its types, and reading, checking and writing of it."""
