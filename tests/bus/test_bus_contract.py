"""The bus, in memory and over NATS: messages, requests, groups and streams."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bus.bench import BusPlace, Heard, bus_place, until
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, Overfull
from voltyard.ports.bus import Bus, BusGone, NoResponders, NotAnswered


@pytest.fixture(params=["memory", pytest.param("nats", marks=pytest.mark.service)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BusPlace]:
    async with bus_place(request.param, tmp_path / "bus") as there:
        yield there


async def two(place: BusPlace) -> tuple[Bus, Bus]:
    return await place.end(), await place.end()


async def test_what_is_published_is_heard_by_all_in_its_order(place: BusPlace) -> None:
    one, other = await two(place)
    first, second, stranger = Heard(), Heard(), Heard()
    await one.subscribe("a.b", first)
    await other.subscribe("a.b", second)
    await other.subscribe("a.c", stranger)

    for number in range(100):
        await one.publish("a.b", str(number).encode())

    await until(lambda: len(first.messages) == len(second.messages) == 100)
    assert first.messages == second.messages
    assert first.data() == [str(number).encode() for number in range(100)]
    assert stranger.messages == []


@pytest.mark.parametrize(
    ("pattern", "heard"),
    [
        ("a.*", ["a.b"]),
        ("a.>", ["a.b", "a.b.c"]),
        ("*.b.c", ["a.b.c"]),
        (">", ["a", "a.b", "a.b.c"]),
    ],
)
async def test_a_pattern_hears_the_subjects_that_it_has(
    place: BusPlace, pattern: str, heard: list[str]
) -> None:
    one, other = await two(place)
    hearer = Heard()
    await one.subscribe(pattern, hearer)

    for subject in ("a", "a.b", "a.b.c", "end"):
        await other.publish(subject, b"")
    last = Heard()
    await one.subscribe("last", last)
    await other.publish("last", b"")

    await until(lambda: bool(last.messages) and len(hearer.messages) >= len(heard))
    there = [subject for subject, _ in hearer.messages if subject not in ("end", "last")]
    assert there == heard


async def test_of_a_group_one_hears(place: BusPlace) -> None:
    one, other = await two(place)
    members, alone = [Heard(), Heard()], Heard()
    for bus, member in zip((one, other), members, strict=True):
        await bus.subscribe("jobs", member, group="workers")
    await other.subscribe("jobs", alone)

    for number in range(40):
        await one.publish("jobs", str(number).encode())

    await until(lambda: len(alone.messages) == 40)
    await until(lambda: sum(len(member.messages) for member in members) == 40)
    heard = sorted(data for member in members for data in member.data())
    assert heard == sorted(alone.data())


async def test_a_request_has_its_answer(place: BusPlace) -> None:
    one, other = await two(place)
    await one.subscribe("echo", Heard(b"here"))

    assert await other.request("echo", b"there?", 60) == b"here"


async def test_without_a_subscriber_it_is_known_at_once(place: BusPlace) -> None:
    one, other = await two(place)
    subscription = await other.subscribe("echo", Heard(b"here"))

    with pytest.raises(NoResponders, match="nothing hears nobody"):
        await asyncio.wait_for(one.request("nobody", b"", 3600), 60)

    await subscription.end()
    with pytest.raises(NoResponders):
        await asyncio.wait_for(one.request("echo", b"", 3600), 60)


async def test_who_does_not_answer_in_time_is_given_up(place: BusPlace) -> None:
    one, other = await two(place)
    silent = Heard(None)
    await other.subscribe("silent", silent)

    with pytest.raises(NotAnswered):
        await one.request("silent", b"", 0.05)
    await until(lambda: len(silent.messages) == 1)


async def test_a_handler_that_fails_answers_nothing_and_hears_on(place: BusPlace) -> None:
    one, other = await two(place)
    await other.subscribe("echo", Heard(b"here", failures=1))

    with pytest.raises(NotAnswered):
        await one.request("echo", b"", 0.05)
    assert await one.request("echo", b"", 60) == b"here"


async def test_a_message_that_is_too_long_is_refused(place: BusPlace) -> None:
    one, other = await two(place)
    heard = Heard(b"here")
    await other.subscribe("echo", heard)

    for send in (
        one.publish("echo", bytes(one.most_bytes + 1)),
        one.request("echo", bytes(one.most_bytes + 1), 60),
    ):
        with pytest.raises(Invalid, match="too long for the bus"):
            await send

    assert await one.request("echo", bytes(one.most_bytes - 1000), 60) == b"here"
    assert len(heard.messages) == 1


async def test_a_slow_subscriber_loses_what_is_too_much_and_holds_up_nobody(
    place: BusPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BUS_PENDING_MESSAGES", 10)
    one, other = await two(place)
    slow, quick = Heard(), Heard(b"here")
    slow.gate.clear()
    subscription = await other.subscribe("news", slow)
    await other.subscribe("echo", quick)

    await one.publish("news", b"0")
    await until(lambda: slow.waiting == 1)
    for number in range(1, 100):
        await one.publish("news", str(number).encode())
    assert await one.request("echo", b"", 60) == b"here"
    await until(lambda: subscription.dropped >= 85)
    slow.gate.set()

    # one is being handled; the oldest are kept
    await until(lambda: len(slow.messages) + subscription.dropped == 100)
    assert slow.data() == [str(number).encode() for number in range(len(slow.messages))]
    await one.publish("news", b"more")
    await until(lambda: slow.data()[-1] == b"more")


async def test_what_is_asked_while_the_bus_is_gone_is_refused_and_never_arrives(
    place: BusPlace,
) -> None:
    one, other = await two(place)
    heard = Heard(b"here")
    await other.subscribe("echo", heard)
    await other.keep("kept", ("kept.>",))

    await place.stop()

    assert one.problem and other.problem
    for call in (
        one.publish("echo", b"1"),
        one.request("echo", b"2", 3600),
        one.subscribe("more", heard),
        one.keep("kept", ("kept.>",)),
        one.append("kept.a", b"3", "3"),
        one.follow("kept", "me", heard),
    ):
        with pytest.raises(BusGone):
            await asyncio.wait_for(call, 60)

    await place.start()

    # who had subscribed hears again, and nothing of what was refused
    assert one.problem == ""
    assert await one.request("echo", b"4", 60) == b"here"
    assert heard.data() == [b"4"]


async def test_a_request_under_way_ends_with_the_bus(place: BusPlace) -> None:
    one, other = await two(place)
    silent = Heard(None)
    await other.subscribe("silent", silent)
    asking = asyncio.create_task(one.request("silent", b"", 3600))
    await until(lambda: bool(silent.messages))

    await place.stop()

    with pytest.raises(NotAnswered, match="lost"):
        await asyncio.wait_for(asking, 60)
    await place.start()


async def test_what_was_appended_is_handed_over_in_order_and_after_a_fall_of_the_bus(
    place: BusPlace,
) -> None:
    one, other = await two(place)
    await one.keep("kept", ("kept.>",))
    for number in range(5):
        await one.append(f"kept.{number}", str(number).encode(), str(number))

    await place.stop()
    await place.start()

    heard = Heard()
    await other.follow("kept", "me", heard)
    await one.append("kept.5", b"5", "5")
    await until(lambda: len(heard.messages) == 6)
    assert heard.messages == [(f"kept.{n}", str(n).encode()) for n in range(6)]


async def test_a_follower_goes_on_where_it_was(place: BusPlace) -> None:
    one, other = await two(place)
    await one.keep("kept", ("kept",))
    await one.append("kept", b"1", "1")
    first, second, stranger = Heard(), Heard(), Heard()
    following = await other.follow("kept", "me", first)
    await until(lambda: len(first.messages) == 1)

    await following.end()
    await one.append("kept", b"2", "2")
    await one.follow("kept", "me", second)
    await other.follow("kept", "another", stranger)

    await until(lambda: len(second.messages) == 1 and len(stranger.messages) == 2)
    assert (first.data(), second.data()) == ([b"1"], [b"2"])
    assert stranger.data() == [b"1", b"2"]


async def test_what_could_not_be_handled_comes_again_before_the_next(
    place: BusPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BUS_AGAIN_S", 0.05)
    one, _ = await two(place)
    await one.keep("kept", ("kept",))
    heard = Heard(failures=2)
    await one.follow("kept", "me", heard)

    for text in (b"1", b"2"):
        await one.append("kept", text, text.decode())

    await until(lambda: len(heard.messages) == 4)
    assert heard.data() == [b"1", b"1", b"1", b"2"]


async def test_what_is_appended_again_is_kept_once(place: BusPlace) -> None:
    one, other = await two(place)
    await one.keep("kept", ("kept",))
    for bus, key in ((one, "a"), (other, "a"), (one, "b")):
        await bus.append("kept", key.encode(), key)
    heard = Heard()

    await one.follow("kept", "me", heard)
    await one.append("kept", b"last", "last")

    await until(lambda: heard.data()[-1:] == [b"last"])
    assert heard.data() == [b"a", b"b", b"last"]


async def test_a_full_stream_says_so_and_keeps_what_it_has(
    place: BusPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BUS_STREAM_BYTES", 3000)
    one, _ = await two(place)
    await one.keep("kept", ("kept",))
    taken = 0
    with pytest.raises(Overfull):
        while taken < 10:
            await one.append("kept", bytes(1000), str(taken))
            taken += 1
    assert 1 <= taken <= 3

    heard = Heard()
    await one.follow("kept", "me", heard)
    await until(lambda: len(heard.messages) == taken)


async def test_a_stream_that_is_not_there_keeps_nothing(place: BusPlace) -> None:
    one, _ = await two(place)
    await one.keep("kept", ("kept",))

    with pytest.raises(NoResponders):
        await one.append("elsewhere", b"", "1")
    with pytest.raises(NoResponders):
        await one.follow("elsewhere", "me", Heard())
    with pytest.raises(Invalid):
        await one.keep("another", ("kept",))
    await one.keep("kept", ("kept", "kept.more"))
    await one.append("kept.more", b"", "1")
