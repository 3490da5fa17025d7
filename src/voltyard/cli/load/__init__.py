"""Load: its options, its face on a terminal, and its report."""
