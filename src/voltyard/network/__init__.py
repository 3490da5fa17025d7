"""Links over sockets and in memory, bad ones over any of them, posts, transfers, TLS."""
