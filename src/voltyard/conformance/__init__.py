"""Conformance: cases of OCPP, played against a CSMS or a charger, and their verdicts."""
