"""Tariffs: their terms, the costs that come of them, and to whom they are assigned (block I)."""
