"""The backend's chargers, transactions, tags and messages, and its webhooks and keys."""

import pytest

from tests.cli.bench import Shell

pytestmark = pytest.mark.slow


def test_a_charger_is_registered_shown_and_deleted(shell: Shell) -> None:
    registered = shell.done("csms", "chargers", "register", "REAL-1", "--name", "Hall 2")
    shown = shell.done("csms", "chargers", "show", "REAL-1", "--json").json
    offline = shell.done("csms", "chargers", "list", "--status", "offline").out
    shell.done("csms", "chargers", "delete", "REAL-1")

    assert f"{shell.server.charger_url}/REAL-1" in registered.out
    assert shown["name"] == "Hall 2"
    assert "REAL-1\toffline\t" in offline
    assert shell("csms", "chargers", "show", "REAL-1").code == 2


def test_a_tag_is_added_changed_and_deleted(shell: Shell) -> None:
    shell.done("csms", "tags", "new", "CARD-1", "--name", "Ada")
    shell.done("csms", "tags", "change", "CARD-1", "--status", "blocked")
    listed = shell.done("csms", "tags", "list", "--search", "CARD-1").out
    shell.done("csms", "tags", "delete", "CARD-1")

    assert listed.startswith("CARD-1\tblocked\tAda\t")
    assert shell("csms", "tags", "show", "CARD-1").code == 2


def test_a_transaction_is_started_and_stopped_from_the_backend(shell: Shell) -> None:
    cp = shell.charger()
    shell.done("csms", "tags", "new", f"T{cp[2:]}")
    shell.done("plug", cp)

    shell.done("csms", "transactions", "start", cp, "--tag", f"T{cp[2:]}", "--connector", "1")
    with shell.server.client() as client:
        while not (
            found := client.get("/api/v1/transactions", params={"chargeBoxId": cp}).json()[
                "transactions"
            ]
        ):
            """It starts on its own."""
    number = str(found[0]["transactionId"])
    stopped = shell.done("csms", "transactions", "stop", number)
    shown = shell.done("csms", "transactions", "show", number, "--json").json
    meter = shell.done("csms", "transactions", "meter", number)
    messages = shell.done("csms", "messages", cp, "--action", "StartTransaction").out

    assert "accepted" in stopped.out
    assert shown["chargeBoxId"] == cp
    assert meter.code == 0
    assert "StartTransaction" in messages


def test_a_webhook_is_made_tried_and_deleted(shell: Shell) -> None:
    made = shell.done(
        *("webhooks", "new", "https://receiver.example/hook", "--event", "charger.connected"),
        "--json",
    ).json

    listed = shell.done("webhooks", "list").out
    shown = shell.done("webhooks", "show", made["id"])
    deliveries = shell.done("webhooks", "deliveries", made["id"])
    shell.done("webhooks", "resume", made["id"])
    shell.done("webhooks", "delete", made["id"])

    assert made["secret"].startswith("whsec_")
    assert "https://receiver.example/hook" in listed
    assert made["secret"] not in shown.out
    assert deliveries.code == 0
    assert made["id"] not in shell.done("webhooks", "list").out


def test_a_key_is_made_rotated_and_revoked(shell: Shell) -> None:
    made = shell.done("keys", "new", "nightly", "--scope", "read", "--json").json

    rotated = shell.done("keys", "rotate", made["id"])
    listed = shell.done("keys", "list").out

    assert rotated.out.startswith("vy_")
    assert "nightly" in listed
    assert made["key"] not in listed
    current = next(line for line in listed.splitlines() if "nightly" in line).split("\t")[0]
    shell.done("keys", "delete", current)
    assert "nightly" not in shell.done("keys", "list").out
