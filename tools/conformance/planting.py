"""The planting of faults in our own halves, for docs/planted-faults.md."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.conformance.charger.test_charger_ours import LEAST_FAULTS
from tests.conformance.charger.test_charger_ours import hunted as hunted_of_a_charger
from tests.conformance.csms.test_csms_planted import HARMLESS
from tests.conformance.csms.test_csms_planted import hunted as hunted_of_a_csms
from tests.conformance.hunt import store


def plant() -> None:
    """Plant every fault, and store which cases found it."""
    for version in LEAST_FAULTS:
        store(f"charger {version}", hunted_of_a_charger(version))
        print(f"charger {version}: stored", file=sys.stderr)
    for version in HARMLESS:
        with tempfile.TemporaryDirectory() as folder:
            hunt = asyncio.run(
                hunted_of_a_csms(version, lambda: Path(tempfile.mkdtemp(dir=folder)))
            )
        store(f"csms {version}", hunt)
        print(f"csms {version}: stored", file=sys.stderr)
