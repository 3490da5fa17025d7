"""Routes of what a charger has said: its frames, and its trace."""
