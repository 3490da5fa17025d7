"""Commands over REST: whom they reach, in which order, and what becomes of them."""

import asyncio
import re
from typing import Any

import pytest

from tests.api.gateway.bench import CHARGER, NOW, Gateway, GatewayBench
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import DAY_S
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.runtimes import CommandCompleted, CommandRefused, RuntimeSpec
from voltyard.yard.commands.command_service import CommandTargets

AT = {"evse_id": 1, "connector_id": 1}


async def post(gateway: Gateway, name: str, target: Any, event: Any = None) -> dict[str, Any]:
    body = {"target": target, "event": {} if event is None else event}
    answer = await gateway.post(f"/ocpp/commands/{name}", body)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def fate_of(gateway: Gateway, command_id: str) -> dict[str, Any]:
    await gateway.settled()
    answer = await gateway.get(f"/ocpp/commands/{command_id}")
    assert answer.status_code == 200
    return dict(answer.json())


# --- targets -----------------------------------------------------------------------------------


async def test_unplug_for_one_charger_answers_as_the_contract_prints_it(gateway: Gateway) -> None:
    charger_id = await gateway.charger("CP-CHARGER-789", number_of_connectors=2)

    answer = await post(
        gateway, "unplug-connector", {"charger_id": charger_id}, {"evse_id": 2, "connector_id": 1}
    )

    command_id = answer["results"][0]["command"]["id"]
    assert re.fullmatch(r"[0-9a-f]{12}", command_id)
    assert re.fullmatch(r"[0-9a-f]{12}", answer.pop("batch_id"))
    assert answer == {
        "targeted_count": 1,
        "queued_count": 1,
        "failed_count": 0,
        "results": [
            {
                "charger_id": charger_id,
                "identity": "CP-CHARGER-789",
                "command": {
                    "id": command_id,
                    "event_type": "unplug",
                    "ocpp_version": "ocpp1.6",
                    "payload": {"evse_id": 2, "connector_id": 1},
                },
            }
        ],
        "failed": [],
    }


async def test_a_location_means_all_its_chargers(gateway: Gateway) -> None:
    location_id = await gateway.location()
    ids = [await gateway.charger(f"CP-{n}", location_id=location_id) for n in range(3)]
    await gateway.charger("CP-ELSEWHERE")

    answer = await post(gateway, "unplug-connector", {"location_id": location_id})

    assert (answer["targeted_count"], answer["queued_count"]) == (3, 3)
    assert [one["charger_id"] for one in answer["results"]] == ids
    await gateway.settled()
    assert [asked[0] for asked in gateway.provider.asked] == ids


async def test_a_subset_means_those_named_and_lists_whom_it_cannot_reach(
    gateway: Gateway,
) -> None:
    location_id = await gateway.location()
    ids = [await gateway.charger(f"CP-{n}", location_id=location_id) for n in range(3)]
    await gateway.charger("CP-ELSEWHERE")
    target = {"location_id": location_id, "charger_ids": ["CP-2", ids[0], "CP-0", "CP-ELSEWHERE"]}

    answer = await post(gateway, "unplug-connector", target)

    assert [one["charger_id"] for one in answer["results"]] == [ids[2], ids[0]]
    assert [one["identity"] for one in answer["failed"]] == ["CP-ELSEWHERE"]
    assert (answer["targeted_count"], answer["queued_count"], answer["failed_count"]) == (3, 2, 1)


async def test_an_empty_location_targets_nobody(gateway: Gateway) -> None:
    location_id = await gateway.location()

    answer = await post(gateway, "plug-connector", {"location_id": location_id})

    assert answer["targeted_count"] == 0
    assert answer["results"] == answer["failed"] == []


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"charger_id": "CP-1", "location_id": "somewhere"},
        {"charger_ids": ["CP-1"]},
        {"charger_id": "CP-1", "charger_ids": ["CP-1"]},
        {"location_id": "somewhere", "charger_ids": []},
        {"charger_id": ""},
        None,
    ],
)
async def test_both_or_neither_target_is_422_and_asks_nothing(
    gateway: Gateway, target: Any
) -> None:
    await gateway.charger("CP-1")

    answer = await gateway.post("/ocpp/commands/plug-connector", {"target": target, "event": {}})

    assert answer.status_code == 422
    assert answer.json()["detail"]
    await gateway.settled()
    assert gateway.provider.asked == []


@pytest.mark.parametrize("target", [{"charger_id": "CP-9"}, {"location_id": "nowhere"}])
async def test_an_unknown_target_is_404(gateway: Gateway, target: Any) -> None:
    body = {"target": target, "event": {}}

    assert (await gateway.post("/ocpp/commands/plug-connector", body)).status_code == 404


async def test_those_that_cannot_take_it_are_listed_and_the_rest_is_queued(
    gateway: Gateway,
) -> None:
    location_id = await gateway.location()
    gateway.provider.unavailable = [Invalid("not this one")]
    await gateway.charger("CP-FAILED", location_id=location_id)
    await gateway.charger("CP-STOPPED", location_id=location_id, start=False)
    running = await gateway.charger("CP-RUNNING", location_id=location_id)

    answer = await post(gateway, "plug-connector", {"location_id": location_id})

    assert [one["charger_id"] for one in answer["results"]] == [running]
    reasons = {one["identity"]: one["error"] for one in answer["failed"]}
    assert "provisioned" in reasons["CP-FAILED"]
    assert "stopped" in reasons["CP-STOPPED"]


async def test_a_full_queue_takes_no_more(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    gateway.provider.silent.add("plug")
    target = CommandTargets(charger_id=charger_id)
    filling = [
        gateway.yard.commands.post(DEFAULT_ORGANIZATION_ID, "plug", AT, target)
        for _ in range(limits.COMMAND_QUEUE)
    ]
    await asyncio.gather(*filling)

    answer = await post(gateway, "unplug-connector", {"charger_id": charger_id})

    assert (answer["queued_count"], answer["failed_count"]) == (0, 1)
    assert "1000 commands" in answer["failed"][0]["error"]


# --- what reaches the charger ------------------------------------------------------------------


VEHICLE = {"battery_kwh": 40, "soc": 20, "max_power_w": 7_000}


@pytest.mark.parametrize(
    ("name", "event", "event_type", "payload", "arguments"),
    [
        ("plug-connector", {}, "plug", AT, AT),
        ("unplug-connector", {"connector_id": None}, "unplug", AT, AT),
        ("unlock-connector", {"evse_id": 2}, "unlock", {**AT, "evse_id": 2}, {**AT, "evse_id": 2}),
        (
            "start-transaction",
            {"id_tag": "T"},
            "start_transaction",
            {**AT, "id_tag": "T"},
            {**AT, "id_tag": "T"},
        ),
        ("stop-transaction", {}, "stop_transaction", {}, {}),
        (
            "stop-transaction",
            {"transaction_id": "txn-1"},
            "stop_transaction",
            {"transaction_id": "txn-1"},
            {"transaction_id": "txn-1"},
        ),
        (
            "start-session",
            {
                "id_tag": "T",
                "connector_id": 2,
                "duration_seconds": 300,
                "target_energy_kwh": 20.5,
            },
            "start_session",
            {
                "id_tag": "T",
                "connector_id": 2,
                "duration_seconds": 300,
                "target_energy_kwh": 20.5,
            },
            {
                "id_tag": "T",
                "evse_id": 2,
                "connector_id": 1,
                "duration_s": 300,
                "target_energy_wh": 20_500.0,
            },
        ),
        (
            "start-session",
            {"id_tag": "T", "evse_id": 1, "connector_id": 2},
            "start_session",
            {"id_tag": "T", "evse_id": 1, "connector_id": 2},
            {"id_tag": "T", "evse_id": 1, "connector_id": 2},
        ),
        ("stop-session", {}, "stop_session", {"connector_id": 1}, AT),
        ("authorize-id-tag", {"id_tag": "T"}, "authorize", {"id_tag": "T"}, {"id_tag": "T"}),
        ("swipe", {"id_tag": "T"}, "swipe", {**AT, "id_tag": "T"}, {**AT, "id_tag": "T"}),
        ("ev-requests-energy", {}, "ev_requests_energy", AT, AT),
        ("ev-stops-energy", {}, "ev_stops_energy", AT, AT),
        (
            "power-update",
            {"power_w": 7400},
            "power_update",
            {**AT, "power_w": 7400},
            {**AT, "power_w": 7400},
        ),
        (
            "power-update",
            {"power_w": None},
            "power_update",
            {**AT, "power_w": None},
            {**AT, "power_w": None},
        ),
        ("network-drop", {}, "network_drop", {}, {}),
        ("network-drop", {"seconds": 5}, "network_drop", {"seconds": 5}, {"duration_s": 5}),
        ("network-restore", {}, "network_restore", {}, {}),
        ("power-cut", {"seconds": 0.5}, "power_cut", {"seconds": 0.5}, {"duration_s": 0.5}),
        (
            "power-cut",
            {"reserve_seconds": 5},
            "power_cut",
            {"reserve_seconds": 5},
            {"reserve_s": 5},
        ),
        ("power-restore", {}, "power_restore", {}, {}),
        (
            "clock-skew",
            {"seconds": -3600},
            "clock_skew",
            {"seconds": -3600.0, "takes_csms_time": False},
            {"skew_s": -3600.0, "takes_csms_time": False},
        ),
        ("reboot", {}, "reboot", {"type": "Soft"}, {"hard": False}),
        ("reboot", {"type": "Hard"}, "reboot", {"type": "Hard"}, {"hard": True}),
        ("emergency-stop", {}, "emergency_stop", AT, AT),
        ("pull-cable-at-ev", {}, "pull_cable_at_ev", AT, AT),
    ],
)
async def test_a_command_reaches_the_charger_in_its_words(
    gateway: Gateway,
    name: str,
    event: dict[str, Any],
    event_type: str,
    payload: dict[str, Any],
    arguments: dict[str, Any],
) -> None:
    charger_id = await gateway.charger(number_of_connectors=2)

    answer = await post(gateway, name, {"charger_id": charger_id}, event)

    command = answer["results"][0]["command"]
    assert command["event_type"] == event_type
    assert command["payload"] == payload
    fate = await fate_of(gateway, command["id"])
    assert fate["status"] == "completed"
    assert gateway.provider.asked == [(charger_id, event_type, arguments)]


async def test_a_vehicle_is_named_or_described(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    target = {"charger_id": charger_id}

    await post(gateway, "plug-connector", target, {"vehicle": "city"})
    await post(gateway, "plug-connector", target, {"vehicle": VEHICLE})
    await gateway.settled()

    named, described = (asked[2]["vehicle"] for asked in gateway.provider.asked)
    assert (named["name"], named["battery_kwh"], named["phases"]) == ("city", 36.0, 1)
    assert (described["battery_kwh"], described["soc_percent"]) == (40, 20)
    assert described["max_ac_power_w"] == described["max_dc_power_w"] == 7_000


@pytest.mark.parametrize(
    ("name", "event", "status"),
    [
        ("plug-connector", {"vehicle": "broomstick"}, 400),
        ("plug-connector", {"vehicle": {"soc": 101}}, 400),
        ("plug-connector", {"evse_id": 0}, 422),
        ("plug-connector", {"connector_id": "one"}, 422),
        ("start-transaction", {}, 422),
        ("start-session", {"id_tag": "T", "duration_seconds": 0}, 422),
        ("start-session", {"id_tag": "T", "target_energy_kwh": -1}, 422),
        ("start-session", {"id_tag": ""}, 422),
        ("authorize-id-tag", {}, 422),
        ("power-update", {"power_w": -1}, 422),
        ("power-update", {}, 422),
        ("network-drop", {"seconds": 0}, 422),
        ("reboot", {"type": "Gentle"}, 422),
        ("clock-skew", {}, 422),
        ("clock-skew", {"seconds": 1e10}, 422),
        ("clock-skew", {"seconds": 5, "takes_csms_time": "perhaps"}, 422),
        ("configuration", {"configuration": {}}, 422),
        ("inject-fault", {}, 422),
        ("proxy-message", {"action": "heartbeat", "ocpp_version": "ocpp3", "payload": {}}, 422),
        ("local-auth-list", {"list_version": 0, "entries": []}, 422),
    ],
)
async def test_a_bad_event_is_refused_and_asks_nothing(
    gateway: Gateway, name: str, event: dict[str, Any], status: int
) -> None:
    charger_id = await gateway.charger()

    answer = await gateway.post(
        f"/ocpp/commands/{name}", {"target": {"charger_id": charger_id}, "event": event}
    )

    assert answer.status_code == status
    assert (await gateway.get("/ocpp/commands")).json()["total"] == 0
    assert gateway.provider.asked == []


# --- order -------------------------------------------------------------------------------------


async def test_commands_are_handed_over_in_the_order_they_were_posted(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    gateway.provider.silent |= {"plug", "authorize", "unplug"}
    target = {"charger_id": charger_id}

    await post(gateway, "plug-connector", target)
    await post(gateway, "authorize-id-tag", target, {"id_tag": "T"})
    await post(gateway, "unplug-connector", target)
    await gateway.settled()

    # None waited for the result of the one before: that is for the charger to do.
    assert [asked[1] for asked in gateway.provider.asked] == ["plug", "authorize", "unplug"]


async def test_what_is_posted_while_it_is_provisioned_waits_for_that(gateway: Gateway) -> None:
    gateway.provider.gate = asyncio.Event()
    charger_id = await gateway.charger()

    answer = await post(gateway, "plug-connector", {"charger_id": charger_id})
    command_id = answer["results"][0]["command"]["id"]

    assert (await fate_of(gateway, command_id))["status"] == "queued"
    gateway.provider.gate.set()
    assert (await fate_of(gateway, command_id))["status"] == "completed"


async def test_starting_and_stopping_keep_their_place_among_the_commands(
    gateway: Gateway,
) -> None:
    charger_id = await gateway.charger()
    target = {"charger_id": charger_id}

    await post(gateway, "plug-connector", target)
    await gateway.post(f"/ocpp/chargers/{charger_id}/stop-charger")
    await gateway.post(f"/ocpp/chargers/{charger_id}/start-charger")
    await post(gateway, "unplug-connector", target)
    await gateway.settled()

    assert [did for did, _ in gateway.provider.history] == ["start", "stop", "start"]
    listed = (await gateway.get("/ocpp/commands", charger_id=charger_id)).json()["data"]
    assert [(one["event_type"], one["status"]) for one in reversed(listed)] == [
        ("plug", "completed"),
        ("stop_charger", "completed"),
        ("start_charger", "completed"),
        ("unplug", "completed"),
    ]


# --- fates -------------------------------------------------------------------------------------


async def test_a_command_lives_from_queued_to_its_result(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    gateway.provider.silent.add("authorize")
    answer = await post(gateway, "authorize-id-tag", {"charger_id": charger_id}, {"id_tag": "T"})
    command_id = answer["results"][0]["command"]["id"]

    waiting = await fate_of(gateway, command_id)
    gateway.provider.answer(charger_id, CommandCompleted({"idTagInfo": {"status": "Blocked"}}))
    done = await fate_of(gateway, command_id)

    assert (waiting["status"], waiting["finished_at"]) == ("delivered", None)
    assert waiting["delivered_at"] > waiting["created_at"]
    assert done["status"] == "completed"
    assert done["result"] == {"idTagInfo": {"status": "Blocked"}}
    assert done["error"] is None
    assert done["finished_at"] > done["delivered_at"]


async def test_a_refused_command_has_failed_and_says_why(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    gateway.provider.refusals["plug"] = CommandRefused(
        "wrong_state", "something is plugged", {"evse": 1}
    )

    answer = await post(gateway, "plug-connector", {"charger_id": charger_id})

    fate = await fate_of(gateway, answer["results"][0]["command"]["id"])
    assert fate["status"] == "failed"
    assert fate["error"] == {
        "code": "wrong_state",
        "message": "something is plugged",
        "details": {"evse": 1},
    }


async def test_stopping_the_charger_fails_what_it_still_owed(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    gateway.provider.silent.add("authorize")
    answer = await post(gateway, "authorize-id-tag", {"charger_id": charger_id}, {"id_tag": "T"})

    await gateway.post(f"/ocpp/chargers/{charger_id}/stop-charger")

    fate = await fate_of(gateway, answer["results"][0]["command"]["id"])
    assert (fate["status"], fate["error"]["code"]) == ("failed", "unavailable")


async def test_what_became_of_a_command_is_told_for_a_month(yard: GatewayBench) -> None:
    gateway = await yard.open()
    charger_id = await gateway.charger()
    answer = await post(gateway, "plug-connector", {"charger_id": charger_id}, {})
    command_id = answer["results"][0]["command"]["id"]
    await gateway.settled()

    await gateway.sweep(NOW + 29 * DAY_S)
    assert (await fate_of(gateway, command_id))["status"] == "completed"
    await gateway.sweep(NOW + 31 * DAY_S)

    assert (await gateway.get(f"/ocpp/commands/{command_id}")).status_code == 404
    await yard.close(gateway)


async def test_a_command_nothing_came_of_expires_and_a_late_answer_changes_nothing(
    yard: GatewayBench,
) -> None:
    gateway = await yard.open()
    charger_id = await gateway.charger()
    gateway.provider.silent.add("authorize")
    answer = await post(gateway, "authorize-id-tag", {"charger_id": charger_id}, {"id_tag": "T"})
    command_id = answer["results"][0]["command"]["id"]
    await gateway.settled()

    yard.clock.reading = NOW + limits.COMMAND_LIFETIME_S - 1
    await gateway.yard.sweep()
    assert (await fate_of(gateway, command_id))["status"] == "delivered"
    yard.clock.reading += 2
    await gateway.yard.sweep()
    gateway.provider.answer(charger_id, CommandCompleted({}))

    assert (await fate_of(gateway, command_id))["status"] == "expired"
    await yard.close(gateway)


async def test_a_restart_of_the_server_delivers_what_waited_and_nothing_twice(
    yard: GatewayBench,
) -> None:
    first = await yard.open()
    first.provider.silent.add("authorize")
    delivered_to = await first.charger("CP-1")
    owed = await post(first, "authorize-id-tag", {"charger_id": delivered_to}, {"id_tag": "T"})
    await first.settled()
    first.provider.gate = asyncio.Event()
    waiting = await first.charger("CP-2")
    plugs = await post(first, "plug-connector", {"charger_id": waiting})
    unplugs = await post(first, "unplug-connector", {"charger_id": waiting})
    await yard.close(first)

    second = await yard.open()

    assert (await fate_of(second, owed["results"][0]["command"]["id"]))["status"] == "failed"
    for answer in (plugs, unplugs):
        fate = await fate_of(second, answer["results"][0]["command"]["id"])
        assert fate["status"] == "completed"
    assert [asked[:2] for asked in second.provider.asked] == [
        (waiting, "plug"),
        (waiting, "unplug"),
    ]
    await yard.close(second)


async def test_commands_are_listed_newest_first_and_filtered(gateway: Gateway) -> None:
    location_id = await gateway.location()
    first = await gateway.charger("CP-1", location_id=location_id)
    second = await gateway.charger("CP-2")
    gateway.provider.refusals["unplug"] = CommandRefused("wrong_state", "nothing is plugged", {})
    for charger_id in (first, second):
        await post(gateway, "plug-connector", {"charger_id": charger_id})
    await post(gateway, "unplug-connector", {"charger_id": first})
    await gateway.settled()

    async def found(**query: Any) -> list[tuple[str, str]]:
        page = (await gateway.get("/ocpp/commands", **query)).json()
        assert page["total"] == len(page["data"])
        return [(one["identity"], one["event_type"]) for one in page["data"]]

    assert await found() == [("CP-1", "unplug"), ("CP-2", "plug"), ("CP-1", "plug")]
    assert await found(charger_id="CP-2") == [("CP-2", "plug")]
    assert await found(location_id=location_id) == [("CP-1", "unplug"), ("CP-1", "plug")]
    assert await found(status="failed") == [("CP-1", "unplug")]
    assert await found(event_type="plug", charger_id=first) == [("CP-1", "plug")]
    assert (await gateway.get("/ocpp/commands", status="lost")).status_code == 422
    assert (await gateway.get("/ocpp/commands", charger_id="CP-9")).status_code == 404


# --- those that wait for the charger -----------------------------------------------------------


async def test_configuration_answers_key_by_key(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    settings = {"HeartbeatInterval": "30", "Unknown": "1"}

    answer = await gateway.post(
        "/ocpp/commands/configuration",
        {"target": {"charger_id": charger_id}, "event": {"configuration": settings}},
    )

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "Rejected",
        "configured": ["HeartbeatInterval"],
        "msg": "1 of 2 keys configured",
        "results": {"HeartbeatInterval": "Accepted", "Unknown": "Rejected"},
    }
    assert gateway.provider.asked == [(charger_id, "configure", {"settings": settings})]


@pytest.mark.parametrize(
    ("statuses", "overall"),
    [
        ({"A": "Accepted"}, "Accepted"),
        ({"A": "Accepted", "B": "RebootRequired"}, "RebootRequired"),
        ({"A": "RebootRequired", "B": "NotSupported"}, "Rejected"),
    ],
)
async def test_the_worst_key_is_the_status_of_all(
    gateway: Gateway, statuses: dict[str, str], overall: str
) -> None:
    charger_id = await gateway.charger()
    gateway.provider.silent.add("configure")
    asking = asyncio.create_task(
        gateway.post(
            "/ocpp/commands/configuration",
            {"target": {"charger_id": charger_id}, "event": {"configuration": statuses}},
        )
    )
    await gateway.settled()

    gateway.provider.answer(charger_id, CommandCompleted({"statuses": statuses}))

    assert (await asking).json()["status"] == overall


async def test_the_cache_is_emptied(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    body = {"target": {"charger_id": charger_id}, "event": {}}

    answer = await gateway.post("/ocpp/commands/cache/reset", body)

    assert answer.status_code == 200
    assert answer.json() == {"msg": "Authorization cache cleared", "cleared_entries": 3}


async def test_a_local_list_is_installed_and_cleared(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    entries = [
        {"id_tag": "A", "expiry_date": "2026-12-31T23:59:59Z"},
        {"id_tag": "B", "parent_id_tag": "P", "id_token_type": "KeyCode"},
    ]

    installed = await gateway.post(
        "/ocpp/commands/local-auth-list",
        {"target": {"charger_id": charger_id}, "event": {"list_version": 2, "entries": entries}},
    )
    cleared = await gateway.post(
        "/ocpp/commands/clear-local-auth-list", {"target": {"charger_id": charger_id}, "event": {}}
    )

    example = {"status": "Accepted", "list_version": 2, "entries_received": 2}
    assert example.items() <= installed.json().items()
    example = {"msg": "Local authorization list cleared", "entries_deleted": 2}
    assert example.items() <= cleared.json().items()
    assert gateway.provider.asked[0][2] == {
        "version": 2,
        "entries": [
            {"id_tag": "A", "expires_at": 1_798_761_599.0, "group": None},
            {"id_tag": "B", "expires_at": None, "group": "P", "id_token_type": "KeyCode"},
        ],
    }


async def test_a_local_list_that_does_not_rise_is_400(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    gateway.provider.refusals["local_auth_list"] = CommandRefused("invalid", "must rise", {})

    answer = await gateway.post(
        "/ocpp/commands/local-auth-list",
        {"target": {"charger_id": charger_id}, "event": {"list_version": 1, "entries": []}},
    )

    assert answer.status_code == 400
    assert answer.json() == {"detail": "must rise"}


@pytest.mark.parametrize(
    ("fault_type", "error_code", "effect"),
    [
        ("OverCurrent", "OverCurrentFailure", "stops"),
        ("over_current_failure", "OverCurrentFailure", "stops"),
        ("GroundFailure", "GroundFailure", "stops"),
        ("TokenReader.Problem", "ReaderFailure", "warns"),
        ("water ingress", "OtherError", "stops"),
    ],
)
async def test_a_fault_is_injected_and_cleared(
    gateway: Gateway, fault_type: str, error_code: str, effect: str
) -> None:
    charger_id = await gateway.charger()
    target = {"charger_id": charger_id}
    event = {"fault_type": fault_type, "recover_after_s": 60, "info": "smoke"}

    broken = await gateway.post("/ocpp/commands/inject-fault", {"target": target, "event": event})
    repaired = await gateway.post("/ocpp/commands/clear-fault", {"target": target, "event": {}})

    assert broken.status_code == repaired.status_code == 200
    assert broken.json() == {
        "msg": "Fault injected",
        "fault_type": fault_type,
        "evse_id": 1,
        "connector_id": 1,
        "status": "Faulted",
        "error_code": error_code,
        "effect": effect,
        "recover_after_s": 60,
    }
    assert (repaired.json()["msg"], repaired.json()["status"]) == ("Fault cleared", "Available")
    assert gateway.provider.asked[0][2] == {**AT, **event}


async def test_an_unknown_fault_is_refused_with_the_names_there_are(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    names = [one["name"] for one in (await gateway.get("/ocpp/catalog/faults")).json()["data"]]
    for event in ({"fault_type": "gnomes in the cable"}, {"fault_type": "NoError"}):
        answer = await gateway.post(
            "/ocpp/commands/inject-fault", {"target": {"charger_id": charger_id}, "event": event}
        )
        assert answer.status_code == 422
        [said] = answer.json()["detail"]
        assert said["field"] == "event.fault_type"
        assert all(name in said["message"] for name in names)
    for after_s in (0, -1, 1e12):
        event = {"fault_type": "WeakSignal", "recover_after_s": after_s}
        answer = await gateway.post(
            "/ocpp/commands/inject-fault", {"target": {"charger_id": charger_id}, "event": event}
        )
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["field"] == "event.recover_after_s"
    assert gateway.provider.asked == []


async def test_connector_two_of_a_1_6_charger_goes_by_both_of_its_names(gateway: Gateway) -> None:
    charger_id = await gateway.charger(number_of_connectors=2)
    for where in ({"connector_id": 2}, {"evse_id": 2}):
        answer = await gateway.post(
            "/ocpp/commands/clear-fault", {"target": {"charger_id": charger_id}, "event": where}
        )
        assert answer.json()["status"] == "Available"


async def test_a_message_of_the_callers_making_is_queued_under_its_action(
    gateway: Gateway,
) -> None:
    charger_id = await gateway.charger()
    message = {"charge_point_vendor": "ACME", "charge_point_model": "DC-50"}
    event = {"action": "boot_notification", "ocpp_version": "ocpp1.6", "payload": message}

    answer = await gateway.post(
        "/ocpp/commands/proxy-message", {"target": {"charger_id": charger_id}, "event": event}
    )

    queued = answer.json()
    assert answer.status_code == 202
    assert queued == {**queued, "event_type": "boot_notification", "payload": message}
    assert (await fate_of(gateway, queued["id"]))["result"] == {"response": {}}
    assert gateway.provider.asked == [
        (charger_id, "proxy_message", {"action": "boot_notification", "payload": message})
    ]


async def test_a_message_of_another_version_is_400(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    event = {"action": "heartbeat", "ocpp_version": "ocpp2.0.1", "payload": {}}

    answer = await gateway.post(
        "/ocpp/commands/proxy-message", {"target": {"charger_id": charger_id}, "event": event}
    )

    assert answer.status_code == 400
    assert gateway.provider.asked == []


ONE = ["configuration", "cache/reset", "inject-fault", "clear-fault", "proxy-message"]
EVENTS: dict[str, dict[str, Any]] = {
    "configuration": {"configuration": {"A": "1"}},
    "inject-fault": {"fault_type": "OverCurrent"},
    "proxy-message": {"action": "heartbeat", "ocpp_version": "ocpp1.6", "payload": {}},
}


@pytest.mark.parametrize("name", ONE)
async def test_a_stopped_charger_cannot_be_asked(gateway: Gateway, name: str) -> None:
    charger_id = await gateway.charger(start=False)

    answer = await gateway.post(
        f"/ocpp/commands/{name}",
        {"target": {"charger_id": charger_id}, "event": EVENTS.get(name, {})},
    )

    assert answer.status_code == 409
    assert "stopped" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("code", "status"), [("wrong_state", 409), ("not_found", 404), ("no_answer", 504)]
)
async def test_a_charger_that_refuses_is_quoted(gateway: Gateway, code: str, status: int) -> None:
    charger_id = await gateway.charger()
    gateway.provider.refusals["clear_fault"] = CommandRefused(code, "nothing is broken", {})

    answer = await gateway.post(
        "/ocpp/commands/clear-fault", {"target": {"charger_id": charger_id}, "event": {}}
    )

    assert answer.status_code == status
    assert answer.json()["detail"].startswith("nothing is broken")


async def test_deleting_a_charger_answers_whoever_waits_for_it(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    gateway.provider.silent.add("cache_reset")
    body = {"target": {"charger_id": charger_id}, "event": {}}
    asking = asyncio.create_task(gateway.post("/ocpp/commands/cache/reset", body))
    await gateway.settled()

    await gateway.delete(f"/ocpp/chargers/{charger_id}")

    assert (await asking).status_code == 404


@pytest.mark.parametrize("comes_up", [True, False])
async def test_a_command_for_a_charger_that_is_connected_and_not_ready_waits_for_that(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, comes_up: bool
) -> None:
    """A worker may have it connected before the gateway knows that it runs."""
    provider, confirmed = gateway.provider, asyncio.Event()
    start = provider.start

    async def start_and_connect(runtime: RuntimeSpec, snapshot: bytes | None = None) -> None:
        await start(runtime, snapshot)
        event = {"type": "connection", "at": NOW, "connected": True, "reason": ""}
        provider.listener.happened(runtime.deployment_id, event)
        await confirmed.wait()
        if not comes_up:
            await provider.stop(runtime.deployment_id)
            raise Invalid("it cannot run after all")

    monkeypatch.setattr(provider, "start", start_and_connect)
    path = (await gateway.post("/ocpp/chargers", CHARGER)).json()["status_url"]
    await gateway.settled()
    status = (await gateway.get(path)).json()
    assert (status["status"], status["connection"]["connected"]) == ("PROVISIONING", True)

    target = {"charger_id": CHARGER["identity"]}
    posted = await gateway.post("/ocpp/commands/plug-connector", {"target": target, "event": {}})
    await gateway.settled()

    assert posted.json()["queued_count"] == 1
    command = f"/ocpp/commands/{posted.json()['results'][0]['command']['id']}"
    assert (await gateway.get(command)).json()["status"] == "queued"
    assert provider.asked == []
    confirmed.set()
    await gateway.settled()
    assert (await gateway.get(path)).json()["status"] == ("READY" if comes_up else "FAILED")
    assert (await gateway.get(command)).json()["status"] == ("completed" if comes_up else "failed")
    assert len(provider.asked) == comes_up


# --- the end of the server ---------------------------------------------------------------------


async def test_no_command_is_queued_while_the_server_ends(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    listed = (await gateway.get("/ocpp/commands")).json()
    gateway.yard.commands.refuse_more()
    body = {"target": {"charger_id": charger_id}, "event": AT}

    refused = [
        await gateway.post("/ocpp/commands/unplug-connector", body),
        await gateway.post(f"/ocpp/chargers/{charger_id}/stop-charger"),
    ]

    assert [one.status_code for one in refused] == [503, 503]
    assert ["GET /health/ready" in one.json()["detail"] for one in refused] == [True, True]
    assert (await gateway.get("/ocpp/commands")).json() == listed
