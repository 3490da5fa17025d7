"""The one tree of settings: name, default, unit and help."""
