"""The bus: in memory, and over NATS."""
