"""Whatever a charger's fields hold, it is answered once, stored, and can be read: no number, date
or text of a peer's reaches a column or sum that cannot hold it."""

import asyncio
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.api.bench import BOX, Lab, ScriptedCharger
from tests.ocpp.schemas import Message, messages, resolved, valid
from voltyard.kernel.seeds import stream
from voltyard.ocpp.versions import by_name

AT_ONCE = 20
INTEGERS = (2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 10**20, 10**400, -(2**31), 2**31 - 1)
NUMBERS = (1.7e308, -1.7e308, 5e-324, 10**400)
TEXTS = ("\x00", "a\x00b", "9" * 400, "1e400", "-Infinity", "NaN", "1.7e308", "\u202e", "")
MOMENTS = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59.9999999Z",
    "9999-12-31T23:59:59-14:00",
)
LISTS = (
    "/chargers",
    f"/chargers/{BOX}",
    "/transactions",
    "/events",
    "/violations",
    "/violations/chargers",
    "/reservations",
    *(f"/chargers/{BOX}/{name}" for name in ("messages", "data-transfer", "violations")),
)


def odd(message: Message, payload: Any) -> Iterator[Any]:
    """The payload with one odd value, for every such value in every place."""

    def walk(node: dict[str, Any], value: Any, path: tuple[Any, ...]) -> Iterator[Any]:
        node = resolved(message.schema, node)
        kind = node.get("type")
        if kind == "object":
            for name, inner in node.get("properties", {}).items():
                if name in value:
                    yield from walk(inner, value[name], (*path, name))
        elif kind == "array":
            yield from walk(node["items"], value[0], (*path, 0))
        elif "enum" not in node:
            is_moment = node.get("format") == "date-time"
            strings = MOMENTS if is_moment else TEXTS
            for one in {"integer": INTEGERS, "number": NUMBERS, "string": strings}.get(kind, ()):
                yield _with(payload, path, one)

    yield from walk(message.schema, payload, ())


def _with(payload: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = deepcopy(payload)
    at = copy
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return copy


def of_a_charger(version: str) -> list[Message]:
    """The requests that a charger of that version sends."""
    return [
        one
        for one in messages()
        if one.version is by_name(version)
        and one.half == "request"
        and one.version.actions[one.action].sender != "csms"
    ]


async def send(lab: Lab, charger: ScriptedCharger, id: str, action: str, payload: Any) -> Any:
    assert charger.link is not None
    charger.link.send(json.dumps([2, id, action, payload]))
    await charger.until(lambda: id in charger.answers)
    return charger.answers[id]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("validation", ["strict", "lenient"])
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_no_odd_value_of_a_charger_is_too_much(
    lab: Lab, version: str, validation: str, logged: list[Any]
) -> None:
    charger = await lab.connect(version)
    await lab.patch(f"/chargers/{BOX}", {"validation": validation})
    before = (await lab.get(f"/chargers/{BOX}/messages")).json()["pagination"]["total"]
    asked = [
        (message.action, payload)
        for message in of_a_charger(version)
        for payload in odd(message, valid(message.agreed, stream(9, str(message)), full=True))
    ]
    kinds = set()

    for begin in range(0, len(asked), AT_ONCE):
        together = asked[begin : begin + AT_ONCE]
        sending = [
            send(lab, charger, f"odd-{number}", action, payload)
            for number, (action, payload) in enumerate(together, begin)
        ]
        answers = await asyncio.gather(*sending)
        for said, answer in zip(together, answers, strict=True):
            assert answer[:1] == [3] or answer[2] == "PropertyConstraintViolation", (said, answer)
            kinds.add(answer[0])

    assert kinds == {3, 4}
    for path in LISTS:
        assert (await lab.get(path)).status_code == 200, path
    transactions = (await lab.get("/transactions", limit="100")).json()["transactions"]
    for one in transactions[:20]:
        values = await lab.get(f"/transactions/{one['id']}/meter-values")
        assert values.status_code == 200, values.text
    stored = (await lab.get(f"/chargers/{BOX}/messages")).json()["pagination"]["total"]
    assert stored - before == len(asked)
    assert [line for line in logged if line["log_level"] in ("error", "critical")] == []


async def test_what_is_beyond_32_bits_is_refused_with_field_and_rule(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    start = {"connectorId": 1, "idTag": "T", "meterStart": 10**20}
    start["timestamp"] = "2026-02-10T14:00:00Z"
    status = {"connectorId": 2**63, "errorCode": "NoError", "status": "Available"}

    for id, action, payload, field in (
        ("one", "StartTransaction", start, "$.meterStart"),
        ("two", "StatusNotification", status, "$.connectorId"),
    ):
        answer = await send(lab, charger, id, action, payload)

        assert answer[:3] == [4, id, "PropertyConstraintViolation"]
        assert "<= 2147483647" in answer[3] and field in json.dumps(answer[3:])
    assert (await lab.get("/transactions")).json()["transactions"] == []
