"""Load: stages of many chargers against a CSMS, with latencies and thresholds."""
