"""Links over TLS, with both libraries at either end."""

import asyncio
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.links import RecordingGate, RecordingUser
from tests.network.links.websockets_links import WebsocketsDialler, WebsocketsDoor
from voltyard.csms.links.sockets import RefusedLink
from voltyard.kernel import limits, tls_contexts
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import Tls
from voltyard.network.door_tls import DoorTls
from voltyard.network.links.picows_links import PicowsDialler, PicowsDoor
from voltyard.network.tls import ClientContexts
from voltyard.ports.links import Admitted, DialFailed, Dialler, Dialling, Door, Handshake
from voltyard.testing.certificates import RootAuthority

HOST = "127.0.0.1"
DAY = timedelta(days=1)
LIBRARIES: dict[str, tuple[Callable[[], Dialler], Callable[[DoorTls | None], Door]]] = {
    "picows": (PicowsDialler, PicowsDoor),
    "websockets": (WebsocketsDialler, WebsocketsDoor),
}
PAIRS = [(client, server) for client in LIBRARIES for server in LIBRARIES]


@pytest.fixture(scope="module")
def root() -> RootAuthority:
    return RootAuthority("Voltyard test root")


@pytest.fixture(scope="module")
def stranger() -> RootAuthority:
    return RootAuthority("Another root")


@dataclass
class Site:
    """A dialler, and doors as tests want them."""

    dialler: Dialler
    new_door: Callable[[DoorTls | None], Door]
    directory: Path
    root: RootAuthority
    gate: RecordingGate

    @asynccontextmanager
    async def door(
        self,
        *hosts: str,
        signed_by: RootAuthority | None = None,
        client_ca: RootAuthority | None = None,
        begins: timedelta = -DAY,
        ends: timedelta = DAY,
        plain: bool = False,
    ) -> AsyncIterator[Door]:
        signed_by = signed_by or self.root
        own = signed_by.sign("door", *(hosts or (HOST,)), begins=begins, ends=ends)
        certificate, key = own.files(self.directory)
        trusted = None if client_ca is None else client_ca.file(self.directory, "clients")
        door = self.new_door(None if plain else DoorTls(certificate, key, trusted))
        await door.open(HOST, 0, self.gate)
        yield door
        await door.close()

    def dialling(
        self, door: Door, tls: Tls, scheme: str = "wss", timeout_s: Seconds = 120.0
    ) -> Dialling:
        url = f"{scheme}://{HOST}:{door.port}/ocpp/CP-1"
        return Dialling(url, ("ocpp1.6",), "CP-1", "se:cret", tls, timeout_s)

    async def failure(
        self, door: Door, tls: Tls, scheme: str = "wss", timeout_s: Seconds = 120.0
    ) -> DialFailed:
        user = RecordingUser()
        with pytest.raises(DialFailed) as caught:
            await self.dialler.dial(self.dialling(door, tls, scheme, timeout_s), user)
        assert user.link is None
        return caught.value


@pytest.fixture(params=PAIRS, ids=["-to-".join(names) for names in PAIRS])
async def site(request: pytest.FixtureRequest, tmp_path: Path, root: RootAuthority) -> Site:
    client, server = request.param
    return Site(
        LIBRARIES[client][0](), LIBRARIES[server][1], tmp_path, root, RecordingGate("ocpp1.6")
    )


async def test_frames_and_the_password_go_over_tls(site: Site) -> None:
    user = RecordingUser()

    async with site.door() as door:
        await site.dialler.dial(site.dialling(door, Tls(ca=site.root.ca)), user)
        link = await user.until_open()
        theirs = await site.gate.user.until_open()
        link.send("[2]")
        theirs.send("x" * limits.FRAME_BYTES)

        assert await site.gate.user.until_frames() == ["[2]"]
        assert await user.until_frames() == ["x" * limits.FRAME_BYTES]
        assert site.gate.handshakes[0].authorization == "Basic Q1AtMTpzZTpjcmV0"
        assert site.gate.handshakes[0].certificate is None
        link.close(1000, "done")
        assert await site.gate.user.until_closed() == (1000, "done")
        assert await user.until_closed() == (1000, "done")


async def test_no_common_subprotocol_closes_a_link_over_tls_after_the_handshake(
    site: Site,
) -> None:
    def turned_away(handshake: Handshake) -> Admitted:
        return Admitted(RefusedLink(1002, "no common subprotocol"), None)

    site.gate = turned_away  # type: ignore[assignment]
    user = RecordingUser()

    async with site.door() as door:
        dialling = site.dialling(door, Tls(ca=site.root.ca))
        with pytest.raises(DialFailed, match="no common subprotocol") as failure:
            await site.dialler.dial(dialling, RecordingUser())
        await site.dialler.dial(replace(dialling, subprotocols=()), user)

        assert "status" not in failure.value.details
        assert await user.until_closed() == (1002, "no common subprotocol")


async def test_a_link_over_tls_that_is_cut_is_1006(site: Site) -> None:
    user = RecordingUser()

    async with site.door() as door:
        await site.dialler.dial(site.dialling(door, Tls(ca=site.root.ca)), user)
        (await user.until_open()).abort()

        assert await user.until_closed() == (1006, "")
        assert await site.gate.user.until_closed() == (1006, "")


async def test_several_certificates_may_be_trusted(site: Site, stranger: RootAuthority) -> None:
    async with site.door() as door:
        tls = Tls(ca=stranger.ca + "some words between\n" + site.root.ca)
        user = RecordingUser()
        await site.dialler.dial(site.dialling(door, tls), user)
        assert await user.until_open()


async def test_a_server_of_another_root_is_not_trusted(site: Site, stranger: RootAuthority) -> None:
    async with site.door() as door:
        failure = await site.failure(door, Tls(ca=stranger.ca))
        assert "certificate verify failed: unable to get local issuer" in failure.message
        assert failure.details["cause"] == "certificate"
        failure = await site.failure(door, Tls())  # the system's, which cannot know it
        assert "certificate verify failed: " in failure.message
        assert not site.gate.handshakes


async def test_a_certificate_for_another_host_is_not_taken(site: Site) -> None:
    async with site.door("elsewhere.test") as door:
        failure = await site.failure(door, Tls(ca=site.root.ca))
        assert "certificate verify failed: IP address mismatch" in failure.message
        assert failure.details["cause"] == "certificate"
        assert HOST in failure.message


async def test_the_name_goes_unchecked_only_where_that_is_said(
    site: Site, stranger: RootAuthority
) -> None:
    async with site.door("elsewhere.test") as door:
        tls = Tls(ca=site.root.ca, verify_hostname=False)
        await site.dialler.dial(site.dialling(door, tls), RecordingUser())
        # The root is checked all the same.
        failure = await site.failure(door, Tls(ca=stranger.ca, verify_hostname=False))
        assert "certificate verify failed" in failure.message


async def test_an_expired_certificate_is_not_taken(site: Site) -> None:
    async with site.door(begins=-2 * DAY, ends=-DAY) as door:
        failure = await site.failure(door, Tls(ca=site.root.ca))
        assert failure.message == "certificate verify failed: certificate has expired"


async def test_a_client_with_a_certificate_is_known_by_its_name(site: Site) -> None:
    own = site.root.sign("CP-1")
    tls = Tls(ca=site.root.ca, client_certificate=own.certificate, client_key=own.key)

    async with site.door(client_ca=site.root) as door:
        await site.dialler.dial(site.dialling(door, tls), RecordingUser())

        shown = site.gate.handshakes[0].certificate
        assert shown is not None and shown.common_name == "CP-1"
        der = ssl.PEM_cert_to_DER_cert(own.certificate)
        assert shown.fingerprint == hashlib.sha256(der).hexdigest()


async def test_a_client_without_a_certificate_is_told_so(site: Site) -> None:
    async with site.door(client_ca=site.root) as door:
        failure = await site.failure(door, Tls(ca=site.root.ca))
        # The server's alert may be lost when it closes at once.
        assert "certificate" in failure.message
        assert not site.gate.handshakes


async def test_a_client_of_another_root_does_not_come_in(
    site: Site, stranger: RootAuthority
) -> None:
    own = stranger.sign("CP-1")
    tls = Tls(ca=site.root.ca, client_certificate=own.certificate, client_key=own.key)

    async with site.door(client_ca=site.root) as door:
        await site.failure(door, tls)
        assert not site.gate.handshakes


async def test_a_plain_dial_at_a_tls_port_says_what_may_be_wrong(site: Site) -> None:
    async with site.door() as door:
        failure = await site.failure(door, Tls(), "ws")
        assert "wss://" in failure.message
        assert not site.gate.handshakes


async def test_a_tls_dial_at_a_plain_port_says_what_may_be_wrong(site: Site) -> None:
    async with site.door(plain=True) as door:
        # A door may wait for more of what is no HTTP, until the dial is given up.
        failure = await site.failure(door, Tls(), timeout_s=0.5)
        assert "TLS" in failure.message
        assert not site.gate.handshakes


@pytest.fixture(params=list(LIBRARIES))
def dialler(request: pytest.FixtureRequest) -> Dialler:
    return LIBRARIES[request.param][0]()


async def test_a_peer_silent_in_the_tls_handshake_is_given_up_in_time(dialler: Dialler) -> None:
    ended = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass
        ended.set()

    listening = await asyncio.start_server(wait, HOST, 0)
    port = listening.sockets[0].getsockname()[1]
    with pytest.raises(DialFailed, match=r"within 2 s"):
        await dialler.dial(Dialling(f"wss://{HOST}:{port}/", (), timeout_s=2.0), RecordingUser())
    async with asyncio.timeout(120):
        await ended.wait()
    listening.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_a_server_with_tls_older_than_1_2_is_refused(
    dialler: Dialler, root: RootAuthority, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*root.sign("old", HOST).files(tmp_path))
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    listening = await asyncio.start_server(lambda *_: None, HOST, 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]

    with pytest.raises(DialFailed, match="TLS"):
        url = f"wss://{HOST}:{port}/"
        await dialler.dial(Dialling(url, (), tls=Tls(ca=root.ca)), RecordingUser())
    listening.close()


@pytest.mark.parametrize(
    "alert,cause", [(70, "tls_version"), (40, "tls_cipher")], ids=["version", "cipher"]
)
async def test_what_a_peer_does_not_like_about_tls_is_a_cause(
    dialler: Dialler, root: RootAuthority, alert: int, cause: str
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(bytes([21, 3, 3, 0, 2, 2, alert]))  # a fatal alert (RFC 8446 section 6)
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(refuse, HOST, 0)
    port = listening.sockets[0].getsockname()[1]

    with pytest.raises(DialFailed, match="the peer refused TLS") as failure:
        url = f"wss://{HOST}:{port}/"
        await dialler.dial(Dialling(url, (), tls=Tls(ca=root.ca)), RecordingUser())

    assert failure.value.details["cause"] == cause
    listening.close()


async def test_settings_that_cannot_be_read_fail_the_dial_and_say_which(dialler: Dialler) -> None:
    with pytest.raises(DialFailed, match=r"tls\.ca"):
        await dialler.dial(Dialling(f"wss://{HOST}:1/", (), tls=Tls(ca="x")), RecordingUser())


# --- contexts ----------------------------------------------------------------------------------


async def test_the_same_settings_share_one_context(
    root: RootAuthority, stranger: RootAuthority
) -> None:
    contexts = ClientContexts()

    made = await asyncio.gather(*(contexts.of(Tls(ca=root.ca)) for _ in range(100)))
    other = await contexts.of(Tls(ca=stranger.ca))

    assert len(set(map(id, made))) == 1
    assert other is not made[0]
    assert made[0].minimum_version is ssl.TLSVersion.TLSv1_2


async def test_contexts_are_kept_up_to_their_bound(
    root: RootAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TLS_CONTEXTS", 2)
    contexts = ClientContexts()
    one, two = Tls(ca=root.ca), Tls(ca=root.ca, verify_hostname=False)

    first = await contexts.of(one)
    second = await contexts.of(two)
    assert await contexts.of(one) is first  # the younger now
    await contexts.of(Tls(ca=root.ca + "\n"))

    assert await contexts.of(one) is first
    assert await contexts.of(two) is not second


async def test_a_dial_given_up_leaves_the_context_to_the_others(root: RootAuthority) -> None:
    contexts = ClientContexts()

    giving_up = asyncio.ensure_future(contexts.of(Tls(ca=root.ca)))
    await asyncio.sleep(0)
    staying = asyncio.ensure_future(contexts.of(Tls(ca=root.ca)))
    await asyncio.sleep(0)
    giving_up.cancel()

    assert isinstance(await staying, ssl.SSLContext)


# --- certificates ------------------------------------------------------------------------------


def test_what_is_wrong_with_a_text_is_said_by_the_name_of_its_field(
    root: RootAuthority, stranger: RootAuthority
) -> None:
    own, other = root.sign("CP-1"), stranger.sign("CP-2")
    certificate = own.certificate

    for tls, words in (
        (Tls(ca="nonsense"), r"^tls\.ca: no certificates"),
        (Tls(ca=""), r"^tls\.ca: "),
        (Tls(ca="Ümläut"), r"^tls\.ca: "),
        (Tls(ca="x" * (limits.CA_PEM_CHARS + 1)), r"^tls\.ca: longer"),
        (Tls(ca=certificate[:200]), r"^tls\.ca: "),
        (Tls(client_certificate=certificate), r"^tls\.client_key: needed"),
        (Tls(client_key=own.key), r"^tls\.client_certificate: needed"),
        (Tls(client_certificate="x", client_key=own.key), r"^tls\.client_certificate: no cert"),
        (Tls(client_certificate=certificate, client_key="x"), r"^tls\.client_key: no private"),
        (Tls(client_certificate=certificate, client_key=other.key), r"^tls\.client_key: not the"),
        (Tls(client_certificate=certificate, client_key="x" * 16_385), r"^tls\.client_key: long"),
    ):
        with pytest.raises(Invalid, match=words) as caught:
            tls_contexts.check(tls)
        assert str(caught.value.details["param"]).startswith("tls.")
        assert own.key not in str(caught.value) and other.key not in str(caught.value)

    tls_contexts.check(Tls())
    tls_contexts.check(Tls(ca=root.ca, client_certificate=certificate, client_key=own.key))


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_its_password(
    root: RootAuthority,
) -> None:
    from cryptography.hazmat.primitives import serialization as s

    own = root.sign("CP-1")
    key = s.load_pem_private_key(own.key.encode(), None)
    encrypted = key.private_bytes(
        s.Encoding.PEM, s.PrivateFormat.PKCS8, s.BestAvailableEncryption(b"secret")
    ).decode()

    with pytest.raises(Invalid, match=r"tls\.client_key"):
        tls_contexts.check(Tls(client_certificate=own.certificate, client_key=encrypted))


def test_files_of_a_door_that_are_no_certificates_are_named(
    root: RootAuthority, tmp_path: Path
) -> None:
    certificate, key = root.sign("door", HOST).files(tmp_path)
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nonsense")

    with pytest.raises(Invalid, match=r"absent\.pem"):
        DoorTls(tmp_path / "absent.pem", key).context()
    with pytest.raises(Invalid, match=r"wrong\.pem"):
        DoorTls(wrong, key).context()
    with pytest.raises(Invalid, match=r"wrong\.pem"):
        DoorTls(certificate, key, wrong).context()


def test_secrets_are_not_in_what_is_printed_of_them() -> None:
    tls = Tls(client_key="SECRET")
    dialling = Dialling("wss://h/", (), "CP-1", "SECRET", tls)
    handshake = Handshake("/", (), "Basic SECRET", "h:1")

    assert "SECRET" not in f"{tls!r} {dialling!r} {handshake!r}"


# --- two certificates, and their suites ---------------------------------------------------------


def signed_files(
    root: RootAuthority, directory: Path, name: str, *, rsa: bool
) -> tuple[Path, Path]:
    return root.sign("door", HOST, rsa=rsa).files(directory, name)


def suite_of(door: PicowsDoor, root: RootAuthority, suite: str) -> str:
    """The suite of TLS 1.2 that comes of offering that one; empty where none does."""
    context = ssl.create_default_context(cadata=root.ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    try:
        with (
            socket.create_connection((HOST, door.port), timeout=120) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as secured,
        ):
            found = secured.cipher()
            return found[0] if found else ""
    except (ssl.SSLError, ConnectionError):
        return ""


SUITES = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384")
RSA_SUITES = ("AES128-GCM-SHA256", "AES256-GCM-SHA384")


@pytest.mark.parametrize("rsa_key_exchange", [False, True])
async def test_one_door_has_the_suites_of_both_its_certificates(
    tmp_path: Path, root: RootAuthority, rsa_key_exchange: bool
) -> None:
    # 2.0.1 A00.FR.317, FR.318
    tls = DoorTls(
        *signed_files(root, tmp_path, "ec", rsa=False),
        second=signed_files(root, tmp_path, "rsa", rsa=True),
        rsa_key_exchange=rsa_key_exchange,
    )
    door = PicowsDoor(tls)
    await door.open(HOST, 0, RecordingGate("ocpp1.6"))

    for suite in (*SUITES, "ECDHE-RSA-AES128-GCM-SHA256"):
        assert await asyncio.to_thread(suite_of, door, root, suite) == suite
    for suite in RSA_SUITES:
        found = await asyncio.to_thread(suite_of, door, root, suite)
        assert found == (suite if rsa_key_exchange else "")
    for suite in ("ECDHE-ECDSA-AES128-SHA", "AES128-SHA"):
        assert await asyncio.to_thread(suite_of, door, root, suite) == ""
    await door.close()


async def test_certificates_renewed_on_disk_are_shown_to_the_next_who_comes(
    tmp_path: Path, root: RootAuthority, stranger: RootAuthority
) -> None:
    files = signed_files(root, tmp_path, "server", rsa=False)
    tls = DoorTls(*files)
    door = PicowsDoor(tls)
    await door.open(HOST, 0, RecordingGate("ocpp1.6"))
    assert not tls.renew()

    files[0].write_text("half of it")
    with pytest.raises(Invalid):
        tls.renew()
    assert not tls.renew()  # it is told once
    assert await asyncio.to_thread(suite_of, door, root, SUITES[0])  # and what was goes on

    signed_files(stranger, tmp_path, "server", rsa=False)
    assert tls.renew()
    assert await asyncio.to_thread(suite_of, door, stranger, SUITES[0])
    assert not await asyncio.to_thread(suite_of, door, root, SUITES[0])
    await door.close()


async def test_silence_before_the_tls_handshake_gives_way_to_newcomers(
    root: RootAuthority, tmp_path: Path
) -> None:
    door = PicowsDoor(DoorTls(*root.sign("door", HOST).files(tmp_path)), most_silent=2)
    await door.open(HOST, 0, RecordingGate("ocpp1.6"))
    silent = [await asyncio.open_connection(HOST, door.port) for _ in range(3)]

    async with asyncio.timeout(60.0):
        with suppress(ConnectionError):
            assert await silent[0][0].read() == b""
    url = f"wss://{HOST}:{door.port}/ocpp/CP-1"
    user = RecordingUser()
    await PicowsDialler().dial(Dialling(url, ("ocpp1.6",), tls=Tls(ca=root.ca)), user)

    assert user.link is not None
    assert not silent[2][0].at_eof()  # nor has its time run out
    for _, writer in silent:
        writer.close()
    await door.close()
