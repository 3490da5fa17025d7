"""Hosts as settings name them, to listen on and to be told of."""


def is_loopback(host: str) -> bool:
    """True where only this machine can reach what listens there."""
    return host == "localhost" or host == "::1" or host.startswith("127.")


def is_wildcard(host: str) -> bool:
    """True where what listens there is reached at all addresses of this machine."""
    return host in ("0.0.0.0", "::", "")


def in_url(host: str) -> str:
    """An address as a client on this machine would write it: wildcards become loopback, IPv6 gets
    its brackets."""
    if is_wildcard(host):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
