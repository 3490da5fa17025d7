"""Cases of OCPP 2.0.1 for a charging station beyond OCTT's: what CSMSs in the field do to it."""

from voltyard.conformance.charger.v201.beyond import negative

CASES = (*negative.CASES,)
