"""The live view of a fleet (`voltyard top`)."""
