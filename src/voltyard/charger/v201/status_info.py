"""StatusInfo: why a request was not accepted."""

from voltyard.ocpp.v201 import messages as m

_LONGEST = 512
"""Characters of additionalInfo."""


def reason(code: str, text: str | None = None) -> m.StatusInfo:
    """A reason of Part 2, appendix 5, and more of it in words."""
    return m.StatusInfo(reason_code=code, additional_info=text[:_LONGEST] if text else None)
