"""Pieces of any size, cut into parts of a bounded one."""

import pytest

from voltyard.relay.parts import Parts


@pytest.mark.parametrize("pieces", [[10], [3, 3, 4], [1] * 10, [4, 0, 6]])
@pytest.mark.parametrize("most", [1, 3, 4, 9, 10, 11])
def test_parts_are_the_pieces_again_and_none_is_longer(pieces: list[int], most: int) -> None:
    whole, parts, at = bytes(range(10)), Parts(), 0
    for size in pieces:
        parts.add(whole[at : at + size])
        at += size

    found = []
    while parts.size:
        before = parts.size
        found.append(parts.cut(most))
        assert parts.size == before - len(found[-1])

    assert b"".join(found) == whole
    assert all(len(one) == most for one in found[:-1])


def test_what_is_forgotten_is_not_cut() -> None:
    parts = Parts()
    parts.add(b"abcdef")
    parts.cut(2)

    parts.clear()
    parts.add(b"xy")

    assert (parts.size, parts.cut(10), parts.size) == (2, b"xy", 0)
