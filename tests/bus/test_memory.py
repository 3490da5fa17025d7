import pytest

from tests.bus.bench import Heard, until
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.kernel import limits


async def test_a_key_that_was_appended_long_ago_is_taken_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus = MemoryBus(MemoryBroker())
    await bus.keep("kept", ("kept",))
    await bus.append("kept", b"first", "a")
    await bus.append("kept", b"again", "a")
    monkeypatch.setattr(limits, "BUS_REPEATS_S", 0.0)
    heard = Heard()

    await bus.append("kept", b"later", "a")

    await bus.follow("kept", "me", heard)
    await until(lambda: len(heard.messages) == 2)
    assert heard.data() == [b"first", b"later"]
    await bus.close()


async def test_what_has_become_too_old_is_handed_to_no_follower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus = MemoryBus(MemoryBroker())
    await bus.keep("kept", ("kept",))
    for key in ("1", "2"):
        await bus.append("kept", key.encode(), key)
    monkeypatch.setattr(limits, "BUS_STREAM_AGE_S", -1.0)
    heard = Heard()

    await bus.append("kept", b"3", "3")

    await bus.follow("kept", "me", heard)
    await until(lambda: bool(heard.messages))
    assert heard.data() == [b"3"]
    await bus.close()
