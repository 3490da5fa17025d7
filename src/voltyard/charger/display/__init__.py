"""The charger's display: messages that the CSMS has shown on it (2.0.1 Part 2 block O)."""
