"""The fake of voltyard.testing does what every provider does."""

import pytest

from tests.runtimes.bench import HeardListener, ProviderContract
from voltyard.testing.provider import FakeProvider


class TestFakeProvider(ProviderContract):
    @pytest.fixture
    def provider(self, listener: HeardListener) -> FakeProvider:
        fake = FakeProvider(listener)
        fake.silent.add("authorize")  # there is no CSMS to be asked
        return fake
