"""The server of REST, over real sockets: bounds on heads, bodies and connections."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from voltyard.kernel import limits
from voltyard.network.connections import Connections
from voltyard.network.door_tls import DoorTls
from voltyard.network.proxies import TrustedProxies
from voltyard.network.rest.rest_server import RestServer
from voltyard.testing.certificates import RootAuthority

_PATIENCE_S = 60
_LAVISH_BYTES = 16 * 1024 * 1024
_SMALL_BUFFER_BYTES = 4 * 1024


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with who asked, and how long the body was."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
    said = json.dumps([scope["client"][0], scope["scheme"], size]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said})


async def deaf(scope: Any, receive: Any, send: Any) -> None:
    """Answers without reading."""
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b"no"})


async def lavish(scope: Any, receive: Any, send: Any) -> None:
    """Answers with more than sockets hold."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * _LAVISH_BYTES})


class Clock:
    """Takes the sweeps into a test's own hand."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def later(self, seconds: float) -> None:
        self._connections.sweep(asyncio.get_running_loop().time() + seconds)


Served = tuple[int, Connections, Clock]


@asynccontextmanager
async def served(
    what: Any = app,
    most: int = 100,
    proxies: tuple[str, ...] = (),
    tls: ssl.SSLContext | None = None,
    buffer_bytes: int | None = None,
) -> AsyncIterator[Served]:
    listening = socket.create_server(("127.0.0.1", 0))
    if buffer_bytes is not None:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
    connections = Connections(most, most, 1)
    server = RestServer(what, connections, TrustedProxies(proxies), 1.0, tls)
    await server.open(listening)
    try:
        yield listening.getsockname()[1], connections, Clock(connections)
    finally:
        await server.close()


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connected(port: int, said: bytes = b"") -> Streams:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    return reader, writer


async def answered(port: int, said: bytes) -> bytes:
    reader, writer = await connected(port, said)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await reader.read()
    finally:
        writer.close()


async def ended(streams: Streams) -> bytes:
    """What came before the end, however abrupt it was."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await streams[0].read()
    except ConnectionError:
        return b""
    finally:
        streams[1].close()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - sockets tell nobody
            await asyncio.sleep(0)


BEGUN = b"GET /x HTTP/1.1\r\nHost: x\r\n"
CLOSE = b"Connection: close\r\n\r\n"


async def test_an_ordinary_request_is_answered() -> None:
    async with served() as (port, _, _):
        said = await answered(port, b"POST /x HTTP/1.1\r\nContent-Length: 3\r\n" + CLOSE + b"abc")

    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'["127.0.0.1", "http", 3]' in said


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Long: " + b"a" * limits.HTTP_HEAD_BYTES + b"\r\n",
        b"X-Many: a\r\n" * (limits.HTTP_HEADERS + 1),
    ],
)
async def test_headers_too_long_or_too_many_are_answered_431(headers: bytes) -> None:
    async with served() as (port, _, _):
        said = await answered(port, BEGUN + headers + CLOSE)

    assert said.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b'{"detail":"the' in said


async def test_headers_just_within_the_bound_are_taken() -> None:
    fitting = limits.HTTP_HEAD_BYTES - len(BEGUN + CLOSE + b"X-Long: \r\n")
    async with served() as (port, _, _):
        said = await answered(port, BEGUN + b"X-Long: " + b"a" * fitting + b"\r\n" + CLOSE)

    assert said.startswith(b"HTTP/1.1 200")


async def test_a_request_line_without_end_is_answered_431() -> None:
    async with served() as (port, _, _):
        said = await answered(port, b"GET /" + b"a" * 2 * limits.HTTP_HEAD_BYTES)

    assert said.startswith(b"HTTP/1.1 431")


async def test_endless_trailers_end_the_connection() -> None:
    head = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-T: "
    async with served() as (port, connections, _):
        streams = await connected(port, head + b"a" * 2 * limits.HTTP_HEAD_BYTES)
        await ended(streams)
        await until(lambda: len(connections) == 0)


async def test_what_is_no_http_is_answered_400() -> None:
    async with served() as (port, _, _):
        said = await answered(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")

    assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize("said", [b"", BEGUN, b"POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\na"])
async def test_who_is_too_slow_is_cut_off_and_not_before(said: bytes) -> None:
    async with served() as (port, connections, clock):
        streams = await connected(port, said)
        await until(lambda: len(connections) == 1)

        clock.later(limits.HTTP_HEAD_S - 2)
        assert len(connections) == 1
        clock.later(limits.HTTP_BODY_S + 2)

        assert len(connections) == 0
        assert await ended(streams) == b""


async def test_a_request_that_is_being_answered_is_not_late() -> None:
    hold = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await hold.wait()
        await deaf(scope, receive, send)

    async with served(slow) as (port, connections, clock):
        streams = await connected(port, BEGUN + CLOSE)
        await until(lambda: len(connections) == 1)
        for _ in range(5):
            await asyncio.sleep(0)

        clock.later(3_600)
        hold.set()

        assert (await ended(streams)).startswith(b"HTTP/1.1 413")


@pytest.mark.slow
async def test_a_client_that_still_reads_its_answer_is_not_late_until_it_stalls() -> None:
    async with served(lavish) as (port, _, clock):
        reader, writer = await connected(port, BEGUN + b"\r\n")
        await reader.readexactly(100)
        clock.later(limits.HTTP_HEAD_S + 1.0)
        whole = await ended((reader, writer))

        reader, writer = await connected(port, BEGUN + b"\r\n")
        await reader.readexactly(100)
        clock.later(limits.HTTP_ANSWER_S + 1.0)  # so far it has what sockets hold
        clock.later(2 * limits.HTTP_ANSWER_S + 2.0)
        cut = await ended((reader, writer))

    assert whole.endswith(b"x\r\n0\r\n\r\n")
    assert len(cut) < _LAVISH_BYTES / 2


async def taken_until_cut(part_bytes: int, most_bytes: int) -> int:
    """Bytes that a client gets which reads so many in each half of HTTP_ANSWER_S, until it is cut
    off or has that many. Buffers of sockets are small, so that little is taken ahead of it."""
    loop = asyncio.get_running_loop()
    async with served(lavish, buffer_bytes=_SMALL_BUFFER_BYTES) as (port, connections, clock):
        with socket.socket() as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)
            reader.setblocking(False)
            await loop.sock_connect(reader, ("127.0.0.1", port))
            await loop.sock_sendall(reader, BEGUN + b"\r\n")
            taken = halves = 0
            while taken < most_bytes:
                end = taken + part_bytes
                while taken < end:
                    async with asyncio.timeout(_PATIENCE_S):
                        came = await loop.sock_recv(reader, end - taken)
                    assert came, "it was cut off while it read"
                    taken += len(came)
                halves += 1
                clock.later(halves * limits.HTTP_ANSWER_S / 2)
                if not len(connections):
                    break
            return taken


async def test_a_client_that_reads_a_little_at_a_time_is_cut_off() -> None:
    too_little = limits.HTTP_ANSWER_BYTES // 8

    assert await taken_until_cut(too_little, 40 * too_little) < 10 * too_little


async def test_a_client_that_reads_slowly_enough_is_left_to_read_on() -> None:
    enough = limits.HTTP_ANSWER_BYTES

    assert await taken_until_cut(enough, 20 * enough) == 20 * enough


async def test_a_body_whose_request_is_answered_is_drained_so_far_and_no_further() -> None:
    length = 2 * limits.HTTP_DRAINED_BYTES
    head = b"POST /x HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % length
    async with served(deaf) as (port, connections, _):
        reader, writer = await connected(port, head)
        await reader.readuntil(b"no")

        with pytest.raises(ConnectionError):
            while True:
                writer.write(b"a" * 65_536)
                await writer.drain()

        writer.close()
        await until(lambda: len(connections) == 0)


async def test_a_newcomer_takes_the_place_of_the_longest_silent() -> None:
    async with served(most=2) as (port, connections, _):
        silent = [await connected(port) for _ in range(2)]
        await until(lambda: len(connections) == 2)

        said = await answered(port, BEGUN + CLOSE)

        assert said.startswith(b"HTTP/1.1 200")
        assert await ended(silent[0]) == b""
        silent[1][1].close()


async def test_where_all_ask_a_newcomer_may_ask_for_health_alone() -> None:
    hold = asyncio.Event()

    async def held(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != "/health":
            await hold.wait()
        await app(scope, receive, send)

    async with served(held, most=1) as (port, connections, _):
        busy = await connected(port, BEGUN + CLOSE)
        await until(lambda: len(connections) == 1)
        for _ in range(5):
            await asyncio.sleep(0)

        refused = await answered(port, BEGUN + CLOSE)
        healthy = await answered(port, b"GET /health HTTP/1.1\r\nHost: x\r\n" + CLOSE)
        hold.set()

        assert refused.startswith(b"HTTP/1.1 503")
        assert b"there are too many connections" in refused
        assert healthy.startswith(b"HTTP/1.1 200")
        assert (await ended(busy)).startswith(b"HTTP/1.1 200")


async def test_only_a_trusted_proxy_says_who_the_client_is() -> None:
    forwarded = b"X-Forwarded-For: 6.6.6.6, 198.51.100.1\r\nX-Forwarded-Proto: https\r\n"
    async with served() as (port, _, _):
        stranger = await answered(port, BEGUN + forwarded + CLOSE)
    async with served(proxies=("127.0.0.1",)) as (port, _, _):
        proxy = await answered(port, BEGUN + forwarded + CLOSE)

    assert b'["127.0.0.1", "http", 0]' in stranger
    assert b'["198.51.100.1", "https", 0]' in proxy


async def test_tls_is_spoken_where_there_is_a_certificate(tmp_path: Path) -> None:
    root = RootAuthority()
    files = root.sign("127.0.0.1", "127.0.0.1").files(tmp_path)
    trusting = ssl.create_default_context(cadata=root.ca)

    async with served(tls=DoorTls(*files).context()) as (port, connections, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        writer.write(BEGUN + CLOSE)
        said = await ended((reader, writer))
        await until(lambda: len(connections) == 0)

    assert b'["127.0.0.1", "https", 0]' in said


async def test_silence_before_the_tls_handshake_and_what_is_none_are_cut_off(
    tmp_path: Path,
) -> None:
    files = RootAuthority().sign("127.0.0.1", "127.0.0.1").files(tmp_path)

    async with served(tls=DoorTls(*files).context()) as (port, connections, clock):
        garbage = await connected(port, BEGUN + CLOSE)
        await ended(garbage)
        await until(lambda: len(connections) == 0)
        silent = await connected(port)
        await until(lambda: len(connections) == 1)
        clock.later(limits.HTTP_HEAD_S + 2)

        assert await ended(silent) == b""
        assert len(connections) == 0
