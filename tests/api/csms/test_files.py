"""Files: what chargers upload without a key, and the firmware they fetch."""

from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.bench import BOX, TOKEN, Lab, ScriptedCharger
from voltyard.kernel import limits
from voltyard.storage.csms.files import Files

ACCEPTED = {"status": "Accepted"}


@pytest.fixture
def kept(lab: Lab, tmp_path: Path) -> Files:
    """The lab with files."""
    return lab.with_files(tmp_path / "kept")


def on_disk(kept: Files) -> list[Path]:
    return list(kept.directory.iterdir())


async def place(lab: Lab, charger: ScriptedCharger) -> str:
    """Where the charger was told to upload its diagnostics to: a path here."""
    response = await lab.post(f"/chargers/{BOX}/diagnostics", {})
    assert response.status_code == 200, response.text
    location: str = charger.asked[-1][1]["location"]
    assert location.startswith("http://lab/files/up/") and location.endswith("/")
    return urlsplit(location).path


async def put(lab: Lab, content: bytes, name: str = "fw.bin", key: str = TOKEN) -> httpx.Response:
    return await lab.client.post(
        "/api/v1/files", params={"name": name}, content=content, headers={"X-API-Key": key}
    )


# --- uploads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("name", ["", "diagnostics.zip"])
async def test_diagnostics_come_here_where_no_place_is_given(
    lab: Lab, kept: Files, method: str, name: str
) -> None:
    charger = await lab.connect("1.6", {"GetDiagnostics": {"fileName": "diagnostics.zip"}})
    path = await place(lab, charger)

    sent = await lab.client.request(method, path + name, content=b"all is well")
    await lab.call(charger, "DiagnosticsStatusNotification", {"status": "Uploaded"})

    assert sent.status_code == 201
    [command] = (await lab.get(f"/chargers/{BOX}/commands")).json()["commands"]
    assert (command["outcome"], command["succeeded"]) == ("Uploaded", True)
    shown = (await lab.get(f"/files/{command['fileId']}")).json()
    assert (shown["kind"], shown["name"], shown["size"]) == ("upload", name or "upload", 11)
    assert (shown["chargeBoxId"], shown["commandId"]) == (BOX, command["id"])
    assert shown["sha256"] == sha256(b"all is well").hexdigest()
    assert shown["url"] is None
    content = await lab.get(f"/files/{command['fileId']}/content")
    assert content.content == b"all is well"
    assert content.headers["X-Content-Type-Options"] == "nosniff"
    assert content.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_log_comes_here_too(lab: Lab, kept: Files, version: str) -> None:
    charger = await lab.connect(version, {"GetLog": ACCEPTED})

    await lab.post(f"/chargers/{BOX}/log", {"logType": "SecurityLog"})
    location = charger.asked[-1][1]["log"]["remoteLocation"]
    sent = await lab.client.put(urlsplit(location).path, content=b"log")

    assert sent.status_code == 201
    [command] = (await lab.get(f"/chargers/{BOX}/commands")).json()["commands"]
    assert command["fileId"] is not None


async def test_a_file_of_a_form_is_taken_out_of_it(lab: Lab, kept: Files) -> None:
    charger = await lab.connect("1.6", {"GetDiagnostics": {}})
    path = await place(lab, charger)
    content = b"\x00\r\n--not the end\r\n" * 1000

    sent = await lab.client.post(
        path, data={"station": "1"}, files={"upload": ("C:\\logs\\diag.zip", content)}
    )

    assert sent.status_code == 201
    [shown] = (await lab.get("/files")).json()["files"]
    assert (shown["name"], shown["size"]) == ("diag.zip", len(content))
    assert (await lab.get(f"/files/{shown['id']}/content")).content == content
    assert shown["sha256"] == sha256(content).hexdigest()


async def test_a_form_without_a_file_is_400_and_leaves_nothing(lab: Lab, kept: Files) -> None:
    charger = await lab.connect("1.6", {"GetDiagnostics": {}})
    path = await place(lab, charger)
    kind = {"Content-Type": "multipart/form-data; boundary=b"}

    for content in (
        b"",
        b"nothing",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--',
    ):
        assert (await lab.client.post(path, content=content, headers=kind)).status_code == 400

    assert (await lab.get("/files")).json()["files"] == []
    assert on_disk(kept) == []


@pytest.mark.alone
async def test_an_upload_without_a_word_of_the_charger_is_one_all_the_same(
    lab: Lab, kept: Files
) -> None:
    charger = await lab.connect("1.6", {"GetDiagnostics": {}})
    path = await place(lab, charger)
    await lab.client.put(path, content=b"x")

    lab.now += limits.LOG_OUTCOME_S
    lab.tick()

    [command] = (await lab.get(f"/chargers/{BOX}/commands")).json()["commands"]
    assert (command["outcome"], command["succeeded"]) == ("Uploaded", True)


async def test_a_place_is_good_for_a_day_and_so_many_files(lab: Lab, kept: Files) -> None:
    charger = await lab.connect("1.6", {"GetDiagnostics": {}})
    path = await place(lab, charger)

    guessed = await lab.client.put(path[:-2] + ("y/" if path[-2] == "x" else "x/"), content=b"x")
    taken = [
        (await lab.client.put(path, content=b"x")).status_code
        for _ in range(limits.UPLOADS_EACH + 1)
    ]
    other = await place(lab, charger)
    lab.now += limits.UPLOAD_SLOT_S
    late = await lab.client.put(other, content=b"x")

    assert guessed.status_code == 404
    assert taken == [201] * limits.UPLOADS_EACH + [413]
    assert late.status_code == 404


@pytest.mark.alone
async def test_too_long_a_file_is_413_and_leaves_nothing(
    lab: Lab, kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    charger = await lab.connect("1.6", {"GetDiagnostics": {}})
    path = await place(lab, charger)
    monkeypatch.setattr(limits, "FILE_BYTES", 1_000)

    async def endless() -> Any:
        while True:
            yield b"x" * 300

    declared = await lab.client.put(path, content=b"x" * 1_001)
    streamed = await lab.client.put(path, content=endless())
    fits = await lab.client.put(path, content=b"x" * 1_000)

    assert [r.status_code for r in (declared, streamed, fits)] == [413, 413, 201]
    assert len((await lab.get("/files")).json()["files"]) == 1
    assert len(on_disk(kept)) == 1


async def test_only_so_many_files_are_kept(
    lab: Lab, kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FILES", 1)

    assert (await put(lab, b"1")).status_code == 201
    full = await put(lab, b"2")

    assert (full.status_code, full.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")


async def test_what_was_uploaded_goes_with_time_and_firmware_stays(lab: Lab, kept: Files) -> None:
    charger = await lab.connect("1.6", {"GetDiagnostics": {}})
    await lab.client.put(await place(lab, charger), content=b"x")
    await put(lab, b"firmware")

    lab.now += limits.UPLOAD_KEPT_S + 1
    await kept.sweep()

    assert [f["kind"] for f in (await lab.get("/files")).json()["files"]] == ["firmware"]
    assert len(on_disk(kept)) == 1


# --- firmware -------------------------------------------------------------------------------------


async def test_an_empty_file_is_refused_and_leaves_nothing(lab: Lab, kept: Files) -> None:
    refused = await put(lab, b"")

    assert refused.status_code == 400, refused.text
    (detail,) = refused.json()["error"]["details"]
    assert detail == {"field": "body", "message": detail["message"]}
    assert detail["message"] in refused.json()["error"]["message"]
    assert (await lab.get("/files")).json()["files"] == []
    assert on_disk(kept) == []


async def test_firmware_is_put_here_fetched_by_chargers_and_deleted(lab: Lab, kept: Files) -> None:
    made = await put(lab, b"firmware" * 100, name="../fw 2.bin")
    body = made.json()
    path = urlsplit(body["url"]).path

    whole = await lab.client.get(path)
    part = await lab.client.get(path, headers={"Range": "bytes=8-15"})
    head = await lab.client.head(path)
    deleted = await lab.delete(f"/files/{body['id']}")

    assert (made.status_code, body["name"], body["size"]) == (201, "fw 2.bin", 800)
    assert whole.content == b"firmware" * 100
    assert (part.status_code, part.content) == (206, b"firmware")
    assert (head.status_code, head.headers["Content-Length"]) == (200, "800")
    assert deleted.json() == {"message": "File deleted successfully", "id": body["id"]}
    assert (await lab.client.get(path)).status_code == 404
    assert (await lab.get(f"/files/{body['id']}")).status_code == 404
    assert on_disk(kept) == []


async def test_files_are_listed_by_kind_charger_and_command(lab: Lab, kept: Files) -> None:
    charger = await lab.connect("1.6", {"GetDiagnostics": {}})
    await lab.client.put(await place(lab, charger), content=b"x")
    lab.now += 1
    await put(lab, b"firmware")

    async def listed(**query: Any) -> list[str]:
        return [f["kind"] for f in (await lab.get("/files", **query)).json()["files"]]

    [command] = (await lab.get(f"/chargers/{BOX}/commands")).json()["commands"]
    assert await listed() == ["firmware", "upload"]
    assert await listed(kind="upload") == ["upload"]
    assert await listed(chargeBoxId=BOX) == ["upload"]
    assert await listed(commandId=command["id"]) == ["upload"]
    assert await listed(commandId="cmd_other") == []


async def test_another_organization_sees_no_file(lab: Lab, kept: Files) -> None:
    body = (await put(lab, b"firmware")).json()
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["admin"])

    assert (await lab.get("/files", key=theirs)).json()["files"] == []
    for path in (f"/files/{body['id']}", f"/files/{body['id']}/content"):
        assert (await lab.get(path, key=theirs)).status_code == 404
    assert (await lab.delete(f"/files/{body['id']}", key=theirs)).status_code == 404


async def test_chargers_are_told_of_errors_as_the_backend_tells_them(
    lab: Lab, kept: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    charger = await lab.connect("1.6", {"GetDiagnostics": {}})
    path = await place(lab, charger)
    monkeypatch.setattr(limits, "FILE_BYTES", 1_000)
    client, form = lab.client, {"Content-Type": "multipart/form-data"}

    answers = [
        (await client.put("/files/up/guessed/", content=b"x"), 404, "NOT_FOUND"),
        (await client.get("/files/down/guessed/fw.bin"), 404, "NOT_FOUND"),
        (await client.get("/files/nowhere"), 404, "NOT_FOUND"),
        (await client.put("/files/down/guessed/fw.bin", content=b"x"), 405, "METHOD_NOT_ALLOWED"),
        (await client.get(path), 405, "METHOD_NOT_ALLOWED"),
        (await client.post(path, content=b"x", headers=form), 400, "VALIDATION_ERROR"),
        (await client.put(path, content=b"x" * 1_001), 413, "CONTENT_TOO_LARGE"),
    ]

    for response, status, code in answers:
        body = response.json()
        assert (response.status_code, body["success"], body["error"]["code"]) == (
            status,
            False,
            code,
        )
        assert body["error"]["message"]
        assert body["error"]["request_id"] == response.headers["X-Request-Id"]
    assert on_disk(kept) == []


# --- off ------------------------------------------------------------------------------------------


async def test_where_no_files_are_kept_a_place_must_be_given(lab: Lab) -> None:
    charger = await lab.connect("1.6", {})

    refused = await lab.post(f"/chargers/{BOX}/diagnostics", {})
    upload = await lab.client.put("/files/up/token/", content=b"x")
    listed = await lab.get("/files")

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert "VOLTYARD_FILES" in refused.text
    assert (upload.status_code, listed.status_code) == (404, 404)
    assert charger.asked == []


async def test_a_charger_that_is_away_is_given_no_place(lab: Lab, kept: Files) -> None:
    await lab.register()

    assert (await lab.post(f"/chargers/{BOX}/diagnostics", {})).status_code == 503
