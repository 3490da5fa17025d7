"""Quirks at work: a charger that misbehaves, made of an honest one and what is done to its
happenings and effects. The honest one knows nothing of it."""
