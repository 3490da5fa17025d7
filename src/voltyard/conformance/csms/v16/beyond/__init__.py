"""Cases of OCPP 1.6 for a CSMS beyond OCTT's: what chargers in the field do to it."""

from voltyard.conformance.csms.v16.beyond import clock, negative, overload, quirks, reconnects

CASES = (*negative.CASES, *clock.CASES, *reconnects.CASES, *overload.CASES, *quirks.CASES)
