"""Links that carry text frames: in memory, by picows, and faulty ones over any of them."""
