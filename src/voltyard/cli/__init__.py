"""The `voltyard` command, a client of the server and the tools beside it."""
