"""Walks a document: runs what its console blocks type, and compares what they show.

A block ```bash is pasted as a whole, byte for byte; a block ```text right below it is what it
prints, and without one it prints nothing. A block ```console holds commands, each after `$ ` and
followed by what it prints; a command goes on over as many lines as bash would read of it. In what
is shown, `...` stands for anything. A block ```python NAME is a file of that name, written where it
stands. A block ```console 1.6 or ```console 2.0.1 is walked with that version of OCPP alone.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from voltyard.testing.processes import ServerProcess, free_port

_BLOCK = re.compile(
    r"^```(?:(bash|console)(?: (1\.6|2\.0\.1))?|python (\S+))\n(.*?)^```$"
    r"(?:\n\n?^```text\n(.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
_PATIENCE_S = 120.0
_MARK = "-- end of step --"
_PROGRESS = re.compile(r"^\S+: [\d.,]+ of [\d.,]+\b.*\n?", re.MULTILINE)
"""Progress on standard error of what takes longer than two seconds, which varies by machine."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command and what the document says it prints."""

    command: str
    shown: str

    def matches(self, printed: str) -> bool:
        """Whether this was printed, as far as the document says."""
        parts = [re.escape(part) for part in self.shown.strip().split("...")]
        pattern = re.compile(".*?".join(parts), re.DOTALL)
        seen = (printed, _PROGRESS.sub("", printed))
        return any(pattern.fullmatch(one.strip()) is not None for one in seen)

    @property
    def only_reads(self) -> bool:
        """Whether it may be typed again until what it waits for has come."""
        return "ask " in self.command and not _WRITES.search(self.command)


def steps(document: Path, version: str = "1.6") -> Iterator[Step]:
    """Every command of the document, in order, for that version of OCPP."""
    for kind, of_version, file, block, shown in _BLOCK.findall(document.read_text()):
        if of_version and of_version != version:
            continue
        if file:
            yield Step(f"cat > {file} <<'END OF FILE'\n{block}END OF FILE", "")
        elif kind == "bash":
            yield Step(block.removesuffix("\n"), shown)
        else:
            yield from _of_block(block)


def _of_block(block: str) -> Iterator[Step]:
    command, shown = "", []
    for line in block.splitlines():
        if line.startswith("$ ") and _is_whole(command):
            if command:
                yield Step(command, "\n".join(shown))
            command, shown = line[2:], []
        elif not _is_whole(command):
            command += f"\n{line}"
        else:
            shown.append(line)
    if command:
        yield Step(command, "\n".join(shown))


def _is_whole(command: str) -> bool:
    """Whether bash would read no further line for this command."""
    try:
        shlex.split(command)
    except ValueError:  # a quotation is open
        return False
    return not command.endswith("\\")


def lines(command: str) -> Iterator[str]:
    """The commands of a pasted block, one by one, each over as many lines as bash reads of it."""
    whole = ""
    for line in command.splitlines():
        whole = f"{whole}\n{line}" if whole else line
        if _is_whole(whole):
            yield whole
            whole = ""


def words(command: str) -> list[str]:
    """The words of a command, as bash has them."""
    return [word for word in shlex.split(command) if word != "\n"]  # as shlex has a continuation


_WRITES = re.compile(r" -d ['\"]?[{\[@]| -X |\n")
"""A body, a method, or several lines of which the first may write; `tr -d` only reads."""

_FURTHER = {named: str(free_port()) for named in ("8081", "9001", "8090", "8091")}
"""Ports of what a document starts itself: a second server, a receiver."""


def on(server: ServerProcess, step: Step) -> Step:
    """The step, on the ports of this run instead of those the document names."""
    ports = {"8080": str(server.port), "9000": str(server.ocpp_port), **_FURTHER}
    # In one go: a port of this run may have the digits of one that a document names.
    named = re.compile("|".join(ports))
    command, shown = (
        named.sub(lambda found: ports[found[0]], text) for text in (step.command, step.shown)
    )
    return Step(command, shown)


SHELLS = {
    # As one that is typed into: in double quotes too an exclamation mark means history.
    "bash": ("bash", "--norc", "-o", "history", "-o", "histexpand"),
    "zsh": ("zsh", "-f", "-o", "banghist"),
}


class Shell:
    """A shell that keeps what was defined in it, in a directory with the environment's `.venv`."""

    def __init__(
        self, directory: Path, environment: Mapping[str, str], shell: str = "bash"
    ) -> None:
        (directory / ".venv").symlink_to(sys.prefix)
        self._process = subprocess.Popen(
            SHELLS[shell],
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def type(self, command: str) -> str:
        """What the command prints."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{command}\necho; echo '{_MARK}'\n")
        self._process.stdin.flush()
        printed = []
        for line in self._process.stdout:
            if line.strip() == _MARK:
                break
            printed.append(line)
        return "".join(printed).strip()

    def walk(self, step: Step) -> str:
        """What the step prints; a reading one is typed again while it does not match yet."""
        give_up_at = time.monotonic() + _PATIENCE_S
        printed = self.type(step.command)
        while step.only_reads and not step.matches(printed) and time.monotonic() < give_up_at:
            time.sleep(0.2)
            printed = self.type(step.command)
        return printed

    def close(self) -> None:
        """End it, and what it has left in the background."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.kill()
        self._process.wait()
