"""The screenshot of the README is one that loads fast, and can be made again."""

import struct
from pathlib import Path

import pytest

from documents import screenshot
from voltyard.testing.processes import ServerProcess

ROOT = Path(__file__).parents[2]


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height, as the head of a PNG has them."""
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_the_readme_shows_it_and_it_is_small() -> None:
    picture = screenshot.OUT.read_bytes()

    assert f"]({screenshot.OUT.relative_to(ROOT)})" in (ROOT / "README.md").read_text()
    assert size_of(picture) == (screenshot.WIDTH, screenshot.HEIGHT)
    assert len(picture) <= screenshot.LARGEST_BYTES


@pytest.mark.service  # in Chromium
def test_it_can_be_made_again(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data", "key", "--demo") as server:
        picture = screenshot.pictured(server)

    assert size_of(picture) == (screenshot.WIDTH, screenshot.HEIGHT)
