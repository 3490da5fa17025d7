"""Messages between a server and its nodes: JSON; and the subjects of the bus that they go to."""

import re
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from voltyard.csms.records import IdTagDeleted, IdTagStored, SettingsStored
from voltyard.csms.security.certificate_rows import CertificateForgotten, CertificateStored
from voltyard.csms.tariffs.tariff_rows import TariffDeleted, TariffStored
from voltyard.events.event_records import EventStaged
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant
from voltyard.relay.messages import answers_subject, requests_subject

PROTOCOL: Final = 1
"""Goes up whenever a server and a node could misunderstand each other."""

SERVER: Final = ""
"""In the place of a node's name: the server itself."""

_NO_NODE: Final = "_server"
"""The server's own word in subjects; no node can be called so."""

_NO_PROCESS: Final = "none"
"""In the place of a process that is not known: nobody hears its subject."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}")


def check_name(node: str) -> None:
    """Invalid where no node can be called so."""
    if not _NAME.fullmatch(node):
        raise Invalid(
            f"{node!r} is no name for a node",
            hint="1 to 48 letters, digits, '_' and '-', the first a letter or a digit",
            param="node_name",
        )


class Subjects:
    """The subjects of one server and its nodes, `bus_name` being the server's own on the bus."""

    def __init__(self, bus_name: str) -> None:
        self._bus_name = bus_name
        self._prefix = f"{bus_name}.nodes"
        self.join = f"{self._prefix}.join"
        """A node asks to be one of the server's."""
        self.leave = f"{self._prefix}.leave"
        """A node has given back all that it owned, and ends."""
        self.claim = f"{self._prefix}.claim"
        """A node asks for a charger that has dialled it."""
        self.notes = f"{self._prefix}.notes"
        """A node tells what is for the server to keep."""
        self.pulse = f"{self._prefix}.pulse"
        """The server tells its nodes that it lives, and what has changed."""

    def release(self, node: str) -> str:
        """The server asks a node to let go of one of its chargers."""
        return f"{self._prefix}.at.{node}.release"

    def rest(self, node: str, process: str) -> str:
        """REST requests that a process of a node answers, or of the server: one alone, also while a
        former one wakes up that has lost its place."""
        return f"{requests_subject(self._bus_name, node or _NO_NODE)}.{process or _NO_PROCESS}"

    def rest_answers(self, node: str) -> str:
        """The beginning of the subjects of what a node is answered, or the server."""
        return answers_subject(self._bus_name, node or _NO_NODE)

    def notes_to(self, node: str) -> str:
        """The server tells a node what concerns one of its chargers."""
        return f"{self._prefix}.at.{node}.notes"


class Join(Struct, frozen=True):
    """A node, as it asks to be one of the server's."""

    node: str
    process: str
    """Different at each start of the node."""
    version: str
    protocol: int = PROTOCOL


class Joined(Struct, frozen=True):
    """The server's answer."""

    server: str
    """Different at each start of the server."""
    files_url: str
    """The place that chargers upload to and fetch from; empty where the server keeps no files."""
    refused: str = ""
    """The reason where the node cannot be one of the server's."""


class Left(Struct, frozen=True):
    """A node that owns nothing any more."""

    node: str
    process: str


class Claim(Struct, frozen=True):
    """A charger that has dialled a node, by its names."""

    node: str
    organization_id: str
    charge_box_id: str
    remote: str
    """The address that it dials from."""


class Claimed(Struct, frozen=True):
    """The answer to a claim."""

    charger_id: str | None = None
    """The charger's, which is the node's now; None: there is no such charger, or see `busy`."""
    busy: str = ""
    """The reason for which it cannot be had at the moment."""
    is_kept: bool = False
    """Its older connection lives, and is the one that stays."""


class Release(Struct, frozen=True):
    """A charger that is to be another's."""

    charger_id: str
    organization_id: str
    charge_box_id: str
    to: str
    """A node, or SERVER."""
    remote: str = ""
    """The address of its newer connection, if that is the reason."""


class Released(Struct, frozen=True):
    """The answer: it is let go of, and its new owner on record; or the reason why not."""

    refused: str = ""
    is_kept: bool = False
    """See Claimed."""


# --- the pulse: server to nodes -------------------------------------------------------------------

SHARED: Final[dict[str, type[Any]]] = {
    kind.__name__: kind
    for kind in (
        SettingsStored,
        IdTagStored,
        IdTagDeleted,
        TariffStored,
        TariffDeleted,
        CertificateStored,
        CertificateForgotten,
    )
}


class SharedChange(Struct, frozen=True):
    """A record that was written: its type's name, and the record."""

    kind: str
    record: msgspec.Raw


class Pulse(Struct, frozen=True):
    """A sign of life, sent several times a second, with what has changed since the last one."""

    server: str
    number: int
    """One more than the last one's where `changes` is not empty, else the same: who has missed one
    reads all of it from the database."""
    changes: tuple[SharedChange, ...] = ()
    keys_changed: bool = False
    """Keys or organizations have, which are not sent: nodes read them. Counts as a change."""
    wanted: tuple[str, ...] = ()
    """Organizations of which a webhook wants live events."""
    followed: tuple[str, ...] = ()
    """Organizations whose live events somebody listens to now."""


# --- notes ----------------------------------------------------------------------------------------


class RefusedNote(Struct, frozen=True, tag="refused"):
    """A handshake that was refused at a node."""

    path: str
    remote: str
    offered: tuple[str, ...]
    reason: str
    detail: str
    at: Instant


class CertificateNote(Struct, frozen=True, tag="certificate"):
    """A certificate that was issued or changed at a node."""

    row: CertificateStored


class LiveNote(Struct, frozen=True, tag="live"):
    """An event that is kept nowhere, for those who listen now."""

    event: EventStaged


class StagedNote(Struct, frozen=True, tag="staged"):
    """There are events in the database for the server to number."""


class UploadedNote(Struct, frozen=True, tag="uploaded"):
    """A charger of the node has uploaded a file."""

    charger_id: str
    command_id: str
    file_id: str


Note: TypeAlias = RefusedNote | CertificateNote | LiveNote | StagedNote | UploadedNote
