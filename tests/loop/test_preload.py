"""What certificates need is read in beside the loop, not within it."""

import subprocess
import sys

READ_IN = """
import sys
from voltyard.loop import preload
assert "cryptography" not in sys.modules
preload.preload(0.0).join()
before = set(sys.modules)
from voltyard.charger.security.x509 import OwnKey, check_root, hashes
request = OwnKey(1, "CP-1", 1).request("CP-1", "ACME")
assert "BEGIN CERTIFICATE REQUEST" in request
print(sorted(name for name in set(sys.modules) - before if name.startswith("cryptography")))
"""


def test_a_first_certificate_reads_in_nothing_more() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ_IN], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
