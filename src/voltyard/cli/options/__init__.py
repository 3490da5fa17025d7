"""Options that several commands of the terminal share."""
