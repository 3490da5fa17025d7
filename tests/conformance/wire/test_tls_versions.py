"""Attempts to shake hands in one version of TLS, with servers that take old ones and do not."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from voltyard.conformance.wire.tls_versions import takes_tls
from voltyard.testing.certificates import RootAuthority

PATIENCE_S = 30.0


@asynccontextmanager
async def server(folder: Path, oldest: ssl.TLSVersion) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*RootAuthority().sign("csms", "127.0.0.1").files(folder))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = oldest

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as listening:
        yield f"wss://127.0.0.1:{listening.sockets[0].getsockname()[1]}/ocpp"


@pytest.mark.parametrize(
    ("oldest", "takes"), [(ssl.TLSVersion.TLSv1_1, True), (ssl.TLSVersion.TLSv1_2, False)]
)
async def test_a_server_that_takes_tls_1_1_is_found_out(
    tmp_path: Path, oldest: ssl.TLSVersion, takes: bool
) -> None:
    async with server(tmp_path, oldest) as url:
        assert await takes_tls(url, ssl.TLSVersion.TLSv1_1, patience_s=PATIENCE_S) is takes
        assert await takes_tls(url, ssl.TLSVersion.TLSv1_2, patience_s=PATIENCE_S)


async def test_where_nothing_answers_there_is_no_verdict() -> None:
    with pytest.raises(OSError):
        await takes_tls("wss://127.0.0.1:1/ocpp", ssl.TLSVersion.TLSv1_2, patience_s=PATIENCE_S)
