"""Our charger of 2.0.1 before a CSMS of the `ocpp` package, in every block of the standard.

The package checks each frame against OCA's schemas in both directions, and the charger reads
strictly; a CALLERROR in either direction fails a story. The list is held complete: every action of
2.0.1 is seen in some story.
"""

from pathlib import Path
from typing import Any

import pytest
from ocpp.exceptions import NotSupportedError

from tests.foreign.blocks import (
    authorization,
    charging,
    display,
    firmware,
    iso15118,
    monitoring,
    provisioning,
    transactions,
)
from tests.foreign.blocks.stage import stage
from tests.foreign.blocks.story import Story
from voltyard.ocpp.versions import V201

STORIES: tuple[Story, ...] = (
    *provisioning.STORIES,
    *authorization.STORIES,
    *transactions.STORIES,
    *charging.STORIES,
    *iso15118.STORIES,
    *firmware.STORIES,
    *monitoring.STORIES,
    *display.STORIES,
)
OF_A_LOCAL_CONTROLLER: dict[str, dict[str, Any]] = {
    "PublishFirmware": {"request_id": 1, "location": "http://127.0.0.1/f", "checksum": "c" * 32},
    "UnpublishFirmware": {"checksum": "c" * 32},
}
"""Requests that publish firmware (L03, L04), which a charger that is no local controller answers
with NotSupported."""


@pytest.mark.slow  # each has a server of its own
@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
async def test_a_story_is_understood_on_both_sides(tmp_path: Path, story: Story) -> None:
    async with stage(tmp_path, story.fields()) as here:
        await story.play(here)
        record = here.csms.record

    assert set(story.asks) <= set(record.asked)
    assert set(story.hears) <= set(record.actions())
    assert record.errors == []


async def test_what_a_local_controller_is_asked_others_do_not_support(tmp_path: Path) -> None:
    async with stage(tmp_path, {}) as here:
        for action, payload in OF_A_LOCAL_CONTROLLER.items():
            with pytest.raises(NotSupportedError):
                await here.told(action, **payload)
        record = here.csms.record

    assert [error.split(",")[2] for error in record.errors] == ['"NotSupported"'] * 2


def test_every_action_is_in_some_story() -> None:
    asked = {action for story in STORIES for action in story.asks}
    heard = {action for story in STORIES for action in story.hears}
    actions = V201.actions.values()

    assert asked == {one.name for one in actions if one.sender != "charger"}
    assert heard == {one.name for one in actions if one.sender != "csms"}
