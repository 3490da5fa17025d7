"""The backend under schemathesis: nothing breaks, and nothing is answered that is not described."""

from pathlib import Path

import pytest

from tests.api.fuzzing import BACKEND, check_part


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", BACKEND)
def test_the_backend_answers_as_described_whatever_is_asked(
    part: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    check_part(part, tmp_path, pytestconfig)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", BACKEND[:1])
def test_the_backend_answers_as_described_at_every_boundary(
    part: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Of the other parts it takes one to four minutes, and found nothing on 2026-11-21."""
    check_part(part, tmp_path, pytestconfig, phases="coverage")
