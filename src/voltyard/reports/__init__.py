"""Reports of what was put to the test: verdicts, and the files that CI systems and people read."""
