"""Requests sent twice with one Idempotency-Key: done once, and answered the same."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.api.gateway.bench import CHARGER, LOCATION, Gateway, GatewayBench, House, job_of
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.storage.yard.yard_records import yard_repositories
from voltyard.yard.deployments.deployment import Deployment
from voltyard.yard.keyed_answers import AnswerNote, KeyedAnswer, KeyedRequest

KEY = "order-4711"
CHARGERS = "/ocpp/chargers"
LOCATIONS = "/ocpp/locations"
PRESET = "/ocpp/templates/locations/fleet-yard"
REPLAYED = "Idempotency-Replayed"
TEMPLATE = {name: CHARGER[name] for name in ("brand_slug", "model_slug", "connector_type")} | {
    "ws_url": CHARGER["ws_url"],
    "identity_prefix": "B-",
}
GROUPS = [{"template": TEMPLATE, "chargers_number": 3}]
OPERATIONS = {
    CHARGERS: CHARGER,
    LOCATIONS: LOCATION,
    PRESET: {**LOCATION, "ws_url": CHARGER["ws_url"], "identity_prefix": "YARD-"},
    LOCATIONS + "/{location_id}/chargers": GROUPS,
    "/ocpp/commands/plug-connector": {"target": {"location_id": "{location_id}"}, "event": {}},
}


async def ask(
    gateway: Gateway, path: str, body: Any, idempotency_key: str = KEY, **headers: str
) -> httpx.Response:
    sent = {"Authorization": f"Bearer {gateway.key}", "Idempotency-Key": idempotency_key, **headers}
    return await gateway.client.post(path, headers=sent, json=body)


async def total(gateway: Gateway, path: str) -> int:
    return int((await gateway.get(path)).json()["total"])


@pytest.mark.parametrize(("path", "body"), OPERATIONS.items())
async def test_what_is_asked_twice_is_done_once(gateway: Gateway, path: str, body: Any) -> None:
    location_id = await gateway.location()
    await gateway.charger("HERE-1", location_id=location_id)
    body = json.loads(json.dumps(body).replace("{location_id}", location_id))
    path = path.format(location_id=location_id)

    first = await ask(gateway, path, body)
    if "status_url" in first.json() and "job_id" in first.json():
        await job_of(gateway, first.json()["status_url"])
    await gateway.settled()
    counts = [await total(gateway, one) for one in (CHARGERS, LOCATIONS, "/ocpp/commands")]
    again = await ask(gateway, path, body)
    await gateway.settled()

    assert first.status_code in (201, 202), first.text
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"] == "application/json"
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert counts == [await total(gateway, one) for one in (CHARGERS, LOCATIONS, "/ocpp/commands")]


async def test_an_answer_is_the_same_with_a_key_and_without(gateway: Gateway) -> None:
    without = (await gateway.post(LOCATIONS, LOCATION)).json()
    with_key = (await ask(gateway, LOCATIONS, LOCATION)).json()

    own = {"id", "slug", "created_at", "updated_at"}
    assert {name: with_key[name] for name in with_key if name not in own} == {
        name: without[name] for name in without if name not in own
    }
    assert type(with_key["created_at"]) is str


async def test_the_same_asked_in_another_layout_is_the_same(gateway: Gateway) -> None:
    first = await ask(gateway, LOCATIONS, LOCATION)

    again = await ask(gateway, LOCATIONS, dict(reversed(LOCATION.items())))

    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHARGERS, {**CHARGER, "identity": "CP-2"}),
        (LOCATIONS, LOCATION),
        (PRESET, OPERATIONS[PRESET]),
    ],
)
async def test_a_key_that_comes_with_another_request_is_refused(
    gateway: Gateway, path: str, body: Any
) -> None:
    await ask(gateway, CHARGERS, CHARGER)

    answer = await ask(gateway, path, body)

    assert answer.status_code == 422
    (fault,) = answer.json()["detail"]
    assert fault["field"] == "Idempotency-Key"
    assert (await total(gateway, CHARGERS), await total(gateway, LOCATIONS)) == (1, 0)


@pytest.mark.parametrize("key", ["", "x" * (limits.IDEMPOTENCY_KEY_CHARS + 1), "tab\there"])
async def test_a_key_that_is_none_is_refused(gateway: Gateway, key: str) -> None:
    answer = await ask(gateway, LOCATIONS, LOCATION, key)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == "Idempotency-Key"
    assert await total(gateway, LOCATIONS) == 0


async def test_while_the_first_is_being_done_a_second_is_a_conflict(yard: GatewayBench) -> None:
    gateway = await yard.open(started=False)  # a creation waits for the start
    first = asyncio.create_task(ask(gateway, CHARGERS, CHARGER))
    await gateway.settled()

    early = await ask(gateway, CHARGERS, CHARGER)
    other = await ask(gateway, LOCATIONS, LOCATION)
    await gateway.yard.start()
    late = await ask(gateway, CHARGERS, CHARGER) if await first else None

    assert (early.status_code, other.status_code) == (409, 422)
    assert late is not None and late.content == first.result().content
    assert await total(gateway, CHARGERS) == 1
    await yard.close(gateway)


async def test_a_key_is_its_organizations_own(gateway: Gateway) -> None:
    stranger = await gateway.stranger()
    ours = await ask(gateway, CHARGERS, CHARGER)

    theirs = await ask(gateway, CHARGERS, CHARGER, Authorization=f"Bearer {stranger}")

    assert theirs.status_code == 202
    assert REPLAYED not in theirs.headers
    assert theirs.json()["charger_id"] != ours.json()["charger_id"]


async def test_who_may_only_read_is_told_nothing(gateway: Gateway) -> None:
    await ask(gateway, CHARGERS, CHARGER)
    _, reader = await gateway.keys.add("org_default", "reads", ("read",))

    answer = await ask(gateway, CHARGERS, CHARGER, Authorization=f"Bearer {reader}")

    assert answer.status_code == 403


async def test_a_refusal_is_not_kept(gateway: Gateway) -> None:
    blocking = await gateway.charger(CHARGER["identity"])
    refused = await ask(gateway, CHARGERS, CHARGER)
    await gateway.delete(f"{CHARGERS}/{blocking}")

    answer = await ask(gateway, CHARGERS, CHARGER)

    assert (refused.status_code, answer.status_code) == (409, 202)


async def test_a_command_that_nobody_can_take_is_answered_the_same_again(gateway: Gateway) -> None:
    location_id = await gateway.location()
    await gateway.charger(location_id=location_id, start=False)
    body = {"target": {"location_id": location_id}, "event": {}}

    first = await ask(gateway, "/ocpp/commands/plug-connector", body)
    again = await ask(gateway, "/ocpp/commands/plug-connector", body)

    assert (first.json()["queued_count"], first.json()["failed_count"]) == (0, 1)
    assert (again.headers[REPLAYED], again.content) == ("true", first.content)


@pytest.mark.parametrize("path", [PRESET, LOCATIONS + "/{location_id}/chargers"])
async def test_what_could_not_be_begun_can_be_asked_for_again(gateway: Gateway, path: str) -> None:
    location_id = await gateway.location()
    gateway.engine.unavailable = [Unavailable("not now")]
    body, path = OPERATIONS[path], path.format(location_id=location_id)

    refused = await ask(gateway, path, body)
    places = await total(gateway, LOCATIONS)
    answer = await ask(gateway, path, body)

    assert (refused.status_code, places, answer.status_code) == (503, 1, 202)
    assert REPLAYED not in answer.headers
    job = await job_of(gateway, answer.json()["status_url"])
    assert job["status"] == "READY"
    assert job["results"]["created_count"] == await total(gateway, CHARGERS)


async def test_an_answer_is_good_for_a_day(gateway: Gateway, yard: GatewayBench) -> None:
    first = (await ask(gateway, LOCATIONS, LOCATION)).json()
    yard.clock.reading += limits.ANSWERS_S - 1.0
    within = (await ask(gateway, LOCATIONS, LOCATION)).json()
    yard.clock.reading += 1.0
    beyond = (await ask(gateway, LOCATIONS, LOCATION)).json()
    again = (await ask(gateway, LOCATIONS, LOCATION)).json()

    assert within == first
    assert beyond == again
    assert beyond["id"] != first["id"]


async def test_an_answer_outlives_the_server(yard: GatewayBench) -> None:
    gateway = await yard.open()
    first = await ask(gateway, CHARGERS, CHARGER)
    await yard.close(gateway)
    gateway = await yard.open()

    again = await ask(gateway, CHARGERS, CHARGER)

    assert (again.headers[REPLAYED], again.content) == ("true", first.content)
    await yard.close(gateway)


async def test_what_was_made_and_not_answered_is_not_made_again(gateway: Gateway) -> None:
    # given a server that ends between the commit and the answer
    question = KeyedRequest(organization_id="org_default", key=KEY, fingerprint="f")
    await gateway.charger("ANOTHER")
    deployment = await gateway.yard.chargers.get("org_default", "ANOTHER")
    repositories = yard_repositories(gateway.database)

    async def make(note: AnswerNote[Deployment]) -> Deployment:
        made = Deployment(**{**_fields(deployment), "id": "dep-made", "identity": "MADE"})
        await repositories.deployments.add([made], note(made))
        raise asyncio.CancelledError

    def told(made: Deployment) -> str:
        return made.id

    with pytest.raises(asyncio.CancelledError):
        await gateway.yard.idempotency.answer(question, make, told)

    # when it is asked again
    answer, repeated = await gateway.yard.idempotency.answer(question, make, told)

    assert (answer.body, repeated) == ("dep-made", True)


def _fields(deployment: Deployment) -> dict[str, Any]:
    return {name: getattr(deployment, name) for name in Deployment.__struct_fields__}


def answer_of(number: int, organization_id: str = "org_a", **said: Any) -> KeyedAnswer:
    return KeyedAnswer(
        organization_id=organization_id,
        key=f"key-{number}",
        fingerprint="f",
        body=said.get("body", "{}"),
        created_at=float(number),
    )


@pytest.mark.parametrize(
    ("before", "count", "characters", "kept"),
    [(0.0, 10, 100, {1, 2, 3}), (2.0, 10, 100, {2, 3}), (0.0, 1, 100, {3}), (0.0, 10, 5, {2, 3})],
)
async def test_answers_are_bounded_by_age_number_and_length(
    gateway: Gateway, before: float, count: int, characters: int, kept: set[int]
) -> None:
    answers = yard_repositories(gateway.database).answers
    for number in (1, 2, 3):
        await answers.keep(answer_of(number))
    await answers.keep(answer_of(4, "org_b"))

    await answers.prune(before, count, characters)

    found = {n for n in (1, 2, 3) if await answers.find("org_a", f"key-{n}", 0.5) is not None}
    assert found == kept
    assert await answers.find("org_b", "key-4", 0.5) is not None


async def test_the_lab_prunes_what_is_too_old(gateway: Gateway, yard: GatewayBench) -> None:
    await ask(gateway, LOCATIONS, LOCATION)
    answers = yard_repositories(gateway.database).answers
    yard.clock.reading += limits.ANSWERS_S

    await gateway.yard.sweep()

    assert await answers.find("org_default", KEY, 0.0) is None


def test_the_key_and_its_header_are_described(house: House) -> None:
    for path in (*OPERATIONS, "/ocpp/commands/swipe"):
        operation = house.described["paths"][path.replace("fleet-yard", "{slug}")]["post"]

        (key,) = [one for one in operation["parameters"] if one["name"] == "Idempotency-Key"]
        assert (key["in"], key["required"]) == ("header", False)
        (success,) = [one for status, one in operation["responses"].items() if status < "300"]
        assert REPLAYED in success["headers"]
        assert "409" in operation["responses"]
