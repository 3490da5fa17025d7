"""A live session under bad input: the 39 actions of OCPP 1.6 with every single fault, and noise.

What is wrong is answered with its CALLERROR, the link is kept, and nothing else is disturbed.
"""

import asyncio
import json
import resource
import time
from random import Random
from typing import Any

import pytest

from tests.csms.bench import ORG, Peer, Yard
from tests.fakes.journals import MemoryJournal
from tests.ocpp.schemas import Message, faults, messages, valid
from tests.payloads import minimal
from voltyard.csms.commands.control import RawCall
from voltyard.kernel.errors import PeerError
from voltyard.kernel.seeds import stream
from voltyard.ocpp.versions import V16
from voltyard.ocpp.violations import ERRORS_16, Kind

CODES = {kind.value.replace("_", " "): code for kind, code in ERRORS_16.items()}
WRONG_WAY = ERRORS_16[Kind.WRONG_DIRECTION]
OF_16 = [message for message in messages() if message.version is V16]
REQUESTS = [message for message in OF_16 if message.half == "request"]
RESPONSES = [
    message
    for message in OF_16
    if message.half == "response" and V16.actions[message.action].sender != "charger"
]


async def turn() -> None:
    """Let a charger that has talked much go on."""
    await asyncio.sleep(0)


def state(yard: Yard) -> Any:
    """What a refused message must not change."""
    journal = yard.journal
    charger = yard.backend.charger(ORG, "CP1")
    rows = (journal.transactions, journal.connectors, journal.data_transfers, journal.meter_values)
    return [len(one) for one in rows], charger.row, dict(charger.connectors)


async def check_undisturbed(yard: Yard, peer: Peer, other: Peer, before: Any) -> None:
    assert peer.wire.closed is None and other.wire.closed is None
    assert yard.complaints == []
    assert state(yard) == before
    assert len(await peer.say("Heartbeat", {})) == len(await other.say("Heartbeat", {})) == 1


@pytest.mark.parametrize("message", REQUESTS, ids=lambda message: message.action)
async def test_each_fault_of_a_call_gets_its_error(yard: Yard, message: Message) -> None:
    peer, other = await yard.booted("CP1"), await yard.booted("CP2")
    sound = valid(message.agreed, stream(3, message.action), full=True)
    is_ours = V16.actions[message.action].sender == "csms"
    before = state(yard)
    seen = 0

    for seen, fault in enumerate(faults(message.agreed, sound), 1):
        peer.text(json.dumps([2, f"f{seen}", message.action, fault.payload]))
        await turn()

        kind, id, code, *_ = json.loads(peer.wire.sent[-1])
        assert (kind, id) == (4, f"f{seen}")
        assert code == (WRONG_WAY if is_ours else CODES[fault.word]), (fault.word, fault.path)

    assert seen > 0
    await yard.settle()
    refused = [one for one in yard.journal.messages if (one.message_id or "").startswith("f")]
    assert [one.verdict for one in refused] == ["refused"] * seen
    await check_undisturbed(yard, peer, other, before)


@pytest.mark.parametrize("message", RESPONSES, ids=lambda message: message.action)
async def test_each_fault_of_an_answer_fails_its_command_alone(
    yard: Yard, message: Message
) -> None:
    peer, other = await yard.booted("CP1"), await yard.booted("CP2")
    sound = valid(message.agreed, stream(4, message.action), full=True)
    command = RawCall(
        action=message.action, payload=minimal(V16.actions[message.action].request), validate=False
    )
    before = state(yard)

    for fault in faults(message.agreed, sound):
        task = await yard.command(command)
        await peer.answer(fault.payload)
        with pytest.raises(PeerError, match="breaks its schema"):
            await task
        assert yard.journal.messages[-1].verdict == "refused", (fault.word, fault.path)

    if message.action != "DataTransfer":
        await check_undisturbed(yard, peer, other, before)
    assert len(await other.say("Heartbeat", {})) == 1


def noise(random: Random, sound: list[str]) -> str:
    """Bytes as text: of no meaning at all, or a frame with some of them changed."""
    if random.random() < 0.5:
        return random.randbytes(random.randrange(60)).decode("latin-1")
    text = list(random.choice(sound))
    for _ in range(random.randrange(1, 6)):
        text[random.randrange(len(text))] = chr(random.randrange(256))
    return "".join(text)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_million_frames_of_noise_cost_no_link_and_no_memory() -> None:
    yard = Yard(MemoryJournal(log_limit=1_000))
    peer, other = await yard.booted("CP1", validation="lenient"), await yard.booted("CP2")
    random = Random(11)
    sound = [json.dumps([2, "n", one.action, minimal(one.kind)]) for one in REQUESTS]
    sound += ['[3,"n",{"status":"Accepted"}]', '[4,"n","GenericError","",{}]']
    started = time.monotonic()
    settled_bytes = sent = 0

    # As many as go into a minute, where the machine has other things to do.
    while sent < 1_000_000 and time.monotonic() - started < 60:
        for _ in range(50):
            peer.text(noise(random, sound))
        sent += 50
        await yard.journal.flush()
        await turn()
        peer.wire.sent.clear()
        yard.events.clear()
        if sent == 50_000:
            settled_bytes = _memory_bytes()

    assert sent > 50_000
    assert _memory_bytes() - settled_bytes < 30_000_000, sent
    assert peer.wire.closed is None
    assert yard.complaints == []
    await yard.settle()
    assert len(await other.say("Heartbeat", {})) == 1
    print(f"{sent} frames of noise in {time.monotonic() - started:.0f} s")


def _memory_bytes() -> int:
    """The most that was ever in use: flat once it is settled."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
