"""A CSMS that accepts every charger and does nothing else, as a process of its own: the other end
of more links than one process may have both ends of. It prints its port. With the argument
`refusing` it knows no tag, and answers StatusNotification with a CALLERROR."""

import asyncio
import json
import sys

import uvloop

from voltyard.network.links.picows_links import PicowsDoor
from voltyard.ports.links import Admitted, Handshake, Link
from voltyard.runtimes import file_descriptors

_ACCEPTED = '{"status":"Accepted","currentTime":"2026-02-10T14:00:00Z","interval":86400}'
_REFUSES = "refusing" in sys.argv


class _End:
    __slots__ = ("_link",)

    def opened(self, link: Link) -> None:
        self._link = link

    def received(self, text: str) -> None:
        _, id, action, *_ = json.loads(text)
        body = _ACCEPTED if action == "BootNotification" else "{}"
        if _REFUSES and action == "Authorize":
            body = '{"idTagInfo":{"status":"Invalid"}}'
        if _REFUSES and action == "StatusNotification":
            self._link.send(f'[4,"{id}","InternalError","not today",{{}}]')
        else:
            self._link.send(f'[3,"{id}",{body}]')

    def closed(self, code: int, reason: str) -> None:
        """Nothing to tidy."""


def _gate(handshake: Handshake) -> Admitted:
    return Admitted(_End(), handshake.subprotocols[0])


async def _serve() -> None:
    file_descriptors.raise_limit()
    door = PicowsDoor()
    await door.open("127.0.0.1", 0, _gate)
    print(door.port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve())
