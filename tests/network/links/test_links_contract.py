"""What every link does, whichever library carries it: all pairs of clients and servers."""

import asyncio
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from tests.fakes.links import RecordingGate, RecordingUser, pair
from tests.network.links.websockets_links import WebsocketsDialler, WebsocketsDoor
from voltyard.catalogue.network_conditions import GOOD_NETWORK
from voltyard.kernel import limits
from voltyard.network.links.faulty import NetworkPath, NetworkPaths
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.network.links.picows_links import PicowsDialler, PicowsDoor
from voltyard.ports.links import (
    Admitted,
    Barred,
    DialFailed,
    Dialler,
    Dialling,
    Door,
    Gate,
    Handshake,
    Link,
)

_NETWORK = MemoryNetwork()


def _on_a_good_road(dialler: Dialler) -> Dialler:
    """A network on which nothing is wrong is no network at all."""
    return NetworkPath(NetworkPaths(time.time), GOOD_NETWORK, 1, "CP-1").over(dialler)


DIALLERS: dict[str, Callable[[], Dialler]] = {
    "picows": PicowsDialler,
    "websockets": WebsocketsDialler,
    "memory": lambda: MemoryDialler(_NETWORK),
    "road": lambda: _on_a_good_road(PicowsDialler()),
    "memory-road": lambda: _on_a_good_road(MemoryDialler(_NETWORK)),
}
DOORS: dict[str, Callable[[], Door]] = {
    "picows": PicowsDoor,
    "websockets": WebsocketsDoor,
    "memory": lambda: MemoryDoor(_NETWORK),
}
PAIRS = [
    ("picows", "picows"),
    ("websockets", "websockets"),
    ("picows", "websockets"),
    ("websockets", "picows"),
    ("memory", "memory"),
    ("road", "picows"),
    ("memory-road", "memory"),
]
HOST = "127.0.0.1"


def dialling_to(door: Door, path: str = "/ocpp/CP-1", *subprotocols: str) -> Dialling:
    url = f"ws://{HOST}:{door.port}{path}"
    return Dialling(url, subprotocols or ("ocpp1.6",), timeout_s=120.0)


@dataclass
class Wired:
    """A dialler, and an open door whose gate lets in those who speak ocpp1.6 or ocpp2.0.1."""

    dialler: Dialler
    door: Door
    gate: RecordingGate

    new_door: Callable[[], Door]

    def dialling(self, path: str = "/ocpp/CP-1", *subprotocols: str) -> Dialling:
        return dialling_to(self.door, path, *subprotocols)

    @asynccontextmanager
    async def door_with(self, gate: Gate) -> AsyncIterator[Door]:
        """Another door of the same kind."""
        door = self.new_door()
        await door.open(HOST, 0, gate)
        yield door
        await door.close()

    async def connect(self, user: RecordingUser | None = None) -> tuple[RecordingUser, Link]:
        """A client's user and link, with the server's end up as well."""
        user = user or RecordingUser()
        await self.dialler.dial(self.dialling(), user)
        await self.gate.user.until_open()
        assert user.link is not None
        return user, user.link


@pytest.fixture(params=PAIRS, ids=["-to-".join(names) for names in PAIRS])
async def wired(request: pytest.FixtureRequest) -> AsyncIterator[Wired]:
    client, server = request.param
    gate = RecordingGate("ocpp1.6", "ocpp2.0.1")
    door = DOORS[server]()
    await door.open(HOST, 0, gate)
    yield Wired(DIALLERS[client](), door, gate, DOORS[server])
    await door.close()


# --- the handshake -----------------------------------------------------------------------------


async def test_both_ends_are_open_and_agree_on_the_subprotocol(wired: Wired) -> None:
    _, link = await wired.connect()

    assert link.subprotocol == "ocpp1.6"
    assert wired.gate.user.link is not None
    assert wired.gate.user.link.subprotocol == "ocpp1.6"


async def test_the_clients_order_of_preference_reaches_the_gate(wired: Wired) -> None:
    user = RecordingUser()

    await wired.dialler.dial(wired.dialling("/", "ocpp2.1", "ocpp2.0.1", "ocpp1.6"), user)

    assert wired.gate.handshakes[0].subprotocols == ("ocpp2.1", "ocpp2.0.1", "ocpp1.6")
    assert user.link is not None and user.link.subprotocol == "ocpp2.0.1"


async def test_a_client_that_asks_for_no_subprotocol_gets_none(wired: Wired) -> None:
    user = RecordingUser()

    await wired.dialler.dial(replace(wired.dialling(), subprotocols=()), user)

    assert user.link is not None and user.link.subprotocol is None


async def test_no_common_subprotocol_is_refused_with_400(wired: Wired) -> None:
    user = RecordingUser()

    with pytest.raises(DialFailed) as failure:
        await wired.dialler.dial(wired.dialling("/", "ocpp1.5"), user)

    assert failure.value.details["status"] == 400
    assert user.link is None and not user.ends


@pytest.mark.parametrize("status", [401, 404, 503])
async def test_a_barred_client_learns_the_status_and_the_reason(wired: Wired, status: int) -> None:
    wired.gate.refusal = Barred(status, "no such charger", (("WWW-Authenticate", "Basic"),))
    user = RecordingUser()

    with pytest.raises(DialFailed) as failure:
        await wired.dialler.dial(wired.dialling(), user)

    assert failure.value.details["status"] == status
    assert "no such charger" in failure.value.details["body"]
    assert user.link is None


async def test_a_server_that_agrees_to_nothing_asked_for_is_no_peer(wired: Wired) -> None:
    user = RecordingUser()

    async with wired.door_with(lambda _: Admitted(RecordingUser(), None)) as door:
        with pytest.raises(DialFailed, match="no common subprotocol"):
            await wired.dialler.dial(dialling_to(door), user)

    assert user.link is None


async def test_a_server_that_picks_what_was_not_offered_is_no_peer(wired: Wired) -> None:
    user = RecordingUser()

    async with wired.door_with(lambda _: Admitted(RecordingUser(), "ocpp9")) as door:
        with pytest.raises(DialFailed, match="no common subprotocol"):
            await wired.dialler.dial(dialling_to(door), user)

    assert user.link is None


async def test_a_gate_that_fails_answers_500_and_keeps_its_reason(wired: Wired) -> None:
    def broken(_: Handshake) -> Admitted:
        raise ZeroDivisionError("a secret")

    async with wired.door_with(broken) as door:
        with pytest.raises(DialFailed) as failure:
            await wired.dialler.dial(dialling_to(door), RecordingUser())

    assert failure.value.details["status"] == 500
    assert "secret" not in failure.value.details["body"]


@pytest.mark.parametrize(
    "path",
    ["/ocpp/RDAM%20123", "/ocpp/CP-1/", "/ocpp/CP%2F1?token=a%20b&x=", "/", "/ocpp/%C3%9Cber"],
)
async def test_the_path_reaches_the_gate_as_it_was_on_the_wire(wired: Wired, path: str) -> None:
    await wired.dialler.dial(wired.dialling(path), RecordingUser())

    assert wired.gate.handshakes[0].path == path


async def test_credentials_are_sent_as_basic_authorization(wired: Wired) -> None:
    dialling = replace(wired.dialling(), username="CP-1", password="gehéim:1")

    await wired.dialler.dial(dialling, RecordingUser())

    kind, _, coded = (wired.gate.handshakes[0].authorization or "").partition(" ")
    assert kind == "Basic"
    assert b64decode(coded).decode() == "CP-1:gehéim:1"


async def test_without_a_password_no_credentials_are_sent(wired: Wired) -> None:
    await wired.dialler.dial(replace(wired.dialling(), username="CP-1"), RecordingUser())

    assert wired.gate.handshakes[0].authorization is None


async def test_the_gate_is_told_who_is_calling(wired: Wired) -> None:
    await wired.connect()

    assert wired.gate.handshakes[0].remote.startswith((f"{HOST}:", "memory"))


async def test_a_closed_port_is_a_failed_dial(wired: Wired) -> None:
    dialling = wired.dialling()
    await wired.door.close()

    with pytest.raises(DialFailed, match="cannot connect"):
        await wired.dialler.dial(dialling, RecordingUser())


@pytest.mark.parametrize("url", ["http://host/x", "ws://", "nonsense", "ws://host:99999/x"])
async def test_a_url_that_is_no_websockets_is_a_failed_dial(wired: Wired, url: str) -> None:
    with pytest.raises(DialFailed):
        await wired.dialler.dial(Dialling(url, ()), RecordingUser())


async def test_a_peer_that_is_there_gives_a_sign_of_life_to_all_that_ask(wired: Wired) -> None:
    await wired.connect()
    server = wired.gate.user.link
    assert server is not None
    answered = [asyncio.Event() for _ in range(3)]

    for one in answered:
        server.probe(one.set)

    async with asyncio.timeout(120):
        for one in answered:
            await one.wait()


# --- frames ------------------------------------------------------------------------------------


async def test_frames_arrive_whole_and_in_order_both_ways(wired: Wired) -> None:
    user, link = await wired.connect()
    theirs = wired.gate.user
    assert theirs.link is not None
    up = [f"[2,{n},{'x' * n * 97}]" for n in range(60)]
    down = [f"[3,{n},{'é' * n * 91}]" for n in range(60)]

    for ours, other in zip(up, down, strict=True):
        link.send(ours)
        theirs.link.send(other)

    assert await theirs.until_frames(60) == up
    assert await user.until_frames(60) == down


async def test_a_frame_of_the_greatest_length_passes_both_ways(wired: Wired) -> None:
    user, link = await wired.connect()
    theirs = wired.gate.user
    assert theirs.link is not None
    longest = "x" * limits.FRAME_BYTES

    link.send(longest)
    theirs.link.send(longest)

    assert await theirs.until_frames() == [longest]
    assert await user.until_frames() == [longest]


async def test_a_frame_too_long_closes_the_servers_end_with_1009(wired: Wired) -> None:
    user, link = await wired.connect()

    link.send("x" * (limits.FRAME_BYTES + 1))

    assert (await wired.gate.user.until_closed())[0] == 1009
    assert (await user.until_closed())[0] in (1009, 1006)  # a reset may overtake the close frame
    assert not wired.gate.user.frames


async def test_a_frame_too_long_closes_the_clients_end_with_1009(wired: Wired) -> None:
    user, _ = await wired.connect()
    assert wired.gate.user.link is not None

    wired.gate.user.link.send("é" * (limits.FRAME_BYTES // 2 + 1))

    assert (await user.until_closed())[0] == 1009
    assert not user.frames


async def test_a_user_that_fails_loses_its_link_with_1011(
    wired: Wired, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(link: Link, text: str) -> None:
        raise ZeroDivisionError("a bug")

    user, _ = await wired.connect(RecordingUser(fail))
    assert wired.gate.user.link is not None

    wired.gate.user.link.send("[]")

    assert (await wired.gate.user.until_closed())[0] == 1011
    assert (await user.until_closed())[0] == 1011
    assert "link_user_failed" in caplog.text


# --- the end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1012, 3000, 4999])
async def test_code_and_reason_of_a_close_reach_the_other_end(wired: Wired, code: int) -> None:
    user, link = await wired.connect()

    link.close(code, "enough")

    assert await wired.gate.user.until_closed() == (code, "enough")
    assert await user.until_closed() == (code, "enough")


async def test_a_close_by_the_server_reaches_the_client(wired: Wired) -> None:
    user, _ = await wired.connect()
    assert wired.gate.user.link is not None

    wired.gate.user.link.close(1008, "replaced")

    assert await user.until_closed() == (1008, "replaced")
    assert await wired.gate.user.until_closed() == (1008, "replaced")


async def test_a_long_reason_is_clipped_to_what_a_close_frame_holds(wired: Wired) -> None:
    _, link = await wired.connect()

    link.close(1000, "é" * 100)

    assert await wired.gate.user.until_closed() == (1000, "é" * 61)


async def test_an_abrupt_close_is_1006_at_both_ends_exactly_once(wired: Wired) -> None:
    user, link = await wired.connect()

    link.abort()
    link.abort()
    link.close()

    assert await wired.gate.user.until_closed() == (1006, "")
    assert await user.until_closed() == (1006, "")
    await asyncio.sleep(0)
    assert len(user.ends) == len(wired.gate.user.ends) == 1


async def test_frames_sent_before_a_close_still_arrive(wired: Wired) -> None:
    _, link = await wired.connect()

    link.send("last words")
    link.close()

    assert (await wired.gate.user.until_closed())[0] == 1000
    assert wired.gate.user.frames == ["last words"]


async def test_what_is_sent_on_a_closed_link_goes_nowhere(wired: Wired) -> None:
    user, link = await wired.connect()
    link.close()

    link.send("too late")
    await user.until_closed()
    link.send("far too late")
    link.close(4000)
    link.abort()

    await wired.gate.user.until_closed()
    assert wired.gate.user.frames == []
    assert user.ends == [(1000, "")]


async def test_who_has_hung_up_hears_no_more_frames(wired: Wired) -> None:
    user, link = await wired.connect()
    assert wired.gate.user.link is not None

    wired.gate.user.link.send("crossing")
    link.close()

    await user.until_closed()
    assert user.frames == []


async def test_a_link_may_be_closed_from_within_opened(wired: Wired) -> None:
    class Shy(RecordingUser):
        def opened(self, link: Link) -> None:
            super().opened(link)
            link.close(1008, "shy")

    user = Shy()
    await wired.dialler.dial(wired.dialling(), user)

    assert await wired.gate.user.until_closed() == (1008, "shy")
    assert await user.until_closed() == (1008, "shy")


async def test_a_link_may_be_closed_from_within_opened_by_the_server(wired: Wired) -> None:
    class Shy(RecordingUser):
        def opened(self, link: Link) -> None:
            super().opened(link)
            link.close(1002, "shy")

    user, theirs = RecordingUser(), Shy()
    async with wired.door_with(lambda _: Admitted(theirs, None)) as door:
        await wired.dialler.dial(replace(dialling_to(door), subprotocols=()), user)

        assert await user.until_closed() == (1002, "shy")
        assert await theirs.until_closed() == (1002, "shy")


async def test_closing_the_door_closes_every_link_and_waits(wired: Wired) -> None:
    users = [(await wired.connect())[0] for _ in range(5)]

    await wired.door.close(1001, "restart")

    assert [user.ends for user in wired.gate.users] == [[(1001, "restart")]] * 5
    for user in users:
        assert await user.until_closed() == (1001, "restart")


# --- verdicts that take their time -------------------------------------------------------------


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(100_000):
        if holds():
            return
        await asyncio.sleep(0.000_1)
    raise AssertionError("it has not come about")


async def test_a_gate_may_decide_later(wired: Wired) -> None:
    wired.gate.decides_later = asyncio.Event()
    users = [RecordingUser() for _ in range(5)]
    dials = [asyncio.create_task(wired.dialler.dial(wired.dialling(), user)) for user in users]
    await until(lambda: len(wired.gate.handshakes) == 5)
    up_before = [user.link for user in users]

    wired.gate.decides_later.set()
    await asyncio.gather(*dials)

    assert up_before == [None] * 5
    for user in users:
        assert user.link is not None
        user.link.send("hello")
    for theirs in wired.gate.users:
        await theirs.until_frames()
        assert theirs.frames == ["hello"]


async def test_others_come_in_while_a_verdict_is_pending(wired: Wired) -> None:
    wired.gate.decides_later = later = asyncio.Event()
    waiting = asyncio.create_task(wired.dialler.dial(wired.dialling(), RecordingUser()))
    await until(lambda: len(wired.gate.handshakes) == 1)

    wired.gate.decides_later = None
    user, link = await wired.connect()

    link.send("hello")
    await wired.gate.user.until_frames()
    assert not waiting.done()
    later.set()
    await waiting
    assert user.ends == []


async def test_who_is_barred_later_learns_the_status(wired: Wired) -> None:
    wired.gate.decides_later = asyncio.Event()
    dialled = asyncio.create_task(wired.dialler.dial(wired.dialling(), RecordingUser()))
    await until(lambda: len(wired.gate.handshakes) == 1)
    wired.gate.refusal = Barred(401, "wrong password")

    wired.gate.decides_later.set()

    with pytest.raises(DialFailed) as failure:
        await dialled
    assert failure.value.details["status"] == 401


async def test_a_verdict_is_given_up_with_its_peer(wired: Wired) -> None:
    wired.gate.decides_later = asyncio.Event()
    dialled = asyncio.create_task(wired.dialler.dial(wired.dialling(), RecordingUser()))
    await until(lambda: len(wired.gate.handshakes) == 1)
    await asyncio.sleep(0)

    dialled.cancel()

    await until(lambda: wired.gate.given_up == 1)
    assert wired.gate.users == []


async def test_a_door_that_closes_refuses_who_waits_for_a_verdict(wired: Wired) -> None:
    wired.gate.decides_later = asyncio.Event()
    dialled = asyncio.create_task(wired.dialler.dial(wired.dialling(), RecordingUser()))
    await until(lambda: len(wired.gate.handshakes) == 1)
    await asyncio.sleep(0)

    await wired.door.close()

    with pytest.raises(DialFailed) as failure:
        await dialled
    assert failure.value.details["status"] == 503
    await until(lambda: wired.gate.given_up == 1)


async def test_a_gate_that_fails_later_is_an_internal_error(wired: Wired) -> None:
    async def fail() -> Admitted | Barred:
        raise RuntimeError("a bug")

    async with wired.door_with(lambda handshake: fail()) as door:
        with pytest.raises(DialFailed) as failure:
            await wired.dialler.dial(dialling_to(door), RecordingUser())

    assert failure.value.details["status"] == 500


async def test_a_whole_network_that_dials_at_once_is_judged_in_turns(wired: Wired) -> None:
    users = [RecordingUser() for _ in range(3 * limits.HANDSHAKES_AT_ONCE)]

    await asyncio.gather(*(wired.dialler.dial(wired.dialling(), user) for user in users))

    assert all(user.link is not None for user in users)
    assert len(wired.gate.handshakes) == len(users)


# --- pauses ------------------------------------------------------------------------------------


async def test_a_paused_link_hands_nothing_over_until_it_goes_on(wired: Wired) -> None:
    user, link = await wired.connect()
    theirs, barrier = wired.gate.user, RecordingUser()
    assert theirs.link is not None

    theirs.link.pause()
    for number in range(100):
        link.send(str(number))
    await wired.connect(barrier)  # what was sent before has arrived by the time this has
    assert barrier.link is not None
    barrier.link.send("meanwhile")
    await wired.gate.user.until_frames()
    before = list(theirs.frames)
    theirs.link.resume()
    await theirs.until_frames(100)

    assert before == []
    assert theirs.frames == [str(number) for number in range(100)]
    theirs.link.send("back")
    assert await user.until_frames() == ["back"]


async def test_a_callers_paused_link_hands_nothing_over_until_it_goes_on(wired: Wired) -> None:
    user, link = await wired.connect()
    theirs, barrier = wired.gate.user, RecordingUser()
    assert theirs.link is not None

    link.pause()
    for number in range(100):
        theirs.link.send(str(number))
    await wired.connect(barrier)
    assert wired.gate.user.link is not None
    wired.gate.user.link.send("meanwhile")
    await barrier.until_frames()
    before = list(user.frames)
    link.resume()
    await user.until_frames(100)

    assert before == []
    assert user.frames == [str(number) for number in range(100)]


async def test_a_paused_link_that_is_closed_ends_at_once(wired: Wired) -> None:
    user, link = await wired.connect()
    theirs = wired.gate.user
    assert theirs.link is not None

    for one in (link, theirs.link):
        one.pause()
    link.send("unread")
    theirs.link.close(1000, "enough")
    for one in (link, theirs.link):
        one.resume()

    assert await theirs.until_closed(timeout_s=120.0) == (1000, "enough")
    assert await user.until_closed(timeout_s=120.0) == (1000, "enough")


async def test_a_door_has_a_port_that_no_other_can_take(wired: Wired) -> None:
    assert wired.door.port > 0
    with pytest.raises(OSError, match="in use"):
        await wired.new_door().open(HOST, wired.door.port, wired.gate)


@pytest.mark.parametrize("door", list(DOORS.values()), ids=list(DOORS))
async def test_a_door_that_is_not_open_has_no_port(door: Callable[[], Door]) -> None:
    with pytest.raises(RuntimeError):
        door().port  # noqa: B018

    await door().close()


async def test_a_pair_for_tests_is_a_link() -> None:
    first, second = RecordingUser(), RecordingUser()

    ours, theirs = pair(first, second)
    ours.send("ping")
    theirs.send("pong")
    await second.until_frames()
    theirs.close(1000, "done")

    assert first.frames == ["pong"] and second.frames == ["ping"]
    assert await first.until_closed() == await second.until_closed() == (1000, "done")
