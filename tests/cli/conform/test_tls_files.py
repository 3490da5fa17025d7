"""Certificates of `voltyard conform charger`, from files and made."""

from pathlib import Path

import pytest

from voltyard.cli.conform.tls_files import TlsFiles
from voltyard.kernel.errors import Invalid
from voltyard.testing.certificates import RootAuthority


def test_without_files_the_tester_has_certificates_of_its_own_root(tmp_path: Path) -> None:
    made = TlsFiles(write_root=tmp_path / "root.pem").certificates("127.0.0.1")

    assert made.root == made.client_roots == (tmp_path / "root.pem").read_text()
    assert made.shown.certificate != made.stranger.certificate


def test_the_users_certificate_is_shown_and_chargers_may_be_of_either_root(tmp_path: Path) -> None:
    certificate, key = RootAuthority().sign("csms", "127.0.0.1").files(tmp_path)
    chargers = RootAuthority("Chargers").file(tmp_path)

    made = TlsFiles(certificate, key, chargers).certificates("127.0.0.1")

    assert made.shown.certificate == certificate.read_text()
    assert made.root is None
    assert made.client_roots == made.authority.root + chargers.read_text()


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    authority = RootAuthority()
    certificate, _ = authority.sign("csms").files(tmp_path, "csms")
    _, other = authority.sign("other").files(tmp_path, "other")

    with pytest.raises(Invalid, match="no TLS with"):
        TlsFiles(certificate, other).certificates("127.0.0.1")
