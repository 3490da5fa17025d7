"""Wrong frames without end: noise, sound frames with other characters, and with other values.
Drawn from a seed, so that a run can be had again."""

import json
from copy import deepcopy
from random import Random
from typing import Any, Final

from tests.ocpp.schemas import messages
from tests.payloads import full, minimal
from voltyard.ocpp.versions import Version

_VALUES: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        0,
        -1,
        1.5,
        2**31,
        2**63,
        -(10**20),
        10**400,
        1e308,
        "",
        "0",
        "\x00",
        "\U0001f50c",
    ),
    *("2026-11-21T09:00:00", "9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z", "x" * 1_000),
    *([], [[]] * 20, {}, {"a": {"b": {"c": []}}}, {"vendorId": "x" * 256}),
)
_NOISE_BYTES: Final = 60


class WrongFrames:
    """Frames that a peer of a version might say, were it broken or hostile."""

    def __init__(self, version: Version, seed: int) -> None:
        self._random = Random(seed)
        self._sound = [json.dumps(frame) for frame in _sound(version)]

    def next(self) -> str:
        """One of them."""
        draw = self._random.random()
        if draw < 0.2:
            size = self._random.randrange(_NOISE_BYTES)
            return self._random.randbytes(size).decode("latin-1")
        sound = self._random.choice(self._sound)
        return self._scribbled(sound) if draw < 0.4 else self._edited(sound)

    def _scribbled(self, text: str) -> str:
        """With other characters, or cut short."""
        characters = list(text)
        for _ in range(self._random.randrange(1, 6)):
            characters[self._random.randrange(len(text))] = chr(self._random.randrange(256))
        return "".join(characters[: self._random.choice((None, self._random.randrange(len(text))))])

    def _edited(self, text: str) -> str:
        """With another id, and up to two values replaced, left out or told again."""
        edited = json.loads(text)
        edited[1] = f"w{self._random.randrange(10**9)}"
        for _ in range(self._random.randrange(3)):
            self._edit(edited)
        return json.dumps(edited)

    def _edit(self, within: Any) -> None:
        while True:
            keys = list(within) if isinstance(within, dict) else list(range(len(within)))
            if not keys:
                return
            key = self._random.choice(keys)
            if isinstance(within[key], dict | list) and self._random.random() < 0.8:
                within = within[key]
                continue
            draw = self._random.random()
            if draw < 0.15:
                del within[key]
            elif draw < 0.3 and isinstance(within, list):
                within.append(deepcopy(within[key]))
            else:
                within[key] = deepcopy(self._random.choice(_VALUES))
            return


def _sound(version: Version) -> list[list[Any]]:
    """A CALL of each action, an answer to each, and errors."""
    frames: list[list[Any]] = [[4, "n", "GenericError", "", {}], [4, "n", "Nonsense"]]
    for message in messages():
        if message.version is version:
            is_call = message.half == "request"
            for payload in (minimal(message.kind), full(message.kind)):
                frames.append([2, "n", message.action, payload] if is_call else [3, "n", payload])
    return frames
