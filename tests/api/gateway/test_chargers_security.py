"""What a caller says of a charger's security over REST, and what is shown of it."""

import asyncio
from typing import Any

import pytest

from tests.api.gateway.bench import CHARGER, Gateway, GatewayBench
from tests.surface import description
from voltyard.testing.certificates import RootAuthority

WSS = "wss://csms.test/ocpp"
USUAL = {"verify_hostname": True, "beside_system": False}
"""What is given where nothing else is said."""


@pytest.fixture(scope="module")
def root() -> RootAuthority:
    return RootAuthority()


@pytest.fixture(scope="module")
def tls(root: RootAuthority) -> dict[str, Any]:
    own = root.sign("CP-TEST-001")
    return {"ca": root.ca, "client_certificate": own.certificate, "client_key": own.key}


async def test_tls_reaches_the_charger_and_is_read_back_without_its_key(
    gateway: Gateway, tls: dict[str, Any], logged: list[Any]
) -> None:
    charger_id = await gateway.charger(ws_url=WSS, security_profile=3, tls=tls)

    charger = gateway.provider.running[charger_id].charger
    assert charger["tls"] == {**tls, **USUAL}
    assert charger["security_profile"] == 3
    answer = await gateway.get(f"/ocpp/chargers/{charger_id}")
    shown = answer.json()
    assert shown["tls"] == {
        "ca": tls["ca"],
        "verify_hostname": True,
        "client_certificate": tls["client_certificate"],
        "has_client_key": True,
    }
    assert shown["security_profile"] == 3
    assert shown["has_basic_auth_password"] is False
    key = tls["client_key"].splitlines()[1]
    assert key not in answer.text
    assert key not in (await gateway.get("/ocpp/chargers")).text
    assert key not in repr(gateway.provider.running[charger_id])
    assert key not in repr(await gateway.yard.chargers.get("org_default", charger_id))
    assert key not in repr(logged)


async def test_what_was_shown_can_be_sent_back_and_the_key_stays(
    gateway: Gateway, tls: dict[str, Any]
) -> None:
    charger_id = await gateway.charger(ws_url=WSS, tls=tls)
    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()

    answer = await gateway.put(f"/ocpp/chargers/{charger_id}", shown)

    assert answer.status_code == 200, answer.text
    await gateway.settled()
    assert gateway.provider.running[charger_id].charger["tls"]["client_key"] == tls["client_key"]


async def test_tls_is_there_again_after_a_start_of_the_server(
    yard: GatewayBench, gateway: Gateway, tls: dict[str, Any]
) -> None:
    charger_id = await gateway.charger(ws_url=WSS, tls=tls)
    await gateway.yard.close()

    again = await yard.open()

    await again.settled()
    assert again.provider.running[charger_id].charger["tls"] == {**tls, **USUAL}
    await yard.close(again)


async def test_a_change_of_tls_changes_what_is_given_and_the_charger_takes_it_up(
    gateway: Gateway, tls: dict[str, Any]
) -> None:
    charger_id = await gateway.charger(ws_url=WSS, tls=tls)

    answer = await gateway.put(
        f"/ocpp/chargers/{charger_id}", {"tls": {"verify_hostname": False, "ca": None}}
    )

    assert answer.status_code == 200
    assert answer.json()["tls"]["verify_hostname"] is False
    assert answer.json()["tls"]["ca"] is None
    assert answer.json()["tls"]["has_client_key"] is True
    await gateway.settled()
    running = gateway.provider.running[charger_id].charger
    assert running["tls"] == {**tls, **USUAL, "ca": None, "verify_hostname": False}


async def test_null_takes_tls_back(gateway: Gateway, tls: dict[str, Any]) -> None:
    charger_id = await gateway.charger(ws_url=WSS, tls=tls)

    answer = await gateway.put(
        f"/ocpp/chargers/{charger_id}", {"tls": None, "ws_url": "ws://csms.test/ocpp"}
    )

    assert answer.status_code == 200
    assert answer.json()["tls"] is None
    async with asyncio.timeout(120):
        while "tls" in gateway.provider.running[charger_id].charger:
            await gateway.settled()


async def test_certificates_from_the_factory_need_no_wss(
    gateway: Gateway, root: RootAuthority, tls: dict[str, Any]
) -> None:
    given = [
        {"type": kind, "certificate": root.ca}
        for kind in ("CentralSystemRootCertificate", "V2GRootCertificate")
    ]

    charger_id = await gateway.charger(tls=tls, certificates=given)

    charger = gateway.provider.running[charger_id].charger
    assert charger["tls"] == {**tls, **USUAL}
    uses = [one["use"] for one in charger["certificates"]]
    assert uses == ["CSMSRootCertificate", "V2GRootCertificate"]
    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()
    assert [one["type"] for one in shown["certificates"]] == uses
    changed = await gateway.put(f"/ocpp/chargers/{charger_id}", {"certificates": given[1:]})
    assert [one["type"] for one in changed.json()["certificates"]] == ["V2GRootCertificate"]
    gone = await gateway.put(f"/ocpp/chargers/{charger_id}", {"certificates": None})
    assert gone.json()["certificates"] == []
    await gateway.settled()
    assert "certificates" not in gateway.provider.running[charger_id].charger


async def test_what_does_not_go_together_is_400_and_names_the_field(
    gateway: Gateway, root: RootAuthority, tls: dict[str, Any]
) -> None:
    other = root.sign("CP-2")
    for said, field in (
        ({"security_profile": 1}, "basic_auth_password"),
        ({"security_profile": 2, "basic_auth_password": "x" * 16}, "ws_url"),
        ({"security_profile": 3}, "ws_url"),
        ({"security_profile": 2, "ws_url": WSS}, "basic_auth_password"),
        ({"security_profile": 3, "ws_url": WSS}, "tls.client_certificate"),
        ({"security_profile": 0, "basic_auth_password": "x" * 16}, "security_profile"),
        (
            {
                "certificates": [
                    {"type": "MORootCertificate", "certificate": root.ca},
                    {"type": "MORootCertificate", "certificate": "nonsense"},
                ]
            },
            "certificates[1].certificate",
        ),
        (
            {"certificates": [{"type": "MORootCertificate", "certificate": root.ca * 3}] * 50},
            "certificates",
        ),
        ({"ws_url": WSS, "tls": {"ca": "nonsense"}}, "tls.ca"),
        ({"ws_url": WSS, "tls": {"client_key": tls["client_key"]}}, "tls.client_certificate"),
        ({"ws_url": WSS, "tls": {**tls, "client_certificate": None}}, "tls.client_certificate"),
        ({"ws_url": WSS, "tls": {**tls, "client_key": None}}, "tls.client_key"),
        ({"ws_url": WSS, "tls": {**tls, "client_key": "nonsense"}}, "tls.client_key"),
        ({"ws_url": WSS, "tls": {**tls, "client_key": other.key}}, "tls.client_key"),
    ):
        answer = await gateway.post("/ocpp/chargers", {**CHARGER, **said})

        assert answer.status_code == 400, said
        assert field in answer.json()["detail"], answer.json()
    assert (await gateway.get("/ocpp/chargers")).json()["total"] == 0


async def test_a_change_is_judged_together_with_what_stays(
    gateway: Gateway, tls: dict[str, Any]
) -> None:
    charger_id = await gateway.charger(ws_url=WSS, tls=tls, basic_auth_password="x" * 16)

    for said, status in (
        ({"security_profile": 2}, 200),
        ({"basic_auth_password": None}, 400),
        ({"ws_url": "ws://csms.test/ocpp"}, 400),
        ({"security_profile": 3, "basic_auth_password": None}, 200),
        ({"tls": {"client_certificate": None, "client_key": None}}, 400),
        ({"tls": {"client_certificate": None, "client_key": None}, "security_profile": None}, 200),
    ):
        answer = await gateway.put(f"/ocpp/chargers/{charger_id}", said)
        assert answer.status_code == status, (said, answer.text)

    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()
    assert shown["ws_url"] == WSS
    assert shown["tls"] == {
        "ca": tls["ca"],
        "verify_hostname": True,
        "client_certificate": None,
        "has_client_key": False,
    }


async def test_a_refused_key_is_not_in_the_answer(gateway: Gateway, root: RootAuthority) -> None:
    key = root.sign("CP-1").key
    secret = key.splitlines()[1]

    for said in (
        {"ws_url": WSS, "tls": {"client_key": key}},
        {"ws_url": WSS, "tls": {"client_key": [key]}},
        {"ws_url": WSS, "tls": {"client_key": key * 100}},
        {"basic_auth_password": secret * 2, "identity": ""},
    ):
        answer = await gateway.post("/ocpp/chargers", {**CHARGER, **said})

        assert answer.status_code in (400, 422)
        assert secret not in answer.text


async def test_a_rate_above_one_nobody_agreed_to_is_refused_with_words(gateway: Gateway) -> None:
    answer = await gateway.post("/ocpp/chargers", {**CHARGER, "rate": 10})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == "rate"
    assert "a peer that agreed" in answer.json()["detail"][0]["msg"]


def test_the_description_says_what_the_fields_are() -> None:
    schemas = description()["components"]["schemas"]

    for body in ("CreateChargerBody", "UpdateChargerBody"):
        for name in ("basic_auth_password", "security_profile", "tls"):
            assert schemas[body]["properties"][name]["description"], name
    assert schemas["TlsBody"]["properties"]["client_key"]["writeOnly"] is True
    assert "client_key" not in schemas["TlsResponse"]["properties"]
