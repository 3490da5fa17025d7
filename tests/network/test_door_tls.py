"""TLS of a door whose files change."""

from pathlib import Path

import pytest

from tests.fakes.links import RecordingGate, RecordingUser
from voltyard.kernel.tls import Tls
from voltyard.network.door_tls import DoorTls
from voltyard.network.links.picows_links import PicowsDialler, PicowsDoor
from voltyard.ports.links import DialFailed, Dialling
from voltyard.testing.certificates import RootAuthority

HOST = "127.0.0.1"


async def dialled(door: PicowsDoor, server: RootAuthority, client: RootAuthority) -> RecordingUser:
    """A link to the door, by a certificate of the client's root."""
    own = client.sign("CP-1")
    tls = Tls(ca=server.ca, client_certificate=own.certificate, client_key=own.key)
    url = f"wss://{HOST}:{door.port}/ocpp/CP-1"
    user = RecordingUser()
    await PicowsDialler().dial(Dialling(url, ("ocpp1.6",), tls=tls, timeout_s=120.0), user)
    await user.until_open()
    return user


async def test_a_root_that_is_taken_out_of_the_file_is_trusted_no_more(tmp_path: Path) -> None:
    server, former, other = (RootAuthority(name) for name in ("server", "former", "other"))
    file = former.file(tmp_path, "clients")
    tls = DoorTls(*server.sign("door", HOST).files(tmp_path), file)
    door = PicowsDoor(tls)
    await door.open(HOST, 0, RecordingGate("ocpp1.6"))
    before = await dialled(door, server, former)
    with pytest.raises(DialFailed):
        await dialled(door, server, other)

    file.write_text("half of it")
    with pytest.raises(Exception, match="no certificates to trust"):
        tls.renew()
    await dialled(door, server, former)  # what was goes on

    file.write_text(former.ca + other.ca)
    assert tls.renew()
    for client in (former, other):
        await dialled(door, server, client)

    file.write_text(other.ca)
    assert tls.renew()
    await dialled(door, server, other)
    with pytest.raises(DialFailed):
        await dialled(door, server, former)
    assert not before.ends
    await door.close()
