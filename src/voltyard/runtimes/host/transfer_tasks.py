"""File transfers of a host's chargers, each a task while it lasts."""

import asyncio
from collections.abc import Callable

from voltyard.charger.effects import FetchFile, SendFile
from voltyard.charger.inputs import FirmwareImage, Transferred
from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import Egress
from voltyard.ports.transfers import TransferFailed, Transfers
from voltyard.runtimes.host.logbook import Logbook


class TransferTasks:
    """Tasks of file transfers. Without a ports.transfers.Transfers each fails at once."""

    def __init__(self, transfers: Transfers | None, logbook: Logbook) -> None:
        self._transfers = transfers
        self._logbook = logbook
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}

    def begin(
        self,
        key: str,
        effect: FetchFile | SendFile,
        tell: Callable[[Transferred], None],
        egress: Egress,
    ) -> None:
        """Do it under that policy, and tell what came of it, later."""
        loop = asyncio.get_running_loop()
        if len(self._tasks) >= limits.TRANSFERS_WAITING:
            loop.call_soon(tell, Transferred(id=effect.id, failure="failed", reason="too many"))
            return
        task = loop.create_task(self._carry(key, effect, tell, egress))
        self._tasks[key, effect.id] = task
        task.add_done_callback(lambda _: self._tasks.pop((key, effect.id), None))

    def abort(self, key: str, id: str) -> None:
        """Give it up."""
        task = self._tasks.get((key, id))
        if task is not None:
            task.cancel()

    def drop(self, key: str) -> None:
        """Give up all of that charger's."""
        for (whose, _), task in list(self._tasks.items()):
            if whose == key:
                task.cancel()

    def close(self) -> None:
        """Give up all."""
        for task in list(self._tasks.values()):
            task.cancel()

    async def _carry(
        self,
        key: str,
        effect: FetchFile | SendFile,
        tell: Callable[[Transferred], None],
        egress: Egress,
    ) -> None:
        try:
            done = Transferred(id=effect.id, image=await self._do(key, effect, egress))
        except TransferFailed as failed:
            done = Transferred(id=effect.id, failure=failed.kind, reason=failed.message)
        except Exception as error:  # an adapter's bug; the charger would wait for ever
            done = Transferred(id=effect.id, failure="failed", reason=f"{type(error).__name__}")
        tell(done)

    async def _do(
        self, key: str, effect: FetchFile | SendFile, egress: Egress
    ) -> FirmwareImage | None:
        if self._transfers is None:
            raise TransferFailed("nothing is transferred here", "unsupported")
        if isinstance(effect, FetchFile):
            fetched = await self._transfers.fetch(effect.url, effect.tls, egress)
            return FirmwareImage(fetched.size, fetched.sha256, fetched.beginning)
        wanted = effect.content
        content = wanted.encode() if isinstance(wanted, str) else self._logbook.log(key, wanted)
        await self._transfers.send(effect.url, effect.name, content, effect.tls, egress)
        return None
