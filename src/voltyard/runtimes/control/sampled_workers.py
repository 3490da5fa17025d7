"""Samples of the chargers of all workers: each worker is asked what has changed on it."""

import asyncio
from asyncio import Future
from collections.abc import Callable, Iterable, Mapping

from voltyard.charger.description.samples import ChargerSample
from voltyard.kernel import limits
from voltyard.ports.runtimes import SampleBatch
from voltyard.runtimes.control import messages
from voltyard.runtimes.control.known_worker import KnownWorker


class SampledWorkers:
    """Workers of which samples are asked for. One that is slow is waited for at most
    limits.SAMPLE_ANSWER_S; its answer is taken with a later question."""

    def __init__(self, next_id: Callable[[], int]) -> None:
        self._next_id = next_id
        self._pending: dict[KnownWorker, Future[messages.RequestAnswer]] = {}
        self._heard: dict[KnownWorker, str] = {}
        """The process of each worker, by its epoch, of which all samples were heard so far."""
        self._ended: dict[str, None] = {}

    def ended(self, deployment_id: str) -> None:
        """Note that a charger does not run where it ran."""
        self._ended[deployment_id] = None

    def forget(self, worker: KnownWorker) -> None:
        """Forget a worker that is not coming back."""
        self._pending.pop(worker, None)
        self._heard.pop(worker, None)

    async def ask(
        self, workers: Iterable[KnownWorker], where: Mapping[str, KnownWorker]
    ) -> SampleBatch[ChargerSample]:
        """Ask those workers; `where` tells which of them runs a charger."""
        for worker in workers:
            if worker not in self._pending:
                anew = self._heard.get(worker) != worker.epoch
                self._heard[worker] = worker.epoch
                asked = messages.AskSamples(id=self._next_id(), anew=anew)
                self._pending[worker] = worker.ask(asked)
        if self._pending:
            await asyncio.wait(self._pending.values(), timeout=limits.SAMPLE_ANSWER_S)
        ended, self._ended = self._ended, {}
        samples: dict[str, ChargerSample] = {}
        has_more = False
        for worker, pending in list(self._pending.items()):
            if not pending.done():
                continue
            del self._pending[worker]
            answer = pending.result()
            if answer.samples is None:  # it has ended, and what it told is not known
                self._heard.pop(worker, None)
                continue
            here = (None, worker)
            ended |= {one: None for one in answer.ended if where.get(one) in here}
            told = answer.samples.items()
            samples |= {one: sample for one, sample in told if where.get(one) is worker}
            has_more = has_more or answer.has_more
        return SampleBatch(samples, list(ended), has_more)
