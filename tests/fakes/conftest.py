"""The backend's bench, whose journal is the one in memory."""

from tests.csms.conftest import yard as yard
