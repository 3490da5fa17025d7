"""The attendant of our own simulated chargers, in this process: in real or in virtual time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec

from voltyard.catalogue.commands.commands import ChargerCommand
from voltyard.charger.description.events import ChargerEvent
from voltyard.charger.description.specification import ChargerSpec, ConnectorSpec, EvseSpec
from voltyard.charger.effects import Done
from voltyard.conformance.cases.case import TLS, Case
from voltyard.conformance.charger.tls_door import DoorCertificates
from voltyard.conformance.wire.endings import DriverFailed
from voltyard.kernel.errors import NotFound
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler
from voltyard.ports.transfers import Transfers
from voltyard.runtimes.host.host import Host

FIXED_CABLE: Final = "fixed cable"
"""Need of a case: a connector without a lock at the charger."""

_SOCKET: Final = EvseSpec()
_FIXED: Final = EvseSpec(connectors=(ConnectorSpec(has_lock=False),))

_CERTIFIED: Final = 3
"""Security profile in which a charger shows a certificate."""

_SOON_BACK: Final = {
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1",
    "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
}
"""Settings with which a charger that lost its link dials again within a second."""


class OwnChargers:
    """A new simulated charger for each case, made as its needs and options say."""

    is_fresh = True

    def __init__(
        self,
        dialler: Dialler,
        clock: Clock,
        *,
        transfers: Transfers | None = None,
        jobs: int = 1,
        certificates: DoorCertificates | None = None,
    ) -> None:
        """`transfers` carries the chargers' files, and is closed with the rest; `certificates` are
        those of the tester's doors, for cases that need TLS."""
        self.jobs = jobs
        self._certificates = certificates
        self.failures: list[Exception] = []
        self._transfers = transfers
        self._host = Host(dialler, clock, self, transfers=transfers)
        self._count = 0

    def lacks(self, case: Case) -> str:
        return ""

    def identity(self, case: Case) -> str:
        self._count += 1
        return f"UNDER-TEST-{self._count}"

    async def begin(self, identity: str, case: Case, url: str) -> None:
        tls = tls_settings(case, identity, url, self._certificates)
        self._host.add(identity, specification(case, identity, url, tls))

    async def act(self, identity: str, act: str, fields: Mapping[str, Any]) -> None:
        command = msgspec.convert({"type": act, **fields}, ChargerCommand)
        outcome = await self._host.ask(identity, command)
        if not isinstance(outcome, Done):
            raise DriverFailed(f"{act} was refused: {outcome}")

    async def displayed(self, identity: str) -> list[str]:
        state = self._host.charger(identity).state(self._host.now(identity))
        return [one.content for one in state.display_messages if one.is_shown]

    async def end(self, identity: str) -> None:
        with suppress(NotFound):  # it may have broken, or never begun
            self._host.remove(identity)

    async def close(self) -> None:
        self._host.close()
        if self._transfers is not None:
            await self._transfers.close()

    # --- the host's listener ----------------------------------------------------------------------

    def reported(self, key: str, event: ChargerEvent) -> None:
        """Cases judge by the wire alone."""

    def remembered(self, key: str) -> None:
        """Nothing restarts here."""

    def broke(self, key: str, error: Exception) -> None:
        self.failures.append(error)


def tls_settings(case: Case, identity: str, url: str, certificates: DoorCertificates | None) -> Tls:
    """The root that the charger trusts, and from security profile 3 on its own certificate."""
    if certificates is None or not url.startswith("wss:"):
        return SYSTEM_TRUST
    if case.options.get(TLS, 0) < _CERTIFIED:
        return Tls(ca=certificates.root)
    own = certificates.authority.issue(identity)
    return Tls(ca=certificates.root, client_certificate=own.certificate, client_key=own.key)


def specification(case: Case, identity: str, url: str, tls: Tls = SYSTEM_TRUST) -> ChargerSpec:
    """The charger that a case wants."""
    spec = dict(case.options.get("spec", {}))
    settings = {**case.options.get("settings", {}), **spec.pop("settings", {})}
    return ChargerSpec(
        identity=identity,
        csms_url=url,
        version="1.6" if case.version == "1.6" else "2.0.1",
        evses=(_FIXED if FIXED_CABLE in case.needs else _SOCKET,) * case.options.get("evses", 2),
        password=case.options.get("password"),
        settings={**_SOON_BACK, **settings},
        tls=tls,
        **spec,
    )
