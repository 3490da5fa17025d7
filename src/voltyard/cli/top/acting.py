"""Verbs of `voltyard top`: a command to each charger that is selected."""

import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from voltyard.cli.client.api_client import ApiClient, path_to
from voltyard.cli.display.printable import cell
from voltyard.cli.verbs.waiting import result_of
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Seconds

_PATIENCE_S: Final[Seconds] = 10.0
_LOOK_EACH_S: Final[Seconds] = 0.1


class KeyedVerb(NamedTuple):
    """A verb under a key; `asks` names the field of its event that is asked for."""

    key: str
    name: str
    path: str
    asks: str = ""
    given: str = ""
    """The text that stands in the question already."""
    event: Mapping[str, Any] = {}


VERBS: Final = (
    KeyedVerb("p", "plug", "plug-connector"),
    KeyedVerb("u", "unplug", "unplug-connector"),
    KeyedVerb("t", "swipe", "swipe", "id_tag", "04A1B2C3"),
    KeyedVerb("f", "fault", "inject-fault", "fault_type", "GroundFailure"),
    KeyedVerb("c", "clear-fault", "clear-fault"),
    KeyedVerb("d", "drop", "network-drop", event={"seconds": 30}),
    KeyedVerb("b", "reboot", "reboot"),
)


def act(api: ApiClient, identity: str, verb: KeyedVerb, asked: str) -> str:
    """Ask it of a charger; the line that tells what came of it."""
    event = {**verb.event, **({verb.asks: asked} if verb.asks else {})}
    body = {"target": {"charger_id": identity}, "event": event}
    try:
        answer = api.post(f"/ocpp/commands/{verb.path}", body)
        if "results" not in answer:
            return f"{identity}: {verb.name} done"
        for failed in answer["failed"]:
            return f"{identity}: {cell(failed['error'])}"
        command = _settled(api, answer["results"][0]["command"]["id"])
    except VoltyardError as error:
        return f"{identity}: {cell(str(error))}"
    done = "done" if command["status"] == "completed" else command["status"]
    return f"{identity}: {verb.name} {done}: {result_of(command)}"


def _settled(api: ApiClient, command_id: str) -> Mapping[str, Any]:
    """A command once it has its result, or as it is when that takes too long."""
    give_up_at = time.monotonic() + _PATIENCE_S
    while True:
        command: Mapping[str, Any] = api.get(path_to("/ocpp/commands", command_id))
        if command["finished_at"] is not None or time.monotonic() > give_up_at:
            return command
        time.sleep(_LOOK_EACH_S)
