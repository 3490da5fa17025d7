"""Plans of load runs: stages, calls and sessions, as data and as they are written."""
