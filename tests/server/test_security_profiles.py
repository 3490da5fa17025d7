"""Chargers of the yard are moved from security profile 1 over 2 to 3, at a backend with a plain
socket and one of TLS, over REST alone."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.tls_lab import PASSWORD, Lab, lab
from voltyard.kernel.tls import Tls
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import DialFailed, Dialling
from voltyard.testing.certificates import RootAuthority

pytestmark = pytest.mark.slow

BOX = "YARD-1"
PATIENCE_S = 120.0
VERSIONS = ("1.6", "2.0.1")


class Nobody:
    """Whose link comes up hangs up at once."""

    def opened(self, link: Any) -> None:
        link.abort()

    def received(self, text: str) -> None: ...

    def closed(self, code: int, reason: str) -> None: ...


class Operator:
    """What an operator asks of the backend about one charger."""

    def __init__(self, one: Lab) -> None:
        self._lab = one
        self._path = f"/api/v1/chargers/{BOX}"

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What is known of the charger, once it is so."""
        give_up_at = time.monotonic() + PATIENCE_S
        while not holds(shown := await self._lab.send("GET", self._path)):
            assert time.monotonic() < give_up_at, shown
            await asyncio.sleep(0.05)
        return shown

    async def until_at(self, profile: int) -> None:
        """Returns once its link is of that profile, and it is recorded that none below will do."""
        await self.until(lambda shown: shown["connectedProfile"] == profile)
        changed = await self._lab.send("PATCH", self._path, {"securityProfile": profile})
        assert changed["securityProfile"] == profile

    async def call(self, action: str, payload: Any) -> Any:
        """The charger's answer, once it is there to give one."""
        return await self.post("call", {"action": action, "payload": payload})

    async def post(self, command: str, body: Any) -> Any:
        """The same of a command."""
        await self.until(lambda shown: shown["isOnline"])
        return await self._lab.send("POST", f"{self._path}/{command}", body)

    async def raise_to(self, profile: int, version: str, url: str) -> None:
        """As each version has it."""
        if version == "1.6":
            body = {"key": "SecurityProfile", "value": str(profile)}
            assert (await self.post("configuration/change", body))["status"] == "Accepted"
            return
        slot = profile - 1
        data = {
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": url,
            "messageTimeout": 30,
            "securityProfile": profile,
            "ocppInterface": "Wired0",
        }
        said = await self.call(
            "SetNetworkProfile", {"configurationSlot": slot, "connectionData": data}
        )
        assert said["payload"]["status"] == "Accepted"
        setting = {
            "component": {"name": "OCPPCommCtrlr"},
            "variable": {"name": "NetworkConfigurationPriority"},
            "attributeValue": f"{slot},{slot - 1}",
        }
        said = await self.call("SetVariables", {"setVariableData": [setting]})
        assert said["payload"]["setVariableResult"][0]["attributeStatus"] == "RebootRequired"
        assert (await self.post("reset", {"type": "Hard"}))["status"] == "accepted"

    async def have_certificate_signed(self, version: str) -> None:
        """Returns once the charger has been sent one."""
        is_16 = version == "1.6"
        wanted = "SignChargePointCertificate" if is_16 else "SignChargingStationCertificate"
        await self.post("trigger", {"requestedMessage": wanted, "extended": is_16})
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            answer = await self._lab.send("GET", f"{self._path}/commands")
            sent = [one for one in answer["commands"] if one["command"] == "certificates/signed"]
            if sent and sent[0]["status"] != "pending":
                assert sent[0]["status"] == "accepted"
                return
            assert time.monotonic() < give_up_at, answer
            await asyncio.sleep(0.05)


async def is_refused(url: str, root: RootAuthority) -> bool:
    """True where somebody who knows the password and has no certificate is not let in, nor told
    what is lacking."""
    dialling = Dialling(
        f"{url}/{BOX}", ("ocpp1.6",), username=BOX, password=PASSWORD, tls=Tls(ca=root.ca)
    )
    with pytest.raises(DialFailed) as failure:
        await PicowsDialler().dial(dialling, Nobody())
    told = failure.value.details
    return bool(told["status"] == 401 and str(told["body"]).startswith("not let in:"))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("links", ["picows", "websockets"])
async def test_from_profile_1_over_2_to_3_over_rest_alone(
    tmp_path: Path, version: str, links: str
) -> None:
    root = RootAuthority("Operator's root")
    signing, key = root.files(tmp_path, "signing")
    said = {"ocpp_client_ca": signing, "ca_certificate": signing, "ca_key": key}
    async with lab(tmp_path, root, links, ocpp_tls_port=0, **said) as one:
        plain, secured = one.server.charger_url, one.server.charger_tls_url
        assert (plain[:5], secured[:6]) == ("ws://", "wss://")
        operator = Operator(one)
        await one.registered(BOX, password=PASSWORD, securityProfile=1)
        charger_id = await one.charger(
            BOX, f"OCPP{version}", security_profile=1, basic_auth_password=PASSWORD
        )
        await operator.until_at(1)

        kind = "CentralSystemRootCertificate" if version == "1.6" else "CSMSRootCertificate"
        body = {"certificateType": kind, "certificate": root.ca}
        assert (await operator.post("certificates", body))["status"].lower() == "accepted"
        if version == "1.6":  # has no message for the endpoint, which is the installer's to set
            await one.send("PUT", f"/ocpp/chargers/{charger_id}", {"ws_url": secured})
            await operator.until(lambda shown: shown["connectedProfile"] == 2)
        await operator.raise_to(2, version, secured)
        await operator.until_at(2)
        assert await is_refused(plain, root)

        await operator.have_certificate_signed(version)
        await operator.raise_to(3, version, secured)
        await operator.until_at(3)
        for url in (plain, secured):
            assert await is_refused(url, root)

        shown = await one.send("GET", f"/api/v1/chargers/{BOX}")
        assert shown["connectionUrl"] == f"{secured}/{BOX}"
        await one.send("POST", f"/ocpp/chargers/{charger_id}/reset-charger", {})
        await operator.until(lambda shown: shown["connectedProfile"] == 3)


async def test_chargers_of_all_profiles_are_there_at_once(tmp_path: Path) -> None:
    root, chargers = RootAuthority("Operator's root"), RootAuthority("Chargers' root")
    own = chargers.sign("P3")
    async with lab(
        tmp_path, root, "picows", ocpp_tls_port=0, ocpp_client_ca=chargers.file(tmp_path)
    ) as one:
        plain, secured = one.server.charger_url, one.server.charger_tls_url
        password: dict[str, Any] = {"basic_auth_password": PASSWORD}
        client = {"client_certificate": own.certificate, "client_key": own.key}
        for profile, url, said in (
            (0, plain, {}),
            (1, plain, password),
            (2, secured, {**password, "tls": {"ca": root.ca}}),
            (3, secured, {"tls": {"ca": root.ca, **client}}),
        ):
            box = f"P{profile}"
            known = {"password": PASSWORD} if profile in (1, 2) else {}
            made = await one.registered(box, securityProfile=profile, **known)
            assert made["connectionUrl"] == f"{url}/{box}"
            charger_id = await one.charger(box, security_profile=profile, ws_url=url, **said)
            await one.until_connected(charger_id)
            shown = await one.send("GET", f"/api/v1/chargers/{box}")
            assert shown["connectedProfile"] == profile
