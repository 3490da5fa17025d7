"""What the fuzzer is told beside the description: things that are there, and what may not be asked
of a server that others use meanwhile."""

import atexit
import json
import os
import random
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis

from voltyard.kernel import limits

THERE: dict[str, list[str]] = json.loads(os.environ["VOLTYARD_FUZZ_THERE"])
"""Names of path parameters and of fields, each with ids of things that are there. The first of
each stays; what is deleted is one of the others."""

FEW = 3
"""More chargers than these are not made at once."""

MANY = 1_000_000

BRIEF_S = 1
"""An outage is no longer than this: what is asked of a charger meanwhile would be waited for."""

SOON_S = 0.1
"""Commands of a location are no further apart, where they are staggered."""

OUTAGES = ("/network-drop", "/power-cut")

_dice = random.Random(1)
_aimed: Counter[str] = Counter()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Aim some requests at what is there, so that more is found than 404."""
    if case.headers and "Idempotency-Key" in case.headers:
        # One key is of one request; the fuzzer sends its examples with many.
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    for name in case.path_parameters or {}:
        if name in THERE and _dice.random() < 0.5:
            if case.method != "DELETE":
                case.path_parameters[name] = THERE[name][0]
            elif len(THERE[name]) > 1:
                case.path_parameters[name] = THERE[name].pop()
            else:
                continue
            _aimed[name] += 1
    if not case.path.endswith("/quirks"):  # whose parameters have those names, and other meanings
        _aim(case.body)
    if case.path.endswith(OUTAGES) and isinstance(case.body, dict):
        _shorten(case.body.setdefault("event", {}))


def _aim(body: Any) -> None:
    if isinstance(body, list):
        for one in body:
            _aim(one)
    if not isinstance(body, dict):
        return
    for name, value in body.items():
        if name in THERE and isinstance(value, str) and _dice.random() < 0.5:
            body[name] = THERE[name][0]
            _aimed[name] += 1
        elif name == "ws_url" and isinstance(value, str) and value.startswith("ws"):
            # Nobody else's servers are dialled.
            body[name] = THERE[name][0]
        elif name == "requestsPerMinute" and type(value) is int and 0 < value < MANY:
            # Else the fuzzer shuts itself out.
            body[name] = MANY
        elif name == "interval_s" and type(value) in (int, float) and value > SOON_S:
            # What comes after a command in its turn would be waited for as long.
            body[name] = SOON_S if value <= limits.COMMAND_LIFETIME_S else value
        elif name == "chargers_number" and type(value) is int and value > FEW:
            body[name] = FEW if value <= 10_000 else value
        else:
            _aim(value)


def _shorten(outage: Any) -> None:
    if not isinstance(outage, dict):
        return
    # Without, or with null, it lasts until it is ended.
    seconds = outage.setdefault("seconds", BRIEF_S)
    if seconds is None or (
        type(seconds) in (int, float) and BRIEF_S < seconds <= limits.RECOVERY_S
    ):
        outage["seconds"] = BRIEF_S


@atexit.register
def _tell() -> None:
    """Which names were aimed at what is there, and how often."""
    Path(os.environ["VOLTYARD_FUZZ_AIMED"]).write_text(json.dumps(_aimed))
