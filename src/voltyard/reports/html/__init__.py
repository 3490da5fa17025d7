"""The report as one HTML file, which opens offline."""
