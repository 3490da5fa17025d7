"""Firmware that a local controller publishes and publishes no longer, every way it goes (L03,
L04)."""

from hashlib import md5
from typing import Any

import msgspec
import pytest

from tests.charger.bench import Bench
from voltyard.catalogue.commands.commands import (
    InjectFault,
    NetworkDrop,
    PowerCut,
    PowerRestore,
)
from voltyard.charger.charger import Charger
from voltyard.charger.description.events import PublicationChanged
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.effects import FetchFile
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel import limits

IMAGE = b"version: 2.0.0\nrest of it"
CHECKSUM = md5(IMAGE, usedforsecurity=False).hexdigest()
WHERE = "http://files/firm%20ware/yard-1.9.9.bin"
URL = "http://controller/1/yard-1.9.9.bin"
WHOLE = ["Downloading", "Downloaded", "ChecksumVerified", "Published"]


def controller() -> Bench:
    bench = Bench(spec=ChargerSpec(identity="LC 1", version="2.0.1", local_controller=True))
    bench.forget()
    return bench


def publish(bench: Bench, request_id: int = 7, **more: Any) -> Any:
    said = {"location": WHERE, "checksum": CHECKSUM, "requestId": request_id, **more}
    return bench.call("PublishFirmware", **said)


def unpublish(bench: Bench, checksum: str = CHECKSUM) -> Any:
    return bench.call("UnpublishFirmware", checksum=checksum)["status"]


def with_file() -> Bench:
    """A controller that publishes one file."""
    bench = controller()
    publish(bench)
    bench.transferred(IMAGE)
    bench.published(URL)
    bench.forget()
    return bench


def told(bench: Bench) -> list[str]:
    return [one["status"] for one in bench.said("PublishFirmwareStatusNotification")]


def files(bench: Bench) -> list[tuple[str, tuple[str, ...], int]]:
    return [(one.checksum, one.locations, one.downloads) for one in bench.state.publication.files]


# --- publishing --------------------------------------------------------------------------------


def test_firmware_is_fetched_verified_and_published() -> None:
    bench = controller()

    answer = publish(bench, checksum=CHECKSUM.upper())
    (fetch,) = bench.transfers
    assert isinstance(fetch, FetchFile)
    assert (fetch.url, fetch.is_kept) == (WHERE, True)
    bench.transferred(IMAGE)
    assert bench.to_publish[0].name == "yard-1.9.9.bin"
    assert told(bench) == WHOLE[:-1]
    bench.published(URL)

    assert answer == {"status": "Accepted"}
    assert told(bench) == WHOLE
    assert [one["requestId"] for one in bench.said("PublishFirmwareStatusNotification")] == [7] * 4
    assert [one.get("location") for one in bench.said("PublishFirmwareStatusNotification")] == [
        *[None] * 3,
        [URL],
    ]
    assert files(bench) == [(CHECKSUM, (URL,), 0)]
    assert bench.state.publication.status == "Published"
    last = bench.seen(PublicationChanged)[-1]
    assert (last.status, last.request_id, last.locations) == ("Published", 7, (URL,))


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("http://files/", "firmware.bin"),
        ("http://files", "firmware.bin"),
        ("http://files/a%2Fb?x=1", "b"),
        ("http://files/..%00", "_"),
        ("http://files/x y;z.bin", "x_y_z.bin"),
        ("http://files/" + "a" * 300 + ".bin", "a" * 96 + ".bin"),
    ],
)
def test_a_name_is_one_for_a_url(location: str, name: str) -> None:
    bench = controller()
    publish(bench, location=location)
    bench.transferred(IMAGE)

    assert bench.to_publish[0].name == name


def test_another_file_than_was_meant_is_not_published() -> None:
    bench = controller()
    publish(bench)
    bench.transferred(b"another image")

    assert told(bench) == ["Downloading", "Downloaded", "InvalidChecksum"]
    assert (bench.to_publish, bench.kept, files(bench)) == ([], set(), [])
    assert publish(bench, 8)["status"] == "Accepted"


def test_what_cannot_be_served_has_failed() -> None:
    bench = controller()
    publish(bench)
    bench.transferred(IMAGE)
    bench.published(failure="failed")

    assert told(bench) == [*WHOLE[:-1], "PublishFailed"]
    assert (bench.kept, files(bench)) == (set(), [])


def test_a_download_is_tried_again_after_the_interval() -> None:
    bench = controller()
    publish(bench, retries=2, retryInterval=20)
    for _ in range(2):
        bench.transferred(failure="failed")
        bench.wait(19.0)
        assert bench.transfers == []
        bench.wait(1.0)
    bench.transferred(failure="failed")
    bench.wait(3_600.0)

    assert bench.fetches == 3
    assert told(bench) == ["Downloading", "DownloadFailed"]


def test_where_nothing_can_come_of_it_it_is_not_tried_again() -> None:
    bench = controller()
    publish(bench, retries=2)
    bench.transferred(failure="unsupported")

    assert told(bench) == ["Downloading", "DownloadFailed"]
    assert bench.transfers == []


def test_without_a_network_the_download_fails() -> None:
    bench = controller()
    publish(bench, retries=0)
    bench.done(NetworkDrop())

    assert bench.state.publication.status == "DownloadFailed"
    assert bench.transfers == []


@pytest.mark.parametrize(
    ("fault", "last"),
    [
        ("DownloadStall", "DownloadPaused"),
        ("FirmwareCorruption", "InvalidChecksum"),
        ("FlashFailure", "PublishFailed"),
    ],
)
def test_faults_of_firmware_are_faults_of_its_publication(fault: str, last: str) -> None:
    bench = controller()
    bench.done(InjectFault(fault_type=fault))
    publish(bench)
    if bench.transfers:
        bench.transferred(IMAGE)

    assert told(bench)[-1] == last
    assert (bench.to_publish, files(bench)) == ([], [])


# --- requests ----------------------------------------------------------------------------------


def test_a_charger_that_is_no_controller_supports_none_of_it() -> None:
    bench = Bench("2.0.1")

    assert publish(bench)[0] == "NotSupported"
    assert bench.call("UnpublishFirmware", checksum=CHECKSUM)[0] == "NotSupported"
    assert trigger(bench) == "NotImplemented"
    assert bench.state.publication is None


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"checksum": "x"}, "InvalidValue"),
        ({"checksum": "g" * 32}, "InvalidValue"),
        ({"location": "yard.bin"}, "InvalidURL"),
        ({"location": "http://[/yard.bin"}, "InvalidURL"),
    ],
)
def test_what_makes_no_sense_is_rejected_and_changes_nothing(
    more: dict[str, str], why: str
) -> None:
    bench = controller()

    answer = publish(bench, **more)

    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", why)
    assert (told(bench), bench.transfers) == ([], [])


def test_one_publication_is_under_way_at_a_time() -> None:
    bench = controller()
    publish(bench)

    answer = publish(bench, 8)
    bench.transferred(IMAGE)
    assert publish(bench, 9)["status"] == "Rejected"
    bench.published(URL)

    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "Busy")
    assert told(bench) == WHOLE
    assert bench.state.publication.request_id == 7


def test_published_files_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PUBLISHED_FILES", 1)
    bench = with_file()

    answer = publish(bench, checksum="0" * 32)
    again = publish(bench)

    assert answer["statusInfo"]["reasonCode"] == "OutOfStorage"
    assert again["status"] == "Accepted"


def test_the_same_file_published_again_takes_the_place_of_the_first() -> None:
    bench = with_file()
    publish(bench, 8)
    bench.transferred(IMAGE)
    assert len(bench.kept) == 2
    bench.published("http://controller/2/yard-1.9.9.bin")

    assert len(bench.kept) == 1
    assert [one[1] for one in files(bench)] == [("http://controller/2/yard-1.9.9.bin",)]


# --- triggers ----------------------------------------------------------------------------------


def trigger(bench: Bench) -> Any:
    wanted = "PublishFirmwareStatusNotification"
    return bench.call("TriggerMessage", requestedMessage=wanted)["status"]


def test_a_trigger_is_answered_with_the_last_status() -> None:
    bench = controller()
    publish(bench)
    bench.forget()

    assert trigger(bench) == "Accepted"
    assert bench.said("PublishFirmwareStatusNotification") == [
        {"status": "Downloading", "requestId": 7}
    ]


@pytest.mark.parametrize("bench", [controller, with_file])
def test_a_trigger_at_rest_is_answered_with_idle(bench: Any) -> None:
    bench = bench()

    assert trigger(bench) == "Accepted"
    assert bench.said("PublishFirmwareStatusNotification") == [{"status": "Idle"}]


# --- unpublishing ------------------------------------------------------------------------------


def test_a_file_is_published_no_longer() -> None:
    bench = with_file()

    assert unpublish(bench, CHECKSUM.upper()) == "Unpublished"
    assert (bench.served, bench.kept, files(bench)) == ({}, set(), [])
    assert bench.seen(PublicationChanged)[-1].status == "Unpublished"
    assert told(bench) == []
    assert unpublish(bench) == "NoFirmware"


def test_what_is_not_published_is_no_firmware() -> None:
    bench = with_file()

    assert unpublish(bench, "0" * 32) == "NoFirmware"
    assert unpublish(bench, "x") == "NoFirmware"
    assert len(files(bench)) == 1


def test_a_file_that_a_station_fetches_stays() -> None:
    bench = with_file()
    bench.downloading(2)
    assert unpublish(bench) == "DownloadOngoing"
    bench.downloading(1)
    assert unpublish(bench) == "DownloadOngoing"
    assert files(bench) == [(CHECKSUM, (URL,), 1)]
    bench.downloading(0)

    assert unpublish(bench) == "Unpublished"


def test_a_file_that_the_controller_fetches_is_not_unpublished() -> None:
    bench = controller()
    publish(bench)

    assert unpublish(bench) == "DownloadOngoing"
    bench.transferred(IMAGE)
    assert unpublish(bench) == "DownloadOngoing"
    bench.published(URL)
    assert unpublish(bench) == "Unpublished"


# --- power, link and memory --------------------------------------------------------------------


def test_without_power_nothing_is_served_and_with_it_the_same_again() -> None:
    bench = with_file()
    bench.done(PowerCut())
    assert (bench.served, len(bench.kept)) == ({}, 1)
    bench.done(PowerRestore())
    bench.published(URL)
    bench.wait(60.0)

    assert [*bench.served.values()] == [(URL,)]
    assert told(bench) == []


def test_a_download_begins_anew_after_a_power_cut() -> None:
    bench = controller()
    publish(bench)
    bench.done(PowerCut())
    assert bench.transfers == []
    bench.done(PowerRestore())
    bench.transferred(IMAGE)
    bench.published(URL)
    bench.wait(60.0)

    assert told(bench)[-1] == "Published"
    assert bench.fetches == 2


def test_a_power_cut_before_it_was_served_is_made_up_for() -> None:
    bench = controller()
    publish(bench)
    bench.transferred(IMAGE)
    bench.done(PowerCut())
    assert bench.to_publish == []
    bench.done(PowerRestore())
    bench.published(URL)
    bench.wait(60.0)

    assert told(bench) == WHOLE


def test_what_could_not_be_told_is_told_when_the_csms_is_back() -> None:
    bench = controller()
    publish(bench)
    bench.cut()
    bench.transferred(IMAGE)
    bench.published(URL)
    bench.mend()
    bench.wait(300.0)

    assert told(bench) == ["Downloading", "Published"]
    assert bench.said("PublishFirmwareStatusNotification")[-1]["location"] == [URL]


def restarted(bench: Bench, **more: Any) -> Bench:
    """The same charger in another process, which keeps no files."""
    text = msgspec.json.encode(bench.charger.snapshot(bench.now))
    bench.charger = Charger.restore(
        msgspec.structs.replace(bench.spec, **more),
        msgspec.json.decode(text, type=Snapshot),
        bench.now,
    )
    bench.linked = False
    bench.transfers.clear()
    bench.to_publish.clear()
    bench.kept.clear()
    bench.served.clear()
    bench.forget()
    bench.wait(120.0)
    return bench


def test_after_a_restart_a_file_is_fetched_and_published_where_it_is_now() -> None:
    bench = restarted(with_file())
    bench.published(failure="absent")
    assert files(bench) == []
    assert publish(bench, 8)["statusInfo"]["reasonCode"] == "Busy"
    bench.transferred(IMAGE)
    bench.published("http://controller/2/yard-1.9.9.bin")

    assert told(bench) == WHOLE
    last = bench.said("PublishFirmwareStatusNotification")[-1]
    assert (last["requestId"], last["location"]) == (7, ["http://controller/2/yard-1.9.9.bin"])


def test_after_a_restart_a_file_that_is_there_no_more_is_told_to_have_failed() -> None:
    bench = restarted(with_file())
    bench.published(failure="absent")
    for _ in range(3):
        bench.wait(30.0)
        if bench.transfers:
            bench.transferred(failure="failed")

    assert told(bench) == ["Downloading", "DownloadFailed"]
    assert files(bench) == []
    assert unpublish(bench) == "NoFirmware"


def test_after_a_restart_what_was_under_way_goes_on() -> None:
    bench = controller()
    publish(bench)
    restarted(bench)
    bench.transferred(IMAGE)
    restarted(bench)
    bench.published(failure="absent")
    bench.transferred(IMAGE)
    bench.published(URL)

    assert told(bench)[-2:] == ["ChecksumVerified", "Published"]
    assert files(bench) == [(CHECKSUM, (URL,), 0)]


def test_what_waits_to_be_fetched_again_can_be_unpublished() -> None:
    bench = with_file()
    publish(bench, 8, checksum=md5(b"2", usedforsecurity=False).hexdigest())
    bench.transferred(b"2")
    bench.published("http://controller/2/yard-1.9.9.bin")
    restarted(bench)
    bench.published(failure="absent")
    bench.published(failure="absent")

    assert unpublish(bench, md5(b"2", usedforsecurity=False).hexdigest()) == "Unpublished"
    bench.transferred(IMAGE)
    bench.published(URL)
    bench.wait(60.0)
    assert files(bench) == [(CHECKSUM, (URL,), 0)]
    assert bench.transfers == []


def test_a_controller_that_is_none_any_more_forgets_its_files() -> None:
    bench = restarted(with_file(), local_controller=False)

    assert bench.to_publish == []
    assert bench.state.publication is None


def test_a_controller_is_a_charger_too() -> None:
    spec = ChargerSpec(
        identity="LC 1", version="2.0.1", local_controller=True, evses=(EvseSpec(), EvseSpec())
    )
    bench = Bench(spec=spec)
    publish(bench)

    assert len(bench.state.connectors) == 2
    assert "Available" in bench.statuses(2)
