"""Attacks by what cannot be: half-open sockets, broken and endless handshakes, compressed bombs,
broken frames, hostile requests. A bystander and /health are there afterwards."""

import asyncio
import contextlib
import gzip
import json
import socket
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests import surface
from tests.attack.bench import Bystander, Target, asked, until, upgrade
from tests.network.links.raw_websocket import BINARY, CLOSE, CONTINUATION, PING, TEXT, RawPeer

_HALVES = 300
_CRUMBLED = (
    b"G",
    b"GET /ocpp/X HTT",
    b"GET /ocpp/X HTTP/1.1\r\nHost: x\r\nUpgr",
    b"\x16\x03\x01\x02",
)


async def test_half_open_sockets_are_gone_in_time(target: Target, bystander: Bystander) -> None:
    at_rest = target.descriptors()
    with contextlib.ExitStack() as stack:
        for number in range(_HALVES):
            port = (target.server.port, target.server.ocpp_port)[number % 2]
            half = stack.enter_context(socket.create_connection(("127.0.0.1", port), 60))
            half.sendall(_CRUMBLED[number % 4])
            if number % 3 == 0:
                half.shutdown(socket.SHUT_WR)
        begun = time.monotonic()
        await bystander.check()
        await until(lambda: target.descriptors() <= at_rest + 30, 120)
        gone_s = time.monotonic() - begun

    print(f"{_HALVES} half-open sockets: gone after {gone_s:.1f} s")
    assert gone_s < 60


@pytest.mark.usefixtures("bystander")
async def test_endless_handshakes_are_cut_off_and_cost_little(target: Target) -> None:
    before_mb = target.memory_mb()
    part = b"x-filler: " + b"a" * 4_000 + b"\r\n"

    async def attack() -> int:
        sent = 0
        _, writer = await asyncio.open_connection("127.0.0.1", target.server.ocpp_port)
        with contextlib.suppress(OSError):
            writer.write(b"GET /ocpp/BYSTANDER HTTP/1.1\r\nHost: x\r\n")
            while sent < 5_000_000:
                writer.write(part)
                await writer.drain()
                sent += len(part)
                await asyncio.sleep(0)
        writer.transport.abort()
        return sent

    taken = await asyncio.gather(*(attack() for _ in range(50)))
    more_mb = target.memory_mb() - before_mb

    print(f"endless handshakes: at most {max(taken)} bytes taken, +{more_mb:.1f} MB")
    assert max(taken) < 5_000_000
    assert more_mb < 50


_LINES = "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
_KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
_REFUSED = (400, 401, 404, 405, 426)
ODD = {"chargeBoxId": "ODD", "password": "0123456789abcdef", "securityProfile": 1}
BROKEN_HANDSHAKES = {
    "noise": b"\x00\xff\xfe\r\n\r\n",
    "another method": f"POST /ocpp/ODD HTTP/1.1\r\n{_LINES}{_KEY}\r\n".encode(),
    "no upgrade": b"GET /ocpp/ODD HTTP/1.1\r\nHost: x\r\n\r\n",
    "no key": f"GET /ocpp/ODD HTTP/1.1\r\n{_LINES}\r\n".encode(),
    "a short key": f"GET /ocpp/X HTTP/1.1\r\n{_LINES}Sec-WebSocket-Key: a\r\n\r\n".encode(),
    "another version": upgrade("ODD").replace(b"Version: 13", b"Version: 8"),
    "HTTP/1.0": upgrade("ODD").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "no identity": upgrade(""),
    "an identity of NULs": upgrade("%00%00"),
    "a path upwards": upgrade("../../etc/passwd"),
    "a long identity": upgrade("x" * 3_000),
    "bad base64": upgrade("ODD", "", "Authorization: Basic %%%"),
    "no such scheme": upgrade("ODD", "", "Authorization: Negotiate abcd"),
    "no common subprotocol": upgrade("ODD").replace(b"ocpp1.6", b"soap"),
    "a line without a colon": upgrade("ODD", "", "nonsense"),
    "a request in the request": upgrade("ODD", "", "Content-Length: 5") + b"GET /",
    "TLS at a plain port": b"\x16\x03\x01\x00\x2a\x01\x00\x00\x26\x03\x03"
    + b"a" * 40
    + b"\r\n\r\n",
}


@pytest.mark.usefixtures("bystander")
async def test_broken_handshakes_are_refused_and_tell_nothing(
    target: Target, admin: httpx.AsyncClient
) -> None:
    await admin.post("/api/v1/chargers", json=ODD)
    statuses = {}
    for name, said in BROKEN_HANDSHAKES.items():
        reader, writer = await asyncio.open_connection("127.0.0.1", target.server.ocpp_port)
        writer.write(said)
        async with asyncio.timeout(60):
            answer = await reader.read(65_536)
        writer.transport.abort()
        statuses[name] = answer[:12].decode("latin-1")
        assert not answer.startswith(b"HTTP/1.1 101"), name
        assert b"Traceback" not in answer and b"voltyard" not in answer.lower(), (name, answer)

    print(statuses)
    assert set(statuses.values()) <= {"", *(f"HTTP/1.1 {number}" for number in _REFUSED)}


def _compressed(text: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-15)
    return squeezer.compress(text) + squeezer.flush(zlib.Z_SYNC_FLUSH)


async def test_compressed_bombs_are_not_unpacked(
    target: Target, bystander: Bystander, admin: httpx.AsyncClient
) -> None:
    before_mb = target.memory_mb()
    zeros = b"0" * 100_000_000

    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    posted = await admin.post("/api/v1/chargers", content=gzip.compress(zeros), headers=headers)
    peer = await RawPeer.connect(target.server.ocpp_port)
    await admin.post("/api/v1/chargers", json={"chargeBoxId": "BOMBER"})
    agreed = await peer.ask(
        "/ocpp/BOMBER", ["ocpp1.6"], "Sec-WebSocket-Extensions: permessage-deflate"
    )
    peer.frame(TEXT, _compressed(zeros), bits=0x40)
    code = await peer.close_code()
    await bystander.check()

    assert posted.status_code in (400, 415, 422), posted.text
    assert b"permessage-deflate" not in agreed
    assert code == 1002
    assert target.memory_mb() - before_mb < 50


_CALL = b'[2,"1","Heartbeat",{}]'
BROKEN_FRAMES: dict[str, tuple[tuple[int, bytes, bool, int], ...]] = {
    "binary": ((BINARY, _CALL, True, 0),),
    "bad UTF-8": ((TEXT, b"\xff\xfe", True, 0),),
    "bad UTF-8 in parts": ((TEXT, b"\xc3", False, 0), (CONTINUATION, b"", True, 0)),
    "continues nothing": ((CONTINUATION, b"x", True, 0),),
    "a message in a message": ((TEXT, b"x", False, 0), (TEXT, b"y", True, 0)),
    "a long ping": ((PING, b"x" * 126, True, 0),),
    "a ping in parts": ((PING, b"x", False, 0),),
    "a close of one byte": ((CLOSE, b"\x03", True, 0),),
    "a close with no such code": ((CLOSE, b"\x00\x01", True, 0),),
    "a close with bad UTF-8": ((CLOSE, b"\x03\xe8\xff", True, 0),),
    "too long a message": ((TEXT, b"x" * 2_000_000, True, 0),),
    **{f"reserved bit {bit:#x}": ((TEXT, _CALL, True, bit),) for bit in (0x40, 0x20, 0x10)},
    **{
        f"opcode {code:#x}": ((code, b"x", True, 0),)
        for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    },
}
"""Frames that WebSocket does not know."""

BROKEN_MESSAGES = (
    *(b"", b"{", b"[]", b"null", b"{}", b"[2]", b"[9]", b"[2,1,2,3]", b'["2","1","Heartbeat",{}]'),
    *(b'[2,"1","Heartbeat"]', b'[2,"1","Heartbeat",[]]', b'[2,"1","NoSuchAction",{}]'),
    *(b'[2,"1",{},{}]', b'[2,"' + b"x" * 5_000 + b'","Heartbeat",{}]', b"[" * 100_000),
    *(b'[3,"never asked",{}]', b'[4,"never asked","Odd","",{}]', b'[2,"1","Heartbeat",{"a":NaN}]'),
    *(b'[2,"1","Heartbeat",{"n":' + b"9" * 10_000 + b"}]", b'[2,"\\u0000","Heartbeat",{}]'),
)
"""Texts that OCPP-J does not know."""


async def test_broken_frames_close_their_own_link_alone(
    target: Target, bystander: Bystander, admin: httpx.AsyncClient
) -> None:
    await admin.post("/api/v1/chargers", json={"chargeBoxId": "BROKEN"})
    codes = {}
    for name, frames in BROKEN_FRAMES.items():
        peer = await RawPeer.upgraded(target.server.ocpp_port, "/ocpp/BROKEN", "ocpp1.6")
        for opcode, payload, is_last, bits in frames:
            peer.frame(opcode, payload, is_last=is_last, bits=bits)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            codes[name] = await peer.close_code()
        peer.cut()
    for text in BROKEN_MESSAGES:
        peer = await RawPeer.upgraded(target.server.ocpp_port, "/ocpp/BROKEN", "ocpp1.6")
        peer.frame(TEXT, text)
        peer.frame(TEXT, b'[2,"after","Heartbeat",{}]')
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            opcode, _ = await peer.next_frame()
            assert opcode in (TEXT, CLOSE), text
        peer.cut()
    await bystander.check()

    print(Counter(codes.values()))
    assert set(codes.values()) <= {1002, 1003, 1007, 1009}
    assert len(BROKEN_FRAMES) + len(BROKEN_MESSAGES) > 36


IDS = (
    *("../../etc/passwd", "%00", "' OR '1'='1", "x" * 2_000, "\U0001f50c", "-1", "NaN"),
    *("null", "0", "$(id)", "{{7*7}}", "%2e%2e%2f", "%ff%fe", "9" * 400, ";--", "*"),
)
"""Ids that nobody has."""

BODIES: tuple[bytes, ...] = (
    *(b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"a":' * 20_000),
    *(b'{"chargeBoxId":{"$gt":""}}', b'{"a":1e999}', b'{"a":"\\ud800"}', b'{"__proto__":{"a":1}}'),
    b'{"name":"' + b"x" * 200_000 + b'"}',
)


def hostile() -> Iterator[tuple[str, str, bytes | None]]:
    """Method, path and body: each operation with each odd id, and with each odd body."""
    for path, methods in surface.description()["paths"].items():
        if not path.startswith(("/ocpp", "/api/v1")) or path.endswith("/stream"):
            continue
        for method in methods:
            takes_body = "requestBody" in methods[method]
            for odd in IDS:
                body = b"{}" if takes_body else None
                yield method.upper(), _filled(path, odd), body
                if "{" not in path:
                    yield method.upper(), f"{path}?limit={quote(odd)}&offset=-1", body
            for odd_body in BODIES if takes_body else ():
                yield method.upper(), _filled(path, "nobody"), odd_body


def _filled(path: str, odd: str) -> str:
    parts = (quote(odd, safe="%") if part.startswith("{") else part for part in path.split("/"))
    return "/".join(parts)


@pytest.mark.timeout(900)
async def test_hostile_requests_are_refused_in_the_surfaces_own_shape(
    target: Target, bystander: Bystander, tenant: httpx.AsyncClient
) -> None:
    statuses: Counter[int] = Counter()
    wrong: list[Any] = []
    requests = iter(list(hostile()))

    async def attack() -> None:
        for method, path, body in requests:
            headers = {"Content-Type": "application/json"}
            answer = await tenant.request(method, path, content=body, headers=headers)
            statuses[answer.status_code] += 1
            if answer.status_code >= 500 or "Traceback" in answer.text:
                wrong.append((method, path[:100], (body or b"")[:60], answer.text[:300]))
            elif answer.status_code >= 400 and answer.text:
                said = json.loads(answer.text)
                if not {"error", "detail"} & set(said):
                    wrong.append((method, path[:100], answer.text[:300]))

    await asyncio.gather(*(attack() for _ in range(4)))
    await bystander.check()

    print(f"{statuses.total()} hostile requests: {dict(statuses)}")
    assert not wrong, (len(wrong), wrong[:5])
    assert statuses.total() > 4_250


async def test_no_operation_opens_to_a_wrong_key(target: Target, bystander: Bystander) -> None:
    statuses: Counter[bytes] = Counter()
    for number, (path, methods) in enumerate(surface.description()["paths"].items()):
        if not path.startswith(("/ocpp", "/api/v1")):
            continue
        for method in methods:
            for key in ("", "X-API-Key: wrong\r\n", "Authorization: Bearer ' OR 1=1\r\n"):
                # Each from another address, or it would soon be told that it guesses too often.
                where = f"127.0.{1 + number // 200}.{1 + number % 200}"
                said = f"{method.upper()} {_filled(path, 'x')} HTTP/1.1\r\nHost: x\r\n{key}"
                answer = await asked(target.server.port, said.encode(), where)
                statuses[answer[9:12]] += 1
    await bystander.check()

    print(dict(statuses))
    assert set(statuses) == {b"401"}
