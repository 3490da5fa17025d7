"""Lines of a text that comes in parts."""


class LineReader:
    """Lines that are ended by newlines alone: httpx would break them at U+2028, too, which JSON may
    hold as it is."""

    def __init__(self) -> None:
        self._rest = b""

    def lines_of(self, part: bytes) -> list[str]:
        """The lines that a part brings to their end."""
        *whole, self._rest = (self._rest + part).split(b"\n")
        return [_text(line) for line in whole]

    def rest(self) -> list[str]:
        """The line without an end, where there is one."""
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []


def _text(line: bytes) -> str:
    return line.decode(errors="replace").removesuffix("\r")
