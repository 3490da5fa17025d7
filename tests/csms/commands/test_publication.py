"""Firmware that a local controller publishes: the outcome is its last word (L03)."""

from typing import Any

import pytest

from tests.csms.bench import Peer, Yard
from voltyard.csms.commands.publication import PublishFirmware

COMMAND = PublishFirmware(location="https://files.example/f", checksum="0" * 32)


async def begun(yard: Yard) -> tuple[Peer, Any, int]:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    task = await yard.command(COMMAND, timeout_s=10)
    return peer, task, peer.asked()[-1][3]["requestId"]


@pytest.mark.parametrize(
    "last, succeeded",
    [
        ("Published", True),
        ("DownloadFailed", False),
        ("InvalidChecksum", False),
        ("PublishFailed", False),
    ],
)
@pytest.mark.parametrize("is_early", [False, True])
async def test_the_last_word_is_the_outcome(
    yard: Yard, last: str, succeeded: bool, is_early: bool
) -> None:
    peer, task, id = await begun(yard)
    words = [{"status": "Downloading"}, {"status": last, "location": ["http://here/f"]}]
    if not is_early:
        await peer.answer({"status": "Accepted"})
        await task
    for said in words:
        await peer.say("PublishFirmwareStatusNotification", said | {"requestId": id})
    if is_early:
        await peer.answer({"status": "Accepted"})
        await task

    [row] = yard.journal.commands.values()
    assert (row.awaits, row.outcome, row.succeeded) == ("publication", last, succeeded)


async def test_an_update_of_firmware_is_another_matter(yard: Yard) -> None:
    peer, task, id = await begun(yard)
    await peer.answer({"status": "Accepted"})
    await task
    await peer.say("FirmwareStatusNotification", {"status": "Installed", "requestId": id})
    [row] = yard.journal.commands.values()
    assert row.outcome is None
