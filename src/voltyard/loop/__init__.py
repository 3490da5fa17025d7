"""Parts that run on an event loop: timer wheel, fair turns, rounds, start."""
