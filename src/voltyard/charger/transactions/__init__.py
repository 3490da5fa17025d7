"""Transactions: begin, end, meter values, and the queue while offline (blocks E and J)."""
