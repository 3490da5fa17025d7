"""File transfers of a host's chargers, each a task while it lasts, and the files that are kept."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from voltyard.charger.effects import FetchFile, PublishFile, SendFile
from voltyard.charger.inputs import FileDownloads, FilePublished, FirmwareImage, Transferred
from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import Egress
from voltyard.ports.transfers import KeptFile, TransferFailed, Transfers
from voltyard.runtimes.host.logbook import Logbook

Outcome: TypeAlias = Transferred | FilePublished | FileDownloads


class TransferTasks:
    """Tasks of file transfers. Without a ports.transfers.Transfers each fails at once."""

    def __init__(self, transfers: Transfers | None, logbook: Logbook) -> None:
        self._transfers = transfers
        self._logbook = logbook
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        """By the charger's key and the id of the transfer, or of the file that will be served."""
        self._kept: dict[tuple[str, str], KeptFile] = {}
        """By the charger's key and the id under which it was fetched."""

    def begin(
        self,
        key: str,
        effect: FetchFile | SendFile,
        tell: Callable[[Outcome], None],
        egress: Egress,
    ) -> None:
        """Do it under that policy, and tell what came of it, later."""
        if len(self._tasks) >= limits.TRANSFERS_WAITING:
            done = Transferred(id=effect.id, failure="failed", reason="too many")
            asyncio.get_running_loop().call_soon(tell, done)
            return
        self._run(key, effect.id, self._carry(key, effect, tell, egress))

    def abort(self, key: str, id: str) -> None:
        """Give it up."""
        self._cancel(key, id)
        self.drop_file(key, id)

    def publish(self, key: str, effect: PublishFile, tell: Callable[[Outcome], None]) -> None:
        """Serve a file that is kept, and tell what came of it, later."""
        file = self._kept.get((key, effect.id))
        if file is None:
            absent = FilePublished(id=effect.id, failure="absent")
            asyncio.get_running_loop().call_soon(tell, absent)
            return
        self._run(key, effect.id, self._publish(file, effect, tell))

    def withdraw(self, key: str, id: str) -> None:
        """Serve that file no more, but keep it."""
        file = self._kept.get((key, id))
        if file is not None:
            self._cancel(key, id)
            file.withdraw()

    def drop_file(self, key: str, id: str) -> None:
        """Serve that file no more, and forget it."""
        file = self._kept.pop((key, id), None)
        if file is not None:
            self._cancel(key, id)
            file.drop()

    def drop(self, key: str) -> None:
        """Give up all of that charger's."""
        for whose, id in list(self._tasks):
            if whose == key:
                self._cancel(key, id)
        for whose, id in list(self._kept):
            if whose == key:
                self.drop_file(key, id)

    def close(self) -> None:
        """Give up all."""
        for key in {key for key, _ in (*self._tasks, *self._kept)}:
            self.drop(key)

    def _run(self, key: str, id: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[key, id] = task
        task.add_done_callback(lambda done: self._over(key, id, done))

    def _over(self, key: str, id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get((key, id)) is task:
            del self._tasks[key, id]

    def _cancel(self, key: str, id: str) -> None:
        task = self._tasks.get((key, id))
        if task is not None:
            task.cancel()

    async def _carry(
        self,
        key: str,
        effect: FetchFile | SendFile,
        tell: Callable[[Outcome], None],
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
            if effect.is_kept:
                kept = await self._transfers.keep(effect.url, effect.tls, egress)
                self._kept[key, effect.id] = kept
                fetched = kept.fetched
            else:
                fetched = await self._transfers.fetch(effect.url, effect.tls, egress)
            return FirmwareImage(fetched.size, fetched.sha256, fetched.beginning, fetched.md5)
        wanted = effect.content
        content = wanted.encode() if isinstance(wanted, str) else self._logbook.log(key, wanted)
        await self._transfers.send(effect.url, effect.name, content, effect.tls, egress)
        return None

    async def _publish(
        self, file: KeptFile, effect: PublishFile, tell: Callable[[Outcome], None]
    ) -> None:
        def watch(under_way: int) -> None:
            tell(FileDownloads(id=effect.id, under_way=under_way))

        try:
            locations = await file.publish(effect.name, watch)
            done = FilePublished(id=effect.id, locations=locations)
        except Exception:  # of an adapter's bug the charger would hear nothing
            done = FilePublished(id=effect.id, failure="failed")
        tell(done)
