"""Chargers that say one thing of their files and do another: the cases of files find them."""

import asyncio
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conformance.bench import results
from tests.fakes.file_folders import FakeFolders
from voltyard.conformance.attendants.own import OwnChargers
from voltyard.conformance.cases.catalogue import chosen
from voltyard.conformance.charger.bench import ChargerBench
from voltyard.conformance.subject import DeclaredFirmware, Subject, with_files_beside
from voltyard.conformance.wire.firmware_signing import FirmwareSigner
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.time import from_rfc3339
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.ports.file_folders import FileFolders
from voltyard.ports.transfers import Fetched
from voltyard.reports.verdicts import Result, Verdict
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = from_rfc3339("2026-01-05T10:00:00Z")


class Liar(FakeFolders):
    """Transfers of a charger that uploads nothing, or an empty file, and fetches another image."""

    is_empty = False
    keeps_beginning = False

    async def fetch(self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE) -> Fetched:
        image = b"version: 0.9.9\n"
        found = self.files.get(url)
        if self.keeps_beginning and found is not None:
            image = found[: found.index(b"rest of it") + len(b"rest of it")]
        return Fetched(len(image), sha256(image).digest(), b"", image)

    async def send(
        self,
        url: str,
        name: str,
        content: bytes,
        tls: Tls = SYSTEM_TRUST,
        egress: Egress = ANYWHERE,
    ) -> None:
        if self.is_empty:
            await super().send(url, name, b"")


async def played(
    id: str, transfers: FakeFolders, folders: FileFolders | None, subject: Subject | None = None
) -> Result:
    network = MemoryNetwork()
    door = MemoryDoor(network)
    clock = asyncio.get_running_loop().time
    attendant = OwnChargers(MemoryDialler(network), clock, transfers=transfers)
    url = "ws://127.0.0.1:9000/ocpp"
    bench = ChargerBench(url, subject or Subject(), attendant, patience_s=3_600.0, folders=folders)
    await door.open("127.0.0.1", 9000, bench.reception.gate)
    [result] = await results(bench, chosen("charger", ids=[id]))
    await attendant.close()
    return result


def judged(id: str, transfers: FakeFolders) -> str:
    """The expectation that is broken in the case."""
    result = run(played(id, transfers, transfers), VirtualLoop(START))
    assert result.verdict is Verdict.FAIL, result.why
    assert result.failure is not None
    return result.failure.expected


@pytest.mark.parametrize("id", ["TC_045_1_CS", "TC_079_CS"])
@pytest.mark.parametrize("is_empty", [True, False])
def test_a_charger_that_uploads_nothing_fails(id: str, is_empty: bool) -> None:
    liar = Liar()
    liar.is_empty = is_empty

    assert judged(id, liar).startswith("an upload of ")


def test_a_charger_that_installs_another_image_fails() -> None:
    assert judged("TC_044_1_CS", Liar()) == "firmwareVersion of BootNotification is '2.0.0'"


def test_a_charger_that_fetches_what_is_not_there_fails() -> None:
    assert "DownloadFailed" in judged("TC_044_2_CS", Liar())


def test_a_charger_that_does_not_see_the_end_of_a_signed_file_fails() -> None:
    liar = Liar()
    liar.keeps_beginning = True

    assert "InvalidSignature" in judged("TC_081_CS", liar)


def test_without_a_file_server_a_case_of_files_does_not_apply() -> None:
    result = run(played("TC_045_1_CS", FakeFolders(), None), VirtualLoop(START))

    assert (result.verdict, result.why) == (Verdict.NOT_APPLICABLE, "there is no file server")


def owned(directory: Path, **fields: str) -> Subject:
    """A subject with firmware of its owner's, signed."""
    image = b"version: 9.9.9\n" + bytes(1000)
    signer = FirmwareSigner(START)
    (directory / "image.bin").write_bytes(image)
    (directory / "signer.pem").write_text(signer.certificate)
    (directory / "root.pem").write_text(signer.root)
    signed = {"certificate": "signer.pem", "root": "root.pem", "signature": signer.sign(image)}
    firmware = {"file": "image.bin", "version": "9.9.9", **signed, **fields}
    subject = Subject(firmware=DeclaredFirmware(**firmware))
    return with_files_beside(subject, directory / "subject.yaml")


@pytest.mark.parametrize("id", ["TC_044_1_CS", "TC_080_CS", "TC_081_CS"])
def test_the_owner_s_firmware_is_offered(id: str, tmp_path: Path) -> None:
    files = FakeFolders()
    result = run(played(id, files, files, owned(tmp_path)), VirtualLoop(START))

    assert result.verdict is Verdict.PASS, result.failure
    told = [one.text for one in result.frames if "firmwareVersion" in one.text]
    assert any("9.9.9" in one for one in told) is (id != "TC_081_CS")


def test_firmware_that_is_not_signed_is_not_for_signed_updates(tmp_path: Path) -> None:
    files = FakeFolders()
    subject = owned(tmp_path, signature="", certificate="")
    result = run(played("TC_080_CS", files, files, subject), VirtualLoop(START))

    assert result.verdict is Verdict.NOT_APPLICABLE
    assert result.why == "the firmware that the subject declares is not signed"
