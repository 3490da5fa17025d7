"""TLS settings of a charger's link: its trusted roots and its own certificate. Values only."""

import sys
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """TLS settings of a client; all of it PEM text."""

    ca: str | None = None
    """Certificates to trust, in place of the system's; empty: none is trusted."""
    beside_system: bool = False
    """`ca` is trusted beside the system's certificates, not in their place."""
    verify_hostname: bool = True
    """True where the server's certificate must be made out to the host that was dialled."""
    client_certificate: str | None = None
    """The client's own, and then those that lead to its root (security profile 3)."""
    client_key: str | None = field(default=None, repr=False)
    """The private key of client_certificate, not encrypted. A secret."""

    def __post_init__(self) -> None:
        # A fleet has one root, and ten thousand copies of its text would be megabytes.
        for name in ("ca", "client_certificate"):
            text = getattr(self, name)
            if isinstance(text, str):
                object.__setattr__(self, name, sys.intern(text))


SYSTEM_TRUST = Tls()
"""Servers are judged by the system's trust store, and nothing is shown to them."""
