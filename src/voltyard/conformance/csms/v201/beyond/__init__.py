"""Cases of OCPP 2.0.1 for a CSMS beyond OCTT's: what chargers in the field do to it."""

from voltyard.conformance.csms.v201.beyond import clock, negative, overload, quirks, reconnects

CASES = (*negative.CASES, *clock.CASES, *reconnects.CASES, *overload.CASES, *quirks.CASES)
