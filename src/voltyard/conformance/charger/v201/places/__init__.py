"""EVSEs and connectors: their statuses, their availability, and who has reserved them (blocks G and
H)."""

from voltyard.conformance.charger.v201.places import availability, reservation

CASES = (*availability.CASES, *reservation.CASES)
