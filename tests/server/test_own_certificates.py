"""The server's own certificates: their end is told ahead."""

import asyncio
from pathlib import Path

from tests.server.tls_lab import lab
from voltyard.testing.certificates import RootAuthority


async def test_the_end_of_the_servers_own_certificates_is_told(tmp_path: Path) -> None:
    path = "/api/v1/events?event=server.certificate_expiring"
    async with lab(tmp_path, RootAuthority("Operator's root"), "picows") as one:
        async with asyncio.timeout(60.0):
            while not (told := await one.send("GET", path))["events"]:
                pass
        metrics = await one.text("/metrics")

    assert "ocpp_tls_certificate" in {one["data"]["setting"] for one in told["events"]}
    assert 'voltyard_certificate_expires_at_seconds{setting="ocpp_tls_certificate"}' in metrics
    assert "voltyard_charger_certificates_expiring 0.0" in metrics
