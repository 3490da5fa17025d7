"""Id tokens at the charger: card readers, local list, authorization cache (blocks C and D)."""
