"""Firmware updates, plain and signed: every way they go, in both versions. The bench hands over
what a server would have."""

from typing import Any

import msgspec
import pytest

from tests.charger.bench import START, Bench, charging, secured, start
from tests.charger.firmware.bench import IMAGE, WHERE, order, update
from voltyard.catalogue.commands.commands import (
    ClearFault,
    InjectFault,
    NetworkDrop,
    NetworkRestore,
    PlugIn,
    PowerCut,
    PowerRestore,
    Reboot,
    Swipe,
    Unplug,
)
from voltyard.charger.charger import Charger
from voltyard.charger.firmware.firmware_version import version_of
from voltyard.charger.inputs import FirmwareImage, Tick
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel.time import to_rfc3339
from voltyard.ocpp.payload import to_json
from voltyard.testing.firmware_signing import FirmwareSigner


def install(bench: Bench, signer: FirmwareSigner) -> None:
    answer = bench.call(
        "InstallCertificate",
        certificateType="ManufacturerRootCertificate",
        certificate=signer.root,
    )
    assert answer["status"] == "Accepted"


# --- asking and seeing -------------------------------------------------------------------------


def words(bench: Bench) -> list[str]:
    """The statuses told of the update, with the right request id."""
    plain = [one["status"] for one in bench.said("FirmwareStatusNotification")]
    return plain or [one["status"] for one in bench.said("SignedFirmwareStatusNotification")]


def signed_bench(version: str, signer: FirmwareSigner, **more: Any) -> Bench:
    bench = secured(version, **more)
    install(bench, signer)
    bench.forget()
    return bench


def noticed(bench: Bench) -> list[str]:
    return [one["type"] for one in bench.said("SecurityEventNotification")]


BOTH = pytest.mark.parametrize("version", ["1.6", "2.0.1"])


# --- 1.6 without signatures --------------------------------------------------------------------


def test_tc_044_1_download_and_install() -> None:
    bench = secured("1.6")
    bench.forget()

    assert update(bench) == {}
    assert words(bench) == ["Downloading"]
    bench.transferred(IMAGE)
    assert words(bench) == ["Downloading", "Downloaded", "Installing"]
    assert bench.statuses(1) == bench.statuses(2) == ["Unavailable"]
    assert bench.failed(Swipe(id_tag="X")).code == "wrong_state"
    bench.wait(30)

    assert words(bench) == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert bench.said("BootNotification")[-1]["firmwareVersion"] == "2.0.0"
    assert bench.statuses(1)[-1] == bench.statuses(2)[-1] == "Available"
    assert bench.actions().index("BootNotification") < len(bench.actions()) - 1
    assert "FirmwareUpdated" in noticed(bench)
    assert bench.state.firmware.version == "2.0.0"
    assert bench.transfers == []


def test_tc_044_2_download_failed_after_its_retries() -> None:
    bench = Bench("1.6")
    bench.forget()

    update(bench, retries=3, retryInterval=60)
    for tried in (1, 2):
        bench.transferred(failure="failed")
        assert (bench.fetches, words(bench)) == (tried, ["Downloading"])
        bench.wait(59)
        assert bench.fetches == tried
        bench.wait(1)
        assert bench.fetches == tried + 1
    bench.transferred(failure="failed")

    assert words(bench) == ["Downloading", "DownloadFailed"]
    bench.wait(600)
    assert bench.fetches == 3
    assert bench.state.firmware.version == "1.0.0"


def test_tc_044_3_installation_failed() -> None:
    bench = Bench("1.6")
    bench.done(InjectFault(fault_type="flash failure"))
    bench.forget()

    update(bench)
    bench.transferred(IMAGE)
    bench.wait(30)

    assert words(bench) == ["Downloading", "Downloaded", "Installing", "InstallationFailed"]
    assert "BootNotification" not in bench.actions()
    assert bench.statuses(2) == ["Unavailable", "Available"]
    assert bench.state.firmware.version == "1.0.0"


def test_a_bad_image_is_an_installation_that_failed_where_there_is_no_other_word() -> None:
    bench = Bench("1.6")
    bench.done(InjectFault(fault_type="FirmwareCorruption"))
    bench.forget()

    update(bench)
    bench.transferred(IMAGE)
    bench.wait(30)

    assert words(bench)[-1] == "InstallationFailed"


def test_nothing_is_fetched_before_its_date() -> None:
    bench = Bench("1.6")
    bench.forget()

    update(bench, wait_s=3600)
    bench.wait(3599)
    assert (bench.fetches, words(bench)) == (0, [])
    bench.wait(1)

    assert (bench.fetches, words(bench)) == (1, ["Downloading"])


def test_a_url_that_cannot_be_used_is_not_tried_again() -> None:
    bench = Bench("1.6")
    bench.forget()

    update(bench, retries=5)
    bench.transferred(failure="unsupported")

    assert words(bench) == ["Downloading", "DownloadFailed"]


def test_a_plain_update_is_asked_after() -> None:
    bench = Bench("1.6")
    bench.forget()

    def asked() -> Any:
        answer = bench.call("TriggerMessage", requestedMessage="FirmwareStatusNotification")
        assert answer == {"status": "Accepted"}
        return words(bench)[-1]

    assert asked() == "Idle"
    update(bench)
    assert asked() == "Downloading"
    bench.transferred(IMAGE)
    assert asked() == "Installing"
    bench.wait(30)
    assert asked() == "Idle"


def test_a_signed_update_is_asked_after() -> None:
    signer = FirmwareSigner(START)
    bench = signed_bench("1.6", signer)

    def asked() -> Any:
        answer = bench.call("ExtendedTriggerMessage", requestedMessage="FirmwareStatusNotification")
        assert answer == {"status": "Accepted"}
        return bench.said("SignedFirmwareStatusNotification")[-1]

    assert asked() == {"status": "Idle"}
    update(bench)
    assert asked() == {"status": "Idle"}  # a plain one is under way
    order(bench, 9, signer=signer, retries=1)
    assert asked() == {"status": "Downloading", "requestId": 9}
    bench.transferred(failure="failed")
    assert asked() == {"status": "DownloadFailed", "requestId": 9}
    order(bench, 10, signer=signer)
    bench.transferred(IMAGE)
    bench.wait(30)
    assert asked() == {"status": "Idle"}


@BOTH
def test_files_are_fetched_by_the_trust_of_the_link(version: str) -> None:
    bench = Bench(version)
    root = FirmwareSigner(START).root
    use = "CentralSystemRootCertificate" if version == "1.6" else "CSMSRootCertificate"
    installed = bench.call("InstallCertificate", certificateType=use, certificate=root)
    assert installed["status"] == "Accepted"

    if version == "1.6":
        update(bench)
    else:
        order(bench)

    (fetch,) = bench.transfers
    assert fetch.tls.ca is not None and root.strip() in fetch.tls.ca
    assert fetch.tls.client_key is None


def test_an_update_takes_the_place_of_another_one() -> None:
    bench = Bench("1.6")
    update(bench)
    (first,) = bench.transfers

    update(bench)

    (second,) = bench.transfers
    assert first.id != second.id


# --- transactions ------------------------------------------------------------------------------


@BOTH
def test_installation_waits_for_transactions_to_end(version: str) -> None:
    bench = charging(version)
    if version == "1.6":
        update(bench)
    else:
        order(bench)
    bench.transferred(IMAGE)

    assert words(bench)[-1] == ("Downloaded" if version == "1.6" else "InstallScheduled")
    assert bench.statuses(2) == ["Unavailable"]
    assert start(bench, 2)["status"] == "Rejected"
    bench.wait(600)
    assert words(bench)[-1] in ("Downloaded", "InstallScheduled")
    bench.done(Unplug())

    assert words(bench)[-1] == "Installing"
    bench.wait(30)
    assert words(bench)[-1] == "Installed"
    assert bench.statuses(2)[-1] == "Available"


@pytest.mark.parametrize(
    ("version", "kind"),
    [("1.6", "Soft"), ("1.6", "Hard"), ("2.0.1", "Immediate"), ("2.0.1", "OnIdle")],
)
def test_a_reset_of_a_charger_that_waits_to_install_comes_first(version: str, kind: str) -> None:
    bench = charging(version)
    (update if version == "1.6" else order)(bench)
    bench.transferred(IMAGE)
    bench.forget()

    answer = bench.call("Reset", type=kind)
    assert answer == {"status": "Scheduled" if kind == "OnIdle" else "Accepted"}
    bench.done(Unplug())
    assert words(bench) == [], "the restart would cut it short"
    bench.wait(60)

    assert words(bench).count("Installing") == words(bench).count("Installed") == 1
    assert len(bench.said("BootNotification")) == 2
    assert bench.state.firmware.version == "2.0.0"


def test_sessions_may_begin_meanwhile_where_the_setting_says_so() -> None:
    bench = charging("2.0.1", **{"ChargingStation.AllowNewSessionsPendingFirmwareUpdate": "true"})

    order(bench)
    bench.transferred(IMAGE)

    assert words(bench)[-1] == "InstallScheduled"
    assert bench.statuses(2) == []
    assert start(bench, 2)["status"] == "Accepted"


def test_an_update_that_is_cancelled_puts_the_others_back_in_service() -> None:
    bench = charging("2.0.1")
    order(bench, 1)
    bench.transferred(IMAGE)
    assert bench.statuses(2) == ["Unavailable"]

    assert order(bench, 2, wait_s=3600) == "AcceptedCanceled"

    assert bench.statuses(2) == ["Unavailable", "Available"]
    assert words(bench)[-1] == "DownloadScheduled"


# --- signed ------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("uses_rsa", [False, True])
def test_tc_080_secure_firmware_update(version: str, uses_rsa: bool) -> None:
    signer = FirmwareSigner(START, uses_rsa=uses_rsa)
    bench = signed_bench(version, signer)

    assert order(bench, signer=signer) == "Accepted"
    bench.transferred(IMAGE)
    bench.wait(30)

    assert words(bench) == [
        "Downloading",
        "Downloaded",
        "SignatureVerified",
        "Installing",
        "InstallRebooting",
        "Installed",
    ]
    action = (
        "SignedFirmwareStatusNotification" if version == "1.6" else "FirmwareStatusNotification"
    )
    assert {one["requestId"] for one in bench.said(action)} == {7}
    assert "FirmwareUpdated" in noticed(bench)
    if version == "2.0.1":
        boot = bench.said("BootNotification")[-1]
        assert boot["reason"] == "FirmwareUpdate"
        assert boot["chargingStation"]["firmwareVersion"] == "2.0.0"


@BOTH
def test_tc_081_invalid_signature(version: str) -> None:
    signer = FirmwareSigner(START)
    bench = signed_bench(version, signer)

    assert order(bench, signer=signer, signature=signer.sign(b"another")) == "Accepted"
    bench.transferred(IMAGE)
    bench.wait(30)

    assert words(bench) == ["Downloading", "Downloaded", "InvalidSignature"]
    assert noticed(bench) == ["InvalidFirmwareSignature"]
    assert bench.state.firmware.version == "1.0.0"


@BOTH
@pytest.mark.parametrize("signature", ["!", "aGVsbG8=", ""])
def test_what_is_no_signature_is_an_invalid_one(version: str, signature: str) -> None:
    signer = FirmwareSigner(START)
    bench = signed_bench(version, signer)

    order(bench, signer=signer, signature=signature or " ")
    bench.transferred(IMAGE)

    assert words(bench)[-1] == "InvalidSignature"


@BOTH
def test_who_may_not_sign_is_refused(version: str) -> None:
    known, stranger, late = (
        FirmwareSigner(START),
        FirmwareSigner(START),
        FirmwareSigner(START, ends_days=-1),
    )
    bench = signed_bench(version, known)
    install(bench, late)
    bench.forget()

    assert order(bench, signer=stranger) == "InvalidCertificate"
    assert order(bench, signer=late) == "InvalidCertificate"

    assert noticed(bench) == ["InvalidFirmwareSigningCertificate"] * 2
    assert (bench.fetches, words(bench)) == (0, [])


def test_a_charger_without_roots_trusts_nobody() -> None:
    assert order(Bench("2.0.1"), signer=FirmwareSigner(START)) == "InvalidCertificate"


@BOTH
def test_who_was_revoked_is_refused(version: str) -> None:
    signer = FirmwareSigner(START)
    settings = {"RevokedSigningCertificates": f"00ff, {signer.serial.upper()}"}
    bench = signed_bench(version, signer, settings=settings)

    assert order(bench, signer=signer) == "RevokedCertificate"
    assert bench.fetches == 0


@BOTH
def test_a_new_update_cancels_the_one_under_way(version: str) -> None:
    signer = FirmwareSigner(START)
    bench = signed_bench(version, signer)
    order(bench, 1, signer=signer)

    assert order(bench, 2, signer=signer) == "AcceptedCanceled"
    assert len(bench.transfers) == 1
    bench.transferred(IMAGE)
    assert words(bench)[-1] == "Installing"
    assert order(bench, 3, signer=signer) == "Rejected"
    bench.wait(30)

    assert words(bench)[-1] == "Installed"
    action = (
        "SignedFirmwareStatusNotification" if version == "1.6" else "FirmwareStatusNotification"
    )
    assert [one["requestId"] for one in bench.said(action)] == [1] + [2] * 6


@BOTH
def test_both_dates_are_told_of(version: str) -> None:
    signer = FirmwareSigner(START)
    bench = signed_bench(version, signer)

    order(bench, signer=signer, wait_s=100, install_s=200)
    assert words(bench) == ["DownloadScheduled"]
    bench.wait(100)
    bench.transferred(IMAGE)
    assert words(bench)[1:] == [
        "Downloading",
        "Downloaded",
        "SignatureVerified",
        "InstallScheduled",
    ]
    bench.wait(99)
    assert words(bench)[-1] == "InstallScheduled"
    bench.wait(1)

    assert words(bench)[-1] == "Installing"


@BOTH
def test_a_download_pauses_and_goes_on(version: str) -> None:
    signer = FirmwareSigner(START)
    bench = signed_bench(version, signer)
    order(bench, signer=signer, retries=1)

    bench.done(InjectFault(fault_type="DownloadStall", recover_after_s=50))
    assert (words(bench)[-1], bench.transfers) == ("DownloadPaused", [])
    bench.wait(50)

    assert words(bench) == ["Downloading", "DownloadPaused", "Downloading"]
    bench.transferred(IMAGE)
    assert words(bench)[-1] == "Installing"


@BOTH
def test_what_is_installed_may_not_verify(version: str) -> None:
    signer = FirmwareSigner(START)
    bench = signed_bench(version, signer)
    bench.done(InjectFault(fault_type="FirmwareCorruption"))
    order(bench, signer=signer)
    bench.transferred(IMAGE)
    bench.wait(30)

    assert words(bench)[-2:] == ["Installing", "InstallVerificationFailed"]
    assert bench.statuses(2)[-1] == "Available"


def test_half_a_signature_is_refused() -> None:
    bench = Bench("2.0.1")
    firmware = {
        "location": WHERE,
        "retrieveDateTime": to_rfc3339(bench.now),
        "signature": "abc",
    }

    answer = bench.call("UpdateFirmware", requestId=1, firmware=firmware)

    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "MissingParam"}}


def test_l01_fr_25_and_26_a_trigger_tells_the_last_status() -> None:
    bench = Bench("2.0.1")
    bench.forget()

    def asked() -> Any:
        bench.call("TriggerMessage", requestedMessage="FirmwareStatusNotification")
        return bench.said("FirmwareStatusNotification")[-1]

    assert asked() == {"status": "Idle"}
    order(bench, 3, retries=0)
    bench.transferred(failure="failed")
    assert asked() == {"status": "DownloadFailed", "requestId": 3}
    order(bench, 4)
    bench.transferred(IMAGE)
    assert asked() == {"status": "Installing", "requestId": 4}
    bench.wait(30)
    assert words(bench)[-1] == "Installed"
    assert asked() == {"status": "Idle"}


# --- power, network, memory --------------------------------------------------------------------


@BOTH
def test_a_reset_is_rejected_while_firmware_is_installed(version: str) -> None:
    bench = Bench(version)
    if version == "1.6":
        update(bench)
    else:
        order(bench)
    bench.transferred(IMAGE)
    kind = "Hard" if version == "1.6" else "Immediate"

    answer = bench.call("Reset", type=kind)
    assert answer["status"] == "Rejected"
    if version == "2.0.1":
        assert answer["statusInfo"] == {"reasonCode": "FwUpdateInProgress"}
    assert bench.failed(Reboot()).code == "wrong_state"


@pytest.mark.parametrize(("version", "attempts"), [("1.6", 2), ("2.0.1", 3)])
def test_an_image_is_tried_so_often_in_1_6_and_retried_so_often_in_2_0_1(
    version: str, attempts: int
) -> None:
    bench = Bench(version)

    (update if version == "1.6" else order)(bench, retries=2, retryInterval=20)
    while bench.transfers:
        bench.transferred(failure="failed")
        bench.wait(20)

    assert bench.fetches == attempts
    assert words(bench)[-1] == "DownloadFailed"


def test_a_download_without_a_network_fails_and_is_tried_again() -> None:
    bench = Bench("1.6")
    update(bench, retries=2, retryInterval=30)

    bench.done(NetworkDrop())
    assert bench.transfers == []
    bench.done(NetworkRestore())
    bench.wait(30)
    bench.transferred(IMAGE)
    bench.wait(30)

    assert words(bench)[-1] == "Installed"


def test_what_came_while_offline_is_told_afterwards() -> None:
    bench = Bench("1.6")
    update(bench, retries=1)
    bench.cut()
    bench.transferred(failure="failed")
    assert words(bench) == ["Downloading"]

    bench.mend()
    bench.wait(600)

    assert words(bench) == ["Downloading", "DownloadFailed"]


def test_what_1_6_has_no_word_for_leaves_the_word_before_it() -> None:
    bench = charging("1.6")
    update(bench)
    bench.cut()
    bench.transferred(IMAGE)  # Downloaded, and then it waits for the transaction: InstallScheduled

    bench.mend()
    bench.wait(600)
    assert words(bench) == ["Downloading", "Downloaded"]
    bench.call("TriggerMessage", requestedMessage="FirmwareStatusNotification")

    assert words(bench)[-1] == "Downloaded"


@BOTH
def test_a_power_cut_begins_the_download_anew(version: str) -> None:
    bench = Bench(version)
    if version == "1.6":
        update(bench, retries=1)
    else:
        order(bench, retries=1)

    bench.done(PowerCut())
    assert bench.transfers == []
    bench.wait(100)
    bench.done(PowerRestore())
    bench.wait(10)
    bench.transferred(IMAGE)
    bench.wait(30)

    assert words(bench)[-1] == "Installed"


def test_a_download_that_was_interrupted_is_no_attempt() -> None:
    bench = Bench("1.6")
    update(bench, retries=2, retryInterval=5)
    bench.done(PowerCut())
    bench.done(PowerRestore())
    bench.wait(10)
    after = restored(bench)
    after.wait(10)

    after.transferred(failure="failed")
    after.wait(10)

    assert len(after.transfers) == 1
    after.transferred(failure="failed")
    assert words(after)[-1] == "DownloadFailed"


def test_a_power_cut_while_installing_installs_anew() -> None:
    bench = Bench("1.6")
    update(bench)
    bench.transferred(IMAGE)

    bench.done(PowerCut())
    bench.wait(10)
    bench.done(PowerRestore())
    assert bench.state.connectors[0].status == "Unavailable"
    bench.wait(60)

    assert words(bench)[-1] == "Installed"
    assert bench.state.connectors[0].status == "Available"


def restored(bench: Bench) -> Bench:
    """The same charger, restored by another process from its memory as JSON."""
    memory = to_json(bench.charger.snapshot(bench.now))
    other = Bench(spec=bench.spec, boot=False, now=bench.now + 1)
    kept = msgspec.json.decode(memory.encode(), type=Snapshot)
    other.charger = Charger.restore(bench.spec, kept, other.now)
    return other


@BOTH
@pytest.mark.parametrize(
    "stage", ["scheduled", "downloading", "waiting", "installing", "rebooting"]
)
def test_an_update_goes_on_after_a_kill_at_any_stage(version: str, stage: str) -> None:
    signer = FirmwareSigner(START)
    bench = signed_bench(version, signer)
    wait_s = 100 if stage == "scheduled" else 0
    install_s = 200 if stage == "waiting" else None
    order(bench, signer=signer, wait_s=wait_s, install_s=install_s)
    if stage in ("waiting", "installing", "rebooting"):
        bench.transferred(IMAGE)
    if stage == "rebooting":
        bench.wait(5.5)
        assert words(bench)[-1] == "InstallRebooting"

    after = restored(bench)
    after.wait(110)
    if stage in ("scheduled", "downloading"):
        after.transferred(IMAGE)
    after.wait(120)

    assert words(after)[-1] == "Installed"
    assert after.state.firmware.version == "2.0.0"
    again = restored(after)
    again.wait(20)
    assert again.state.firmware.version == "2.0.0"
    assert "2.0.0" in str(again.said("BootNotification")[-1])


def test_a_charger_made_anew_with_another_firmware_runs_that() -> None:
    bench = Bench("1.6")
    update(bench)
    bench.transferred(IMAGE)
    bench.wait(30)
    spec = msgspec.structs.replace(bench.spec, firmware_version="3.0.0")

    made_anew = Charger.restore(spec, bench.charger.snapshot(bench.now), bench.now)
    made_anew.step(Tick(), bench.now)

    assert made_anew.context.firmware_version == "3.0.0"


# --- the version's name ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "beginning", "name"),
    [
        (WHERE, b"version: 2.1\n", "2.1"),
        (WHERE, b"Yard One VERSION=v7-rc.1\r\nmore", "v7-rc.1"),
        (WHERE, b"version:\n", "1.9.9"),
        (WHERE, b"inversion 9\n", "1.9.9"),
        (WHERE, b"\x00\x01version: 4\n", "1.9.9"),
        ("ftp://h/d/yard_v2.0.1-rc1.tar.gz", b"", "2.0.1-rc1"),
        ("http://h/firmware.bin?x=3.3.3", b"", "firmware"),
        ("http://h/firmware%20next.bin", b"", "firmware next"),
        ("http://h/", b"", "ab" * 6),
    ],
)
def test_what_the_new_version_is_called(location: str, beginning: bytes, name: str) -> None:
    assert version_of(location, FirmwareImage(9, b"\xab" * 32, beginning)) == name


def test_clearing_the_fault_lets_the_next_update_through() -> None:
    bench = Bench("1.6")
    bench.done(InjectFault(fault_type="FlashFailure"))
    update(bench)
    bench.transferred(IMAGE)
    bench.wait(30)
    bench.done(ClearFault())
    bench.done(PlugIn())

    update(bench)
    bench.transferred(IMAGE)
    bench.wait(30)

    assert words(bench)[-1] == "Installed"
    assert bench.statuses(1)[-1] == "Preparing"
