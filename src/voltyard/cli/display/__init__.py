"""Output of commands: tables on a terminal, plain text in a pipe, and JSON."""
