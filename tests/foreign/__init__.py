"""Tests of both halves against other people's code."""

import pytest

pytest.register_assert_rewrite("tests.foreign.blocks")
