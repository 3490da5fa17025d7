"""Links over sockets and in memory, bad ones, the front of REST, posts, transfers, TLS."""
