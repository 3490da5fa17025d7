"""`voltyard conform`: conformance cases, played against a CSMS or a charger."""
