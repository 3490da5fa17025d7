"""The gateway under schemathesis: nothing breaks, and nothing is answered that is not described."""

import re
from pathlib import Path

import pytest

from tests.api.fuzzing import BACKEND, GATEWAY, check_part
from tests.surface import description


def test_every_operation_is_asked_once() -> None:
    for path in description()["paths"]:
        assert [bool(re.search(part, path)) for part in GATEWAY + BACKEND].count(True) == 1, path


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", GATEWAY)
def test_the_gateway_answers_as_described_whatever_is_asked(
    part: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    check_part(part, tmp_path, pytestconfig)
