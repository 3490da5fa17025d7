"""Figures of Voltyard, measured by `python -m bench` beside a peer in the same run."""
