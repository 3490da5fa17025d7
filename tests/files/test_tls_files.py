from pathlib import Path

import pytest

from voltyard.files.tls_files import read_tls
from voltyard.kernel.errors import Invalid
from voltyard.kernel.tls import Tls


def test_tls_settings_are_read_from_the_files_that_are_given(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("roots")

    assert read_tls(ca, None, None, "bus_") == Tls(ca="roots")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xfa"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    key = tmp_path / "own.key"
    if content is not None:
        key.write_bytes(content)

    with pytest.raises(Invalid, match=r"bus_key: .*own\.key") as refused:
        read_tls(None, None, key, "bus_")

    assert refused.value.details["param"] == "bus_key"
