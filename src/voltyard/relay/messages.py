"""Messages between the process that was asked and the one that carries it out: MessagePack, tagged.

All for one process go to its one subject, so they are heard in the order they were sent in; what it
has to say goes to the subject that the asking one names (`reply`). A request has a number there.

The body, and the answer, go in numbered parts, each of which is asked for by the other end: so each
end keeps one part, and a peer that is slow is waited for. The first part of either needs no asking.
A part that is asked for again is sent again, so a message that was lost delays and breaks nothing.
"""

from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct
from starlette.types import Scope

RELAYED: Final = "relayed"
"""In the state of a scope that came by relay: what was said of it (ABOUT). It is not relayed
again."""

ABOUT: Final = "about"
"""In the state of a scope that is relayed: bytes that go along with it."""

NO_PART: Final = -1


def requests_subject(bus_name: str, node: str) -> str:
    """The subject of requests that a process carries out for others; its name is one word there."""
    return f"{bus_name}.rest.{node.replace('.', '/')}"


def answers_subject(bus_name: str, node: str) -> str:
    """The beginning of the subjects of answers to a process."""
    return f"{bus_name}.answers.{node.replace('.', '/')}"


class RequestHead(Struct, frozen=True, array_like=True, gc=False):
    """All of a request but its body."""

    method: str
    path: str
    raw_path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    scheme: str
    http_version: str
    root_path: str
    about: bytes
    """See ABOUT."""

    @classmethod
    def of(cls, scope: Scope) -> "RequestHead":
        """The head of a request as it came."""
        client, server = scope.get("client"), scope.get("server")
        return cls(
            method=scope["method"],
            path=scope["path"],
            raw_path=scope.get("raw_path") or b"",
            query=scope["query_string"],
            headers=[(bytes(name), bytes(value)) for name, value in scope["headers"]],
            client=None if client is None else (client[0], client[1]),
            server=None if server is None else (server[0], server[1]),
            scheme=scope.get("scheme", "http"),
            http_version=scope.get("http_version", "1.1"),
            root_path=scope.get("root_path", ""),
            about=scope.get("state", {}).get(ABOUT, b""),
        )

    def scope(self) -> Scope:
        """A scope for an app, as its own server would make it."""
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": self.method,
            "path": self.path,
            "raw_path": self.raw_path,
            "query_string": self.query,
            "headers": self.headers,
            "client": self.client,
            "server": self.server,
            "scheme": self.scheme,
            "http_version": self.http_version,
            "root_path": self.root_path,
            "state": {RELAYED: self.about},
        }


# --- to the process that carries it out ---------------------------------------------------------


class HandOver(Struct, frozen=True, array_like=True, gc=False, tag="request"):
    """A request, with the first part of its body; answered with Taken."""

    reply: str
    number: int
    head: RequestHead
    body: bytes
    is_whole: bool
    """No more of the body follows."""


class SendBody(Struct, frozen=True, array_like=True, gc=False, tag="body"):
    """A further part of the body."""

    reply: str
    number: int
    part: int
    body: bytes
    is_last: bool


class AskAnswer(Struct, frozen=True, array_like=True, gc=False, tag="more"):
    """Question for a further part of the answer; the client has taken the one before."""

    reply: str
    number: int
    part: int


class Leave(Struct, frozen=True, array_like=True, gc=False, tag="gone"):
    """Notice that the answer is not waited for any more."""

    reply: str
    number: int


class CheckIn(Struct, frozen=True, array_like=True, gc=False, tag="check"):
    """Sign of life for requests under way, each with the part of its answer that is waited for, or
    NO_PART; answered with CheckedIn."""

    reply: str
    waiting: list[tuple[int, int]]


ToAnswering: TypeAlias = HandOver | SendBody | AskAnswer | Leave | CheckIn


# --- its answers at once ------------------------------------------------------------------------


class HandedOver(Struct, frozen=True, array_like=True, gc=False):
    """Acknowledgement of a request, which has begun, or the code of the reason why it has not."""

    refusal: str = ""
    reason: str = ""


class CheckedIn(Struct, frozen=True, array_like=True, gc=False):
    """Sign of life in return."""

    unknown: list[int]
    """Requests that it knows nothing of, or has answered already."""
    body_parts: list[tuple[int, int]]
    """Requests whose app waits for a part of the body, with its number."""


# --- to the process that was asked --------------------------------------------------------------


class AnswerPart(Struct, frozen=True, array_like=True, gc=False, tag="answer"):
    """A part of the answer."""

    number: int
    part: int
    status: int
    """In the first part, with the headers; else 0."""
    headers: list[tuple[bytes, bytes]]
    body: bytes
    is_last: bool
    is_broken: bool = False
    """The app has failed within the answer, which has no end; told at once, whatever part is waited
    for."""


class AskBody(Struct, frozen=True, array_like=True, gc=False, tag="more"):
    """Question for a further part of the body."""

    number: int
    part: int


ToAsking: TypeAlias = AnswerPart | AskBody

_encoder: Final = msgspec.msgpack.Encoder()
read_to_answering: Final = msgspec.msgpack.Decoder(ToAnswering).decode
read_to_asking: Final = msgspec.msgpack.Decoder(ToAsking).decode
read_handed_over: Final = msgspec.msgpack.Decoder(HandedOver).decode
read_checked_in: Final = msgspec.msgpack.Decoder(CheckedIn).decode


def written(message: Any) -> bytes:
    """The message as it goes over the bus."""
    return _encoder.encode(message)
