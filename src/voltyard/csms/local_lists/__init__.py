"""Local authorization lists, delivered to chargers in parts."""
