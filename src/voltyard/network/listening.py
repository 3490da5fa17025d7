"""Sockets that listen, and what keeps them from it."""

import errno
import os
import socket

from voltyard.kernel.errors import Unavailable


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise taken(host, port, error) from error


def taken(host: str, port: int, error: OSError) -> Unavailable:
    """The error of a port on which nothing can listen, with what to do."""
    hint = (
        "another server may be running; choose other ports with --port and --ocpp-port, or "
        "VOLTYARD_PORT and VOLTYARD_OCPP_PORT"
        if error.errno == errno.EADDRINUSE
        else "--host takes an address of this machine"
    )
    # Below zero are the resolver's numbers; above, the words that come along repeat the address.
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    return Unavailable(f"cannot listen on {host}:{port}: {why}", hint=hint)
