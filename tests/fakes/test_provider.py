"""The provider in memory does what every provider does."""

import pytest

from tests.fakes.provider import FakeProvider
from tests.runtimes.bench import HeardListener, ProviderContract


class TestFakeProvider(ProviderContract):
    @pytest.fixture
    def provider(self, listener: HeardListener) -> FakeProvider:
        fake = FakeProvider(listener)
        fake.silent.add("authorize")  # there is no CSMS to be asked
        return fake
