"""Commands about the backend: its chargers, transactions, tags and calls."""
