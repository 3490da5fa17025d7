"""Cases of OCPP 1.6 for a charger beyond OCTT's: what CSMSs in the field do to it."""

from voltyard.conformance.charger.v16.beyond import negative

CASES = (*negative.CASES,)
