"""The client of the server that commands of the terminal share, and the key it sends."""
