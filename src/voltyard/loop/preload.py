"""Preloading of modules in a thread, before the event loop needs them."""

from importlib import import_module
from threading import Timer
from typing import Final

from voltyard.kernel.time import Seconds

_MODULES: Final = (
    "cryptography.x509.ocsp",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "cryptography.hazmat.primitives.serialization",
    "cryptography.hazmat.backends.openssl.backend",
)
"""Modules that the first certificate needs: a tenth of a second, and seconds from a disk that is
busy, in which no charger of the loop would be served."""

AFTER_S: Final[Seconds] = 5.0
"""From the start, which is not to wait for it."""


def preload(after_s: Seconds = AFTER_S) -> Timer:
    """Begin so long after now; to be cancelled where the process ends before."""
    timer = Timer(after_s, _read_in)
    timer.daemon = True
    timer.start()
    return timer


def _read_in() -> None:
    for name in _MODULES:
        import_module(name)
