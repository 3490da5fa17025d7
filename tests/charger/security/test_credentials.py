"""Passwords, security profiles and network slots: changed over OCPP, tried, and given up."""

import json
from typing import Any

import msgspec
import pytest

from tests.charger.bench import Bench, restarted
from tests.charger.security.bench import Root, change, set_slot
from voltyard.catalogue.commands.commands import (
    ChargerCommand,
    Configure,
    PlugIn,
    PowerCut,
    Reboot,
    Swipe,
)
from voltyard.charger.charger import Charger
from voltyard.charger.connection.power_and_reset import GRACE_S as RESTART_GRACE_S
from voltyard.charger.connection.power_and_reset import RESTART_S
from voltyard.charger.description.events import SettingChanged
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.inputs import LinkDown, Tick
from voltyard.charger.security.credentials import GRACE_S
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel.tls import Tls

KEY = "00112233445566778899aabbccddeeff"
PASSWORD = "a-password-of-20-chr"
QUICK = {"OCPPCommCtrlr.RetryBackOffWaitMinimum": "1", "OCPPCommCtrlr.RetryBackOffRandomRange": "0"}


def bench_of(version: str = "1.6", **said: Any) -> Bench:
    settings = QUICK | said.pop("settings", {})
    return Bench(spec=ChargerSpec(identity="CP 1", version=version, settings=settings, **said))


def get(bench: Bench, key: str) -> dict[str, Any]:
    if bench.spec.version == "1.6":
        [found] = bench.call("GetConfiguration", key=[key])["configurationKey"]
        return dict(found)
    component, _, variable = key.partition(".")
    data = {"component": {"name": component}, "variable": {"name": variable}}
    [result] = bench.call("GetVariables", getVariableData=[data])["getVariableResult"]
    return dict(result)


def profile(bench: Bench) -> str:
    if bench.spec.version == "1.6":
        return str(get(bench, "SecurityProfile")["value"])
    return str(get(bench, "SecurityCtrlr.SecurityProfile")["attributeValue"])


def install(bench: Bench, root: Root) -> None:
    kind = "CentralSystem" if bench.spec.version == "1.6" else "CSMS"
    answer = bench.call(
        "InstallCertificate", certificateType=f"{kind}RootCertificate", certificate=root.pem
    )
    assert answer == {"status": "Accepted"}


# --- the password ------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", [32, 40])
def test_a_new_authorization_key_is_used_on_a_new_link(digits: int) -> None:
    key = (KEY + KEY)[:digits]
    bench = bench_of(password="old")

    assert change(bench, "AuthorizationKey", key.upper()) == "Accepted"

    assert bench.hang_ups[-1].reason == "new credentials"
    assert len(bench.dials) == 2 and bench.linked
    sent = bench.dials[-1].password
    assert sent is not None
    assert sent.encode("utf-8", "surrogateescape") == bytes.fromhex(key)
    assert key not in repr(bench.dials[-1])
    assert bench.said("BootNotification") != [] and len(bench.said("BootNotification")) == 1


@pytest.mark.parametrize(
    "key", ["", "secret", "0" * 30, "0" * 33, "0" * 42, "z" * 32, KEY + " ", " ".join(KEY)]
)
def test_what_is_no_key_of_16_to_20_bytes_is_rejected(key: str) -> None:
    bench = bench_of(password="old")
    assert change(bench, "AuthorizationKey", key) == "Rejected"
    assert len(bench.dials) == 1
    assert bench.charger.security.credentials.dial().password == "old"


@pytest.mark.parametrize(
    "password,status",
    [("x" * 15, "Rejected"), ("x" * 16, "Accepted"), ("x" * 40, "Accepted"), ("x" * 41, "Rejected"),
     ("x y" * 10, "Rejected")],
)  # fmt: skip
def test_tc_a_09_tc_a_10_a_new_password_in_201(password: str, status: str) -> None:
    bench = bench_of("2.0.1", password="old-old-old-old-old")
    assert change(bench, "SecurityCtrlr.BasicAuthPassword", password) == status
    assert len(bench.dials) == (2 if status == "Accepted" else 1)
    expected = password if status == "Accepted" else "old-old-old-old-old"
    assert bench.dials[-1].password == expected


def test_a_password_can_be_written_and_not_read() -> None:
    old, new = bench_of(password="old"), bench_of("2.0.1", password="old")
    change(old, "AuthorizationKey", KEY)
    change(new, "SecurityCtrlr.BasicAuthPassword", PASSWORD)

    assert get(old, "AuthorizationKey") == {"key": "AuthorizationKey", "readonly": False}
    refused = get(new, "SecurityCtrlr.BasicAuthPassword")
    assert refused["attributeStatus"] == "Rejected" and "attributeValue" not in refused
    for bench, secret in ((old, KEY), (new, PASSWORD)):
        told = bench.seen(SettingChanged)
        assert [event.value for event in told] == ["***"]
        assert secret not in repr(bench.charger.security.credentials.now)
        assert secret not in repr(bench.charger.snapshot())


def test_there_is_no_way_back_to_the_old_key() -> None:
    bench = bench_of(password="old")
    change(bench, "AuthorizationKey", KEY)
    bench.cut()
    bench.wait(600)
    assert {dial.password for dial in bench.dials[1:]} == {bench.dials[-1].password}


def test_a_key_is_kept_where_none_is_used() -> None:
    bench = bench_of()  # profile 0
    assert change(bench, "AuthorizationKey", KEY) == "Accepted"
    assert len(bench.dials) == 1
    assert bench.charger.security.credentials.dial().password is None


def test_transaction_messages_wait_for_the_new_link() -> None:
    bench = bench_of(password="old", settings={"MeterValueSampleInterval": "1"})
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="T"))
    bench.reachable = False

    assert change(bench, "AuthorizationKey", KEY) == "Accepted"
    bench.wait(5)
    waiting = len(bench.charger.outbox)
    assert waiting > 0
    bench.mend()
    bench.wait(30)

    assert len(bench.charger.outbox) == 0
    times = [said["meterValue"][0]["timestamp"] for said in bench.said("MeterValues")]
    assert times == sorted(times)


@pytest.mark.parametrize("command", [PowerCut(duration_s=60.0), Reboot()])
def test_who_starts_anew_dials_when_it_has_started_new_key_or_not(command: ChargerCommand) -> None:
    bench = bench_of(password="old-password-1234")
    answer = bench.call("ChangeConfiguration", key="AuthorizationKey", value=KEY)
    assert answer == {"status": "Accepted"}
    bench.dials.clear()

    bench.done(command)
    down_s = 60.0 if isinstance(command, PowerCut) else RESTART_GRACE_S
    bench.wait(down_s + RESTART_S - 0.5)
    assert bench.dials == []
    bench.wait(1.0)

    assert len(bench.dials) == 1
    assert bench.state.boot_status == "Accepted"


def test_a_key_outlives_a_power_cut() -> None:
    bench = bench_of(password="old")
    change(bench, "AuthorizationKey", "ff" * 16)
    again = restarted(bench)
    assert again.dials[-1].password == bench.dials[-1].password != "old"


def test_a_command_may_change_it_too() -> None:
    bench = bench_of(password="old")
    done = bench.done(Configure(settings={"AuthorizationKey": KEY}))
    assert done == {"statuses": {"AuthorizationKey": "Accepted"}}
    assert len(bench.dials) == 1  # its answer has to arrive first
    bench.wait(GRACE_S)
    assert len(bench.dials) == 2


def test_a_specification_may_bring_the_key_and_the_profile_as_settings() -> None:
    bench = bench_of(settings={"AuthorizationKey": "41" * 16, "SecurityProfile": "1"})
    assert bench.dials[0].password == "A" * 16
    assert profile(bench) == "1"


# --- the security profile ----------------------------------------------------------------------


def test_tc_083_the_profile_is_raised_and_the_link_secured() -> None:
    root = Root()
    bench = bench_of(password=PASSWORD, csms_url="ws://csms:8080/ocpp")
    install(bench, root)

    assert change(bench, "SecurityProfile", "2") == "Accepted"

    assert bench.dials[-1].url == "wss://csms:8080/ocpp/CP%201"
    assert bench.dials[-1].password == PASSWORD
    assert bench.dials[-1].tls == Tls(ca=root.pem, beside_system=True)
    assert profile(bench) == "2"
    assert profile(restarted(bench)) == "2"


@pytest.mark.parametrize("value", ["0", "1", "4", "-1", "two", ""])
def test_tc_084_the_profile_is_never_lowered(value: str) -> None:
    bench = bench_of(password=PASSWORD)
    install(bench, Root())
    assert change(bench, "SecurityProfile", value) == "Rejected"
    assert profile(bench) == "1" and len(bench.dials) == 1


@pytest.mark.parametrize("value", ["1", "2", "3"])
def test_a_profile_needs_its_credentials(value: str) -> None:
    bench = bench_of()
    assert change(bench, "SecurityProfile", value) == "Rejected"
    change(bench, "AuthorizationKey", KEY)
    assert change(bench, "SecurityProfile", "2") == "Rejected"  # there is no root
    install(bench, Root())
    assert change(bench, "SecurityProfile", "3") == "Rejected"  # there is no certificate
    assert profile(bench) == "0" and len(bench.dials) == 1


def test_a_profile_that_does_not_work_is_given_up_for_the_one_that_did() -> None:
    bench = bench_of(
        password=PASSWORD, settings={"OCPPCommCtrlr.NetworkProfileConnectionAttempts": "2"}
    )
    install(bench, Root())
    bench.reachable = False
    change(bench, "SecurityProfile", "2")

    bench.wait(20)

    schemes = [dial.url.partition(":")[0] for dial in bench.dials]
    assert schemes[:4] == ["ws", "wss", "wss", "ws"]
    assert profile_of_link(bench) == 1
    bench.mend()
    bench.wait(60)
    assert profile(bench) == "1"


def profile_of_link(bench: Bench) -> int:
    return bench.charger.security.credentials.now.profile


def test_a_profile_that_worked_once_stays() -> None:
    bench = bench_of(password=PASSWORD)
    install(bench, Root())
    change(bench, "SecurityProfile", "2")
    assert bench.linked
    bench.cut()
    bench.wait(600)
    assert {dial.url.partition(":")[0] for dial in bench.dials[1:]} == {"wss"}


def test_a_trial_goes_on_after_a_power_cut() -> None:
    bench = bench_of(password=PASSWORD)
    install(bench, Root())
    bench.reachable = False
    change(bench, "SecurityProfile", "2")
    plain = msgspec.json.encode(bench.charger.snapshot())
    again = Bench(spec=bench.spec, boot=False, now=bench.now + 100)
    again.reachable = False
    again.charger = Charger.restore(bench.spec, msgspec.json.decode(plain, type=Snapshot), 1e9)
    again._step(Tick())
    again.wait(100)
    assert [d.url.partition(":")[0] for d in again.dials][:4] == ["wss", "wss", "wss", "ws"]


def test_a_raised_profile_makes_a_plain_16_charger_tell_of_security_events() -> None:
    bench = bench_of(password=PASSWORD)
    install(bench, Root())
    assert bench.said("SecurityEventNotification") == []
    change(bench, "SecurityProfile", "2")
    bench.call("Reset", type="Hard")
    bench.wait(30)
    types = [said["type"] for said in bench.said("SecurityEventNotification")]
    assert types == ["ResetOrReboot", "StartupOfTheDevice"]


# --- failures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cause,type",
    [
        ("certificate", "InvalidCentralSystemCertificate"),
        ("tls_version", "InvalidTLSVersion"),
        ("tls_cipher", "InvalidTLSCipherSuite"),
    ],
)
def test_tc_078_what_is_wrong_with_tls_is_told_once_when_the_link_is_there(
    cause: str, type: str
) -> None:
    bench = bench_of(security_events=True)
    bench.forget()
    bench.cut()
    for _ in range(3):
        bench.charger.connection.phase = type_of_dialling()
        bench._step(LinkDown("certificate verify failed: expired", cause))
    bench.mend()
    bench.wait(60)

    [told] = bench.said("SecurityEventNotification")
    assert (told["type"], told["techInfo"]) == (type, "certificate verify failed: expired")


def type_of_dialling() -> Any:
    from voltyard.charger.connection.connection import LinkPhase

    return LinkPhase.DIALLING


def test_a_refused_password_is_logged_and_not_told() -> None:
    bench = bench_of(security_events=True)
    bench.forget()
    bench.cut()
    bench.charger.connection.phase = type_of_dialling()
    bench._step(LinkDown("the peer refused the link with HTTP 401", "unauthorized"))
    bench.mend()
    bench.wait(60)
    assert bench.said("SecurityEventNotification") == []
    assert bench.charger.security.events.log()[-1].type == "FailedToAuthenticateAtCsms"


# --- network slots -----------------------------------------------------------------------------


PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"


@pytest.mark.parametrize(
    "slot,said",
    [
        (7, {}),
        (1, {"securityProfile": 0, "ocppCsmsUrl": "ws://x"}),
        (1, {"securityProfile": 2, "ocppCsmsUrl": "ws://x"}),
        (1, {"securityProfile": 1}),
        (1, {"securityProfile": 9}),
        (1, {"ocppTransport": "SOAP"}),
        (1, {"ocppVersion": "OCPP16"}),
    ],
)
def test_tc_b_43_tc_a_22_a_network_profile_that_cannot_be_is_rejected(
    slot: int, said: dict[str, Any]
) -> None:
    bench = bench_of("2.0.1", password=PASSWORD)
    assert set_slot(bench, slot, **said) == "Rejected"
    assert change(bench, PRIORITY, "1") == "Rejected"  # there is nothing in it


def test_tc_a_19_a_network_profile_raises_the_security_profile() -> None:
    bench = bench_of("2.0.1", password=PASSWORD)
    install(bench, Root())
    assert set_slot(bench) == "Accepted"
    assert change(bench, PRIORITY, "1,0") == "RebootRequired"
    assert len(bench.dials) == 1

    bench.call("Reset", type="Immediate")
    bench.wait(30)

    assert bench.dials[-1].url == "wss://other:4433/ocpp/CP%201"
    assert profile(bench) == "2"
    assert get(bench, "OCPPCommCtrlr.ActiveNetworkProfile")["attributeValue"] == "1"
    assert get(bench, PRIORITY)["attributeValue"] == "1"  # there is no way down
    assert set_slot(bench, 2, securityProfile=1, ocppCsmsUrl="ws://x") == "Rejected"
    assert restarted(bench).dials[-1].url == bench.dials[-1].url


def test_a05_fr_06_what_is_lower_cannot_be_chosen_again() -> None:
    bench = bench_of("2.0.1", password=PASSWORD)
    install(bench, Root())
    assert set_slot(bench) == "Accepted"
    assert set_slot(bench, 2, securityProfile=1, ocppCsmsUrl="ws://third") == "Accepted"
    assert change(bench, PRIORITY, "1,2,0") == "RebootRequired"
    bench.call("Reset", type="Immediate")
    bench.wait(30)
    assert get(bench, PRIORITY)["attributeValue"] == "1"

    assert change(bench, PRIORITY, "1,2") == "Rejected"
    assert change(bench, PRIORITY, "1,0") == "Rejected"
    assert set_slot(bench, 2) == "Accepted"
    assert change(bench, PRIORITY, "2,1") == "RebootRequired"


def test_b09_what_is_written_into_the_slot_in_use_counts_from_the_next_start_on() -> None:
    bench = bench_of("2.0.1", password=PASSWORD)
    install(bench, Root())
    assert set_slot(bench, 0, ocppCsmsUrl="wss://moved/ocpp") == "Accepted"
    bench.cut()
    bench.mend()
    bench.wait(60)
    assert bench.dials[-1].url == bench.dials[0].url
    assert profile(bench) == "1"

    bench.call("Reset", type="Immediate")
    bench.wait(30)

    assert bench.dials[-1].url == "wss://moved/ocpp/CP%201"
    assert profile(bench) == "2"
    assert get(bench, "OCPPCommCtrlr.ActiveNetworkProfile")["attributeValue"] == "0"
    assert restarted(bench).dials[-1].url == bench.dials[-1].url


def test_tc_a_20_without_a_root_the_slot_cannot_be_chosen() -> None:
    bench = bench_of("2.0.1", password=PASSWORD)
    assert set_slot(bench) == "Accepted"
    assert change(bench, PRIORITY, "1,0") == "Rejected"


def test_tc_a_21_without_a_certificate_neither() -> None:
    bench = bench_of("2.0.1", password=PASSWORD)
    install(bench, Root())
    assert set_slot(bench, securityProfile=3) == "Accepted"
    assert change(bench, PRIORITY, "1,0") == "Rejected"


def test_a_network_profile_that_does_not_work_is_given_up() -> None:
    bench = bench_of("2.0.1", password=PASSWORD)
    install(bench, Root())
    set_slot(bench)
    change(bench, PRIORITY, "1")
    bench.call("Reset", type="Immediate")
    bench.reachable = False
    bench.wait(100)
    urls = [dial.url.partition("/ocpp")[0] for dial in bench.dials[1:]]
    assert urls[:3] == ["wss://other:4433"] * 3 and urls[3] == "ws://127.0.0.1:9000"
    bench.mend()
    bench.wait(100)
    assert profile(bench) == "1"
    assert get(bench, "OCPPCommCtrlr.ActiveNetworkProfile")["attributeValue"] == "0"


# --- trust -------------------------------------------------------------------------------------


def test_a_new_root_is_trusted_from_the_next_link_on() -> None:
    old, new = Root("Old"), Root("New", serial=2)
    bench = bench_of(password=PASSWORD, csms_url="wss://csms/ocpp", tls=Tls(ca=old.pem))
    install(bench, new)
    bench.cut()
    bench.mend()
    bench.wait(30)
    assert bench.dials[-1].tls == Tls(ca=old.pem + new.pem)


def test_the_last_root_of_a_secured_link_stays() -> None:
    root = Root()
    bench = bench_of(password=PASSWORD, csms_url="wss://csms/ocpp", tls=Tls(ca=root.pem))
    kind = "CentralSystemRootCertificate"
    [known] = bench.call("GetInstalledCertificateIds", certificateType=kind)["certificateHashData"]
    answer = bench.call("DeleteCertificate", certificateHashData=known)
    assert answer == {"status": "Failed"}
    assert bench.charger.security.credentials.tls() == Tls(ca=root.pem)


def test_no_private_key_and_no_certificate_is_made_for_a_charger_without_them() -> None:
    bench = bench_of()
    assert bench.dials[0].tls is bench.spec.tls
    kept = json.loads(msgspec.json.encode(bench.charger.snapshot().security))
    assert kept["credentials"] == {"now": None, "next": [], "slots": {}}
