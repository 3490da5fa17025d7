"""Certificates on disk, looked after while a server runs."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from voltyard.network.certificate_watch import EXPIRES_SOON_S, CertificateWatch
from voltyard.network.door_tls import DoorTls
from voltyard.testing.certificates import RootAuthority

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def root() -> RootAuthority:
    return RootAuthority()


async def test_what_ends_within_thirty_days_is_told_once_and_again_once_it_is_renewed(
    tmp_path: Path, root: RootAuthority
) -> None:
    told: list[tuple[str, float]] = []
    soon, _ = root.sign("soon", ends=29 * DAY).files(tmp_path, "soon")
    late, _ = root.sign("late", ends=40 * DAY).files(tmp_path, "late")
    files = {"ocpp_tls_certificate": soon, "ca_certificate": late, "gone": tmp_path / "gone.pem"}
    watch = CertificateWatch([], files, time.time, lambda *about: told.append(about))

    await watch.look()
    await watch.look()

    assert [name for name, _ in told] == ["ocpp_tls_certificate"]
    assert sorted(watch.expires_at) == ["ca_certificate", "ocpp_tls_certificate"]
    assert 0 < watch.expires_at["ocpp_tls_certificate"] - time.time() < EXPIRES_SOON_S

    root.sign("soon", ends=20 * DAY).files(tmp_path, "soon")
    await watch.look()
    assert [name for name, _ in told] == ["ocpp_tls_certificate"] * 2

    root.sign("soon", ends=90 * DAY).files(tmp_path, "soon")
    await watch.look()
    assert len(told) == 2


async def test_a_file_that_is_no_certificate_leaves_the_others_to_be_looked_at(
    tmp_path: Path, root: RootAuthority
) -> None:
    broken = DoorTls(*root.sign("a", "127.0.0.1").files(tmp_path, "broken"))
    renewed = DoorTls(*root.sign("b", "127.0.0.1").files(tmp_path, "renewed"))
    for door in (broken, renewed):
        door.context()
    watch = CertificateWatch([broken, renewed], {}, time.time, lambda *about: None)

    (tmp_path / "broken.pem").write_text("nonsense")
    root.sign("c", "127.0.0.1").files(tmp_path, "renewed")
    await watch.look()

    assert not renewed.renew()  # the look has done so
