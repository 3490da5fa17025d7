"""The version of a firmware image, read from its first line, its file name or its hash."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from voltyard.charger.inputs import FirmwareImage

LONGEST_VERSION: Final = 50
"""BootNotification.firmwareVersion."""

_FIRST_LINE: Final = re.compile(
    rb"(?:[\w .-]{0,40}\b)?version[ \t]*[:=]?[ \t]*([0-9A-Za-z][!-~]{0,49})[ \t]*\r?\n",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)+(?:[-+][0-9A-Za-z.-]+)?")
_SUFFIX: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]*$")


def version_of(location: str, image: FirmwareImage) -> str:
    """The version an image gives itself: its first line where that is `version: X` (whatever stands
    before that word), else the number in the file's name (`yard-2.1.0.bin` is 2.1.0), else that
    name, else the beginning of its hash."""
    first = _FIRST_LINE.match(image.beginning)
    if first is not None:
        return first[1].decode("ascii")
    name = unquote(urlsplit(location).path).rstrip("/").rpartition("/")[2]
    stem = name
    while _SUFFIX.search(stem):
        stem = _SUFFIX.sub("", stem)
    number = _NUMBER.search(stem)
    if number is not None:
        return number[0][:LONGEST_VERSION]
    return (stem or name)[:LONGEST_VERSION] or image.sha256.hex()[:12]
