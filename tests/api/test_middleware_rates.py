"""Requests a minute: bounded where an organization's settings say so, and told on every answer."""

from tests.api.bench import Lab
from voltyard.kernel.time import Instant
from voltyard.organizations.rates import Rates

NAMES = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")


async def test_without_a_bound_nothing_is_said_of_one(lab: Lab) -> None:
    response = await lab.get("/chargers")

    assert not set(NAMES) & set(response.headers)
    assert (await lab.get("/settings")).json()["requestsPerMinute"] is None


async def test_beyond_the_bound_a_request_is_429_until_the_minute_is_over(lab: Lab) -> None:
    await lab.patch("/settings", {"requestsPerMinute": 2})
    lab.now += 0.5
    answers = [await lab.get(path) for path in ("/chargers", "/nowhere", "/chargers")]
    lab.now += 59.5
    last = await lab.get("/chargers")
    lab.now += 0.5
    next_minute = await lab.get("/chargers")

    assert [one.status_code for one in answers] == [200, 404, 429]
    assert [[one.headers[name] for name in NAMES] for one in answers] == [
        ["2", "1", "60"],
        ["2", "0", "60"],
        ["2", "0", "60"],
    ]
    refused = answers[-1]
    error = refused.json()["error"]
    assert refused.json()["success"] is False
    assert (error["code"], refused.headers["retry-after"]) == ("RATE_LIMIT_ERROR", "60")
    assert error["request_id"] == refused.headers["x-request-id"]
    assert (last.status_code, last.headers["ratelimit-reset"]) == (429, "1")
    assert (next_minute.status_code, next_minute.headers["ratelimit-remaining"]) == (200, "1")


async def test_one_organization_does_not_use_up_anothers(lab: Lab) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["operate"])
    await lab.patch("/settings", {"requestsPerMinute": 1}, key=theirs)

    assert (await lab.get("/chargers", key=theirs)).status_code == 200
    assert (await lab.get("/chargers", key=theirs)).status_code == 429
    assert (await lab.get("/chargers")).status_code == 200
    assert (await lab.get("/chargers", key="wrong")).status_code == 401


async def test_a_bound_is_taken_away_again(lab: Lab) -> None:
    await lab.patch("/settings", {"requestsPerMinute": 1})
    await lab.patch("/settings", {"requestsPerMinute": None})

    assert "ratelimit-limit" not in (await lab.get("/chargers")).headers
    for wrong in (0, -1, 1.5, "10"):
        assert (await lab.patch("/settings", {"requestsPerMinute": wrong})).status_code == 400


def test_a_clock_set_back_locks_nobody_out() -> None:
    now: list[Instant] = [1000.0]
    rates = Rates(lambda organization: 1, lambda: now[0])
    rates.count("org")

    now[0] = 0.0

    assert rates.count("org")[1] is None
    assert rates.count("org")[1] is not None
