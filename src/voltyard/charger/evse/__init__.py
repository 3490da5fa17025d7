"""EVSEs and connectors: plug, power path, metering, status notifications (blocks G and J)."""
