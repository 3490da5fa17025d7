"""What a charger knows of its customers (2.0.1 N09, N10)."""
