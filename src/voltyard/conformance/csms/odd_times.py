"""Times as OCPP allows them to be written, and as most of its users write them."""

import re
from typing import Final

from voltyard.conformance.wire.message import fitting
from voltyard.kernel.time import Instant, to_rfc3339

_PLAIN: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")

IS_PLAIN: Final = fitting(
    "a time such as 2026-01-05T10:00:00Z",
    lambda value: isinstance(value, str) and bool(_PLAIN.fullmatch(value)),
)


def with_offset(moment: Instant) -> str:
    """The moment in the time of a place two hours east of Greenwich."""
    return to_rfc3339(moment + 2 * 3600).replace("Z", "+02:00")


def with_microseconds(moment: Instant) -> str:
    """The moment with six digits of a second."""
    return to_rfc3339(moment).split(".")[0].rstrip("Z") + ".123456Z"
