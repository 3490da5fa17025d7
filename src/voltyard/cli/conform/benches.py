"""Benches of `voltyard conform`: what is under test, with its driver and the tester's ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from voltyard.cli.conform.drivers import DriverWish
    from voltyard.cli.conform.tls_files import TlsFiles
    from voltyard.conformance.charger.bench import ChargerBench
    from voltyard.conformance.charger.tls_door import DoorCertificates, TlsDoor
    from voltyard.conformance.csms.bench import CsmsBench
    from voltyard.ports.links import Gate


@asynccontextmanager
async def csms_bench(url: str, wish: DriverWish, stretch: float) -> AsyncIterator[CsmsBench]:
    """The bench of the CSMS at `url`. Invalid for a driver that is not there, Unavailable where
    nothing answers."""
    from voltyard.cli.conform.drivers import operator_of
    from voltyard.conformance.csms.bench import CsmsBench
    from voltyard.network.links.picows_links import PicowsDialler

    operator = operator_of(wish)
    try:
        bench = CsmsBench(
            url,
            wish.subject,
            operator,
            PicowsDialler(),
            patience_s=limits.CONFORMANCE_PATIENCE_S * stretch,
            jobs=1 if operator.is_by_hand else wish.jobs,
            run=wish.run,
        )
        await bench.prepare()
        yield bench
    finally:
        await operator.close()


@asynccontextmanager
async def charger_bench(
    listen: str, wish: DriverWish, stretch: float, files_port: int, tls: TlsFiles
) -> AsyncIterator[ChargerBench]:
    """The bench of a charger that dials `listen`, with a file server on the same host. Invalid
    where it cannot be listened there."""
    from voltyard.cli.conform.drivers import attendant_of
    from voltyard.conformance.charger.bench import ChargerBench
    from voltyard.network.links.address import read_url
    from voltyard.network.transfers.file_server import FileServer

    address = read_url(listen)
    certificates = tls.certificates(address.host)
    attendant = attendant_of(wish, certificates)
    files = FileServer()
    bench = ChargerBench(
        listen,
        wish.subject,
        attendant,
        patience_s=limits.CONFORMANCE_PATIENCE_S * stretch,
        folders=files,
        certificates=certificates,
    )
    async with AsyncExitStack() as opened:
        bench.tls_door = await open_door(opened, bench.reception.gate, listen, certificates)
        opened.push_async_callback(files.close)
        try:
            await files.open(address.host, files_port)
        except Unavailable as error:
            raise Invalid(
                f"--files-port: {error.message}", hint="is another program there?"
            ) from None
        opened.push_async_callback(attendant.close)  # before the doors: a charger would dial again
        yield bench


async def open_door(
    opened: AsyncExitStack, gate: Gate, listen: str, certificates: DoorCertificates
) -> TlsDoor | None:
    """Listen at that endpoint until `opened` ends; the door, where it is wss://. Invalid where that
    cannot be."""
    from voltyard.conformance.charger.tls_door import open_tls_door
    from voltyard.network.links.address import read_url
    from voltyard.network.links.picows_links import PicowsDoor

    address = read_url(listen)
    try:
        if address.is_secure:
            return await opened.enter_async_context(
                open_tls_door(certificates, gate, address.host, address.port)
            )
        door = PicowsDoor()
        opened.push_async_callback(door.close)
        await door.open(address.host, address.port, gate)
    except OSError as error:
        raise Invalid(
            f"--listen {listen}: {error.strerror or error}", hint="is another program there?"
        ) from None
    return None
