"""`voltyard trace`: a recorded conversation as one HTML file."""
