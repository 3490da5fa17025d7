"""Real sockets, and peers that break the rules on them."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha1

import pytest

from tests.fakes.links import RecordingGate, RecordingUser
from tests.network.links.raw_websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawPeer
from tests.network.links.websockets_links import WebsocketsDialler, WebsocketsDoor
from voltyard.csms.links.sockets import RefusedLink
from voltyard.kernel import limits
from voltyard.network.links.picows_links import PicowsDialler, PicowsDoor
from voltyard.ports.links import Admitted, DialFailed, Dialler, Dialling, Door

HOST = "127.0.0.1"
_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@pytest.fixture
def gate() -> RecordingGate:
    return RecordingGate("ocpp1.6")


@pytest.fixture(params=[PicowsDoor, WebsocketsDoor], ids=["picows", "websockets"])
async def door(request: pytest.FixtureRequest, gate: RecordingGate) -> AsyncIterator[Door]:
    door: Door = request.param()
    await door.open(HOST, 0, gate)
    yield door
    await door.close()


@pytest.fixture(params=[PicowsDialler, WebsocketsDialler], ids=["picows", "websockets"])
def dialler(request: pytest.FixtureRequest) -> Dialler:
    dialler: Dialler = request.param()
    return dialler


# --- doors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_text",
    [
        "nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nbroken header\r\n\r\n",
        "POST /ocpp/CP-1 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /ocpp/CP-1 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /ocpp/CP-1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["no-http", "bad-header", "post", "no-upgrade", "bad-key", "space-in-path"],
)
async def test_a_malformed_upgrade_gets_400_and_the_door_keeps_serving(
    door: Door, gate: RecordingGate, request_text: str
) -> None:
    peer = await RawPeer.connect(door.port)

    peer.writer.write(request_text.encode())
    head = await peer.head()
    await peer.until_end()
    await RawPeer.upgraded(door.port)

    assert head.startswith(b"HTTP/1.1 400 ")
    assert gate.user.link is not None
    assert all(user.link is None for user in gate.users[:-1])


@pytest.mark.parametrize("connection", ["keep-alive, Upgrade", "upgrade", "Upgrade, Keep-Alive"])
async def test_the_connection_header_may_be_a_list(door: Door, connection: str) -> None:
    peer = await RawPeer.connect(door.port)

    assert (await peer.ask("/", connection=connection)).startswith(b"HTTP/1.1 101")


async def test_several_subprotocol_headers_are_one_list(door: Door, gate: RecordingGate) -> None:
    peer = await RawPeer.connect(door.port)

    head = await peer.ask(
        "/", (), "Sec-WebSocket-Protocol: ocpp2.1,ocpp2.0", "sec-websocket-protocol: ocpp1.6"
    )

    assert gate.handshakes[0].subprotocols == ("ocpp2.1", "ocpp2.0", "ocpp1.6")
    assert b"sec-websocket-protocol: ocpp1.6" in head.lower()


async def test_a_link_of_no_common_subprotocol_is_closed_after_the_handshake(door: Door) -> None:
    away: Door = type(door)()
    await away.open(HOST, 0, lambda _: Admitted(RefusedLink(1002, "no common subprotocol"), None))
    peer = await RawPeer.connect(away.port)

    head = await peer.ask("/ocpp/CP-1", ("ocpp1.5", "ocpp1.2"))
    opcode, payload = await peer.next_frame()
    peer.frame(CLOSE, payload)
    await peer.until_end()
    await away.close()

    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"sec-websocket-protocol" not in head.lower()
    assert (opcode, payload) == (CLOSE, b"\x03\xeano common subprotocol")


async def test_a_paused_link_reads_nothing_until_it_goes_on(
    door: Door, gate: RecordingGate
) -> None:
    peer = await RawPeer.upgraded(door.port)
    link = await gate.user.until_open()

    link.pause()
    peer.frame(TEXT, b"one")
    peer.frame(TEXT, b"two")
    await peer.writer.drain()
    other = await RawPeer.upgraded(door.port)
    other.frame(TEXT, b"meanwhile")
    await gate.users[-1].until_frames(1)
    before = list(gate.users[0].frames)
    link.resume()
    await gate.users[0].until_frames(2)

    assert before == []
    assert gate.users[0].frames == ["one", "two"]
    other.cut()
    link.close()
    link.pause()
    link.resume()


async def test_compression_is_not_agreed_to(door: Door) -> None:
    peer = await RawPeer.connect(door.port)

    head = await peer.ask("/", (), "Sec-WebSocket-Extensions: permessage-deflate")

    assert head.startswith(b"HTTP/1.1 101") and b"extensions" not in head.lower()


async def test_a_request_in_small_pieces_is_one_request(door: Door, gate: RecordingGate) -> None:
    peer = await RawPeer.connect(door.port)
    text = (
        "GET /ocpp/CP-1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )

    for start in range(0, len(text), 40):
        peer.writer.write(text[start : start + 40].encode())
        await asyncio.sleep(0)
    head = await peer.head()

    assert head.startswith(b"HTTP/1.1 101")
    assert gate.handshakes[0].path == "/ocpp/CP-1"


async def test_frames_in_the_same_segment_as_the_request_are_heard(
    door: Door, gate: RecordingGate
) -> None:
    peer = await RawPeer.connect(door.port)

    asking = asyncio.ensure_future(peer.ask("/"))
    await asyncio.sleep(0)
    peer.frame(TEXT, b"[2]")
    await asking

    assert await gate.user.until_frames() == ["[2]"]


async def test_frames_sent_while_the_verdict_is_pending_are_heard(
    door: Door, gate: RecordingGate
) -> None:
    gate.decides_later = asyncio.Event()
    peer = await RawPeer.connect(door.port)
    asking = asyncio.create_task(peer.ask("/"))
    await gate.until_asked()
    peer.frame(TEXT, b"early")
    peer.frame(TEXT, b"bird")
    await peer.writer.drain()

    gate.decides_later.set()
    head = await asking

    assert head.startswith(b"HTTP/1.1 101")
    await gate.user.until_frames(2)
    assert gate.user.frames == ["early", "bird"]


async def test_who_sends_without_end_before_a_verdict_is_cut_off(
    door: Door, gate: RecordingGate
) -> None:
    gate.decides_later = asyncio.Event()
    peer = await RawPeer.connect(door.port)
    asking = asyncio.create_task(peer.ask("/"))
    await gate.until_asked()

    peer.writer.write(b"x" * 200_000)

    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asking
    assert gate.given_up == 1


async def test_fragments_are_put_together_around_control_frames(
    door: Door, gate: RecordingGate
) -> None:
    peer = await RawPeer.upgraded(door.port)
    text = '[2,"1","Übung"]'.encode()

    peer.frame(TEXT, text[:10], is_last=False)  # in the middle of the Ü
    peer.frame(PING, b"still there?")
    peer.frame(CONTINUATION, b"", is_last=False)
    peer.frame(CONTINUATION, text[10:])

    assert await gate.user.until_frames() == [text.decode()]
    assert await peer.next_frame() == (PONG, b"still there?")


async def test_fragments_beyond_the_limit_are_refused_with_1009(
    door: Door, gate: RecordingGate
) -> None:
    peer = await RawPeer.upgraded(door.port)
    half = b"x" * (limits.FRAME_BYTES // 2)

    peer.frame(TEXT, half, is_last=False)
    peer.frame(CONTINUATION, half, is_last=False)
    peer.frame(CONTINUATION, b"x", is_last=False)

    assert await peer.close_code() == 1009
    peer.cut()
    assert (await gate.user.until_closed())[0] == 1009
    assert not gate.user.frames


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([(BINARY, b"[2]", True, 0)], 1003),
        ([(TEXT, b"\xff\xfe", True, 0)], 1007),
        ([(TEXT, b"\xc3", False, 0), (CONTINUATION, b"", True, 0)], 1007),
        ([(CONTINUATION, b"x", True, 0)], 1002),
        ([(TEXT, b"x", False, 0), (TEXT, b"y", True, 0)], 1002),
        ([(TEXT, b"x", True, 0x40)], 1002),
        ([(PING, b"x" * 126, True, 0)], 1002),
        ([(PING, b"x", False, 0)], 1002),
        ([(0x3, b"x", True, 0)], 1002),
    ],
    ids=[
        "binary",
        "bad-utf8",
        "bad-utf8-in-fragments",
        "continues-nothing",
        "message-in-message",
        "reserved-bit",
        "long-ping",
        "ping-in-parts",
        "unknown-opcode",
    ],
)
async def test_a_broken_rule_closes_with_its_own_code(
    door: Door, gate: RecordingGate, frames: list[tuple[int, bytes, bool, int]], code: int
) -> None:
    peer = await RawPeer.upgraded(door.port)

    for opcode, payload, is_last, bits in frames:
        peer.frame(opcode, payload, is_last=is_last, bits=bits)

    assert await peer.close_code() == code
    peer.cut()
    assert (await gate.user.until_closed())[0] == code
    assert not gate.user.frames
    assert len(gate.user.ends) == 1


async def test_a_complaint_about_a_charger_names_it_and_not_its_query(
    gate: RecordingGate, caplog: pytest.LogCaptureFixture
) -> None:
    door = PicowsDoor()
    await door.open(HOST, 0, gate)
    peer = await RawPeer.upgraded(door.port, "/ocpp/CP-1?token=s3cret", "ocpp1.6")

    peer.frame(0x3, b"")  # an opcode that nothing has
    await peer.until_end()

    await door.close()
    (said,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "/ocpp/CP-1 (127.0.0.1:" in said.getMessage()
    assert "s3cret" not in caplog.text


async def test_binary_in_parts_is_refused_with_1003(door: Door, gate: RecordingGate) -> None:
    peer = await RawPeer.upgraded(door.port)

    peer.frame(BINARY, b"x", is_last=False)
    peer.frame(CONTINUATION, b"x")

    assert await peer.close_code() == 1003


async def test_a_close_without_a_code_is_1005(door: Door, gate: RecordingGate) -> None:
    peer = await RawPeer.upgraded(door.port)

    peer.frame(CLOSE, b"")

    assert (await peer.next_frame())[0] == CLOSE
    peer.cut()
    assert await gate.user.until_closed() == (1005, "")


async def test_a_connection_cut_by_the_peer_is_1006_exactly_once(
    door: Door, gate: RecordingGate
) -> None:
    peer = await RawPeer.upgraded(door.port)

    peer.cut()

    assert await gate.user.until_closed() == (1006, "")
    await asyncio.sleep(0.01)
    assert len(gate.user.ends) == 1


async def test_a_half_closed_connection_is_1006(door: Door, gate: RecordingGate) -> None:
    peer = await RawPeer.upgraded(door.port)

    peer.writer.write_eof()

    assert await gate.user.until_closed() == (1006, "")
    await peer.until_end()


async def test_pings_are_sent_at_their_interval_and_answered_peers_live(
    door: Door, gate: RecordingGate
) -> None:
    gate.ping_interval_s = 0.02
    peer = await RawPeer.upgraded(door.port)

    for _ in range(6):
        opcode, payload = await peer.next_frame()
        assert opcode == PING
        peer.frame(PONG, payload)

    assert not gate.user.ends


async def test_a_peer_that_answers_no_pings_but_talks_is_alive(
    door: Door, gate: RecordingGate
) -> None:
    gate.ping_interval_s = 0.02
    peer = await RawPeer.upgraded(door.port)

    for _ in range(6):
        assert (await peer.next_frame())[0] == PING
        peer.frame(TEXT, b"[]")

    assert not gate.user.ends


async def test_a_half_open_peer_is_cut_after_two_unanswered_pings(
    door: Door, gate: RecordingGate
) -> None:
    gate.ping_interval_s = 0.02
    peer = await RawPeer.upgraded(door.port)

    assert await gate.user.until_closed() == (1006, "")
    assert [(await peer.next_frame())[0] for _ in range(2)] == [PING, PING]


async def test_a_peer_that_never_answers_a_close_is_cut_in_the_end(
    door: Door, gate: RecordingGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voltyard.network.links.socket_end.CLOSE_GRACE_S", 0.05)
    peer = await RawPeer.upgraded(door.port)

    await door.close(1001, "restart")

    assert gate.user.ends == [(1001, "restart")]
    assert await peer.close_code() == 1001


async def test_a_slow_reader_is_closed_with_1013(
    door: Door, gate: RecordingGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voltyard.network.links.socket_end.CLOSE_GRACE_S", 0.05)
    await RawPeer.upgraded(door.port)
    link = await gate.user.until_open()
    chunk = "x" * 200_000

    sent = 0
    while sent < 40 * limits.SEND_BUFFER_BYTES and link._closing is None:  # type: ignore[attr-defined]
        link.send(chunk)
        sent += len(chunk)

    assert sent < 10 * limits.SEND_BUFFER_BYTES
    assert (await gate.user.until_closed())[0] == 1013


async def test_pongs_for_a_peer_that_reads_nothing_are_bounded_too(
    door: Door, gate: RecordingGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SEND_BUFFER_BYTES", 4096)
    monkeypatch.setattr("voltyard.network.links.socket_end.CLOSE_GRACE_S", 0.05)
    peer = await RawPeer.upgraded(door.port)

    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]

    async with asyncio.timeout(120):
        while not gate.user.ends:
            for _ in range(2_000):
                peer.frame(PING, b"x" * 125)
            await asyncio.sleep(0)
            if peer.writer.transport.is_closing():
                break

    assert (await gate.user.until_closed())[0] == 1013


# --- diallers ----------------------------------------------------------------------------------


@asynccontextmanager
async def server(
    behave: Callable[[RawPeer], Awaitable[None]],
) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A TCP server that behaves as told; yields its URL and the requests it was sent."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = RawPeer(reader, writer)
        requests.append(await peer.head())
        await behave(peer)

    listening = await asyncio.start_server(serve, HOST, 0)
    port = listening.sockets[0].getsockname()[1]
    yield f"ws://{HOST}:{port}/ocpp/CP-1", requests
    listening.close()


def answer(*lines: str, body: str = "") -> Callable[[RawPeer], Awaitable[None]]:
    async def behave(peer: RawPeer) -> None:
        peer.writer.write("\r\n".join([*lines, "", body]).encode())
        peer.writer.close()

    return behave


def upgrade(request: bytes) -> bytes:
    key = next(
        line[19:] for line in request.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key")
    )
    accept = b64encode(sha1(key + _ACCEPT).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


async def test_the_clients_request_is_what_a_websocket_server_expects(dialler: Dialler) -> None:
    async with server(answer("HTTP/1.1 404 Not Found", "Content-Length: 0")) as (url, requests):
        with pytest.raises(DialFailed):
            await dialler.dial(Dialling(url, ("ocpp2.0.1", "ocpp1.6")), RecordingUser())

    lines = requests[0].decode().split("\r\n")
    headers = {
        name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
    }
    assert lines[0] == "GET /ocpp/CP-1 HTTP/1.1"
    assert headers["host"] == url.removeprefix("ws://").removesuffix("/ocpp/CP-1")
    assert headers["sec-websocket-protocol"] == "ocpp2.0.1, ocpp1.6"
    assert "sec-websocket-extensions" not in headers


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("HTTP/1.1 301 Moved Permanently", "Location: /elsewhere", "Content-Length: 0"), "301"),
        (("HTTP/1.1 502 Bad Gateway", "Content-Length: 0"), "502"),
        (("HTTP/1.1 200 OK", "Content-Length: 0"), "200"),
        (("SSH-2.0-OpenSSH_9.2",), "malformed"),
        (("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket"), "malformed"),
    ],
    ids=["redirect", "bad-gateway", "plain-http", "no-http", "half-a-handshake"],
)
async def test_an_answer_that_is_no_handshake_is_a_failed_dial(
    dialler: Dialler, lines: tuple[str, ...], message: str
) -> None:
    user = RecordingUser()

    async with server(answer(*lines)) as (url, _):
        with pytest.raises(DialFailed, match=message):
            await dialler.dial(Dialling(url, (), timeout_s=120.0), user)

    assert user.link is None


async def test_a_peer_that_hangs_up_in_the_handshake_is_a_failed_dial(dialler: Dialler) -> None:
    async def hang_up(peer: RawPeer) -> None:
        peer.cut()

    async with server(hang_up) as (url, _):
        with pytest.raises(DialFailed, match="hung up"):
            await dialler.dial(Dialling(url, (), timeout_s=120.0), RecordingUser())


async def test_a_peer_that_never_answers_is_a_failed_dial_and_is_let_go(dialler: Dialler) -> None:
    ended = asyncio.Event()

    async def wait(peer: RawPeer) -> None:
        await peer.until_end()
        ended.set()

    async with server(wait) as (url, _):
        with pytest.raises(DialFailed, match=r"within 0\.05 s"):
            await dialler.dial(Dialling(url, (), timeout_s=0.05), RecordingUser())
        async with asyncio.timeout(120):
            await ended.wait()


async def test_a_dial_that_is_cancelled_leaves_nothing_behind(dialler: Dialler) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def wait(peer: RawPeer) -> None:
        asked.set()
        await peer.until_end()
        ended.set()

    user = RecordingUser()
    async with server(wait) as (url, _):
        dial = asyncio.ensure_future(dialler.dial(Dialling(url, ()), user))
        await asked.wait()
        dial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dial
        async with asyncio.timeout(120):
            await ended.wait()

    assert user.link is None


async def test_an_unresolvable_host_is_a_failed_dial(dialler: Dialler) -> None:
    with pytest.raises(DialFailed, match=r"no-such-host\.invalid"):
        await dialler.dial(Dialling("ws://no-such-host.invalid/ocpp/CP-1", ()), RecordingUser())


async def test_a_server_without_tls_is_a_failed_dial_for_wss(dialler: Dialler) -> None:
    async with server(answer("HTTP/1.1 400 Bad Request")) as (url, _):
        with pytest.raises(DialFailed):
            await dialler.dial(
                Dialling(url.replace("ws:", "wss:"), (), timeout_s=0.3), RecordingUser()
            )


async def test_a_client_cuts_a_server_that_answers_no_pings(dialler: Dialler) -> None:
    async def silent(peer: RawPeer) -> None:
        peer.writer.write(upgrade(requests[0]))
        await peer.until_end()

    user = RecordingUser()
    async with server(silent) as (url, requests):
        await dialler.dial(Dialling(url, (), ping_interval_s=0.02), user)

        assert await user.until_closed() == (1006, "")


async def test_frames_right_behind_the_answer_are_heard(dialler: Dialler) -> None:
    async def eager(peer: RawPeer) -> None:
        peer.writer.write(upgrade(requests[0]) + b"\x81\x02[]" + b"\x88\x02\x03\xe8")
        peer.writer.write_eof()
        await peer.until_end()

    user = RecordingUser()
    async with server(eager) as (url, requests):
        await dialler.dial(Dialling(url, ()), user)

        assert await user.until_closed() == (1000, "")
    assert user.frames == ["[]"]


async def test_a_complaint_about_a_csms_names_the_charger_that_called_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def misbehave(peer: RawPeer) -> None:
        peer.writer.write(upgrade(requests[0]) + b"\x83\x00")  # an opcode that nothing has
        await peer.until_end()

    user = RecordingUser()
    async with server(misbehave) as (url, requests):
        await PicowsDialler().dial(Dialling(f"{url}?token=s3cret", (), username="CP-1"), user)
        await user.until_closed()

    (said,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert said.getMessage().startswith("CP-1: ")
    assert "s3cret" not in caplog.text
