"""The published proof: docs/conformance.md, made from the list of cases and stored verdicts."""
