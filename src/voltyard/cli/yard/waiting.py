"""Waiting for what the yard makes in the background: chargers, one or many."""

import time
from typing import Any, Final

from voltyard.cli.client.answers import CommandFailed
from voltyard.cli.client.api_client import PAGE_ROWS
from voltyard.cli.client.terminal import Terminal
from voltyard.cli.display.progress import Progress
from voltyard.kernel.time import Seconds

_FIRST_LOOK_S: Final[Seconds] = 0.03
_LOOK_EACH_S: Final[Seconds] = 0.5
_WIDER: Final = 1.5
_MAKING: Final = ("PENDING", "PROVISIONING", "PROCESSING")


def wait_until_ready(
    terminal: Terminal, status_url: str, what: str, time_out_s: Seconds
) -> dict[str, Any]:
    """The status of a charger, or of a bulk of them, once it is made and, where it is a charger,
    has its link. CommandFailed where it is not made."""
    give_up_at, pause_s = time.monotonic() + time_out_s, _FIRST_LOOK_S
    with Progress(what) as progress:
        while True:
            status = _look(terminal, status_url)
            left_s = give_up_at - time.monotonic()
            if not _is_on_its_way(status) or left_s <= 0:
                break
            made = status.get("results") or {}
            done = made.get("created_count", 0) + made.get("failed_count", 0)
            total = done + made.get("pending_count", 0)
            progress.at(done, total, "" if made else status["status"])
            time.sleep(min(pause_s, left_s))
            pause_s = min(pause_s * _WIDER, _LOOK_EACH_S)
    if status["status"] in _MAKING:
        raise CommandFailed(
            f"{what} is still {status['status']}", hint="wait longer with --time-out"
        )
    if status["status"] != "READY":
        reason = status.get("error") or status.get("failure_reason") or "see its events"
        raise CommandFailed(f"{what}: {status['status']}: {reason}")
    return status


def finish_bulk(terminal: Terminal, status_url: str, what: str, time_out_s: Seconds) -> None:
    """Print what came of a bulk creation, once it is over. CommandFailed where it failed, or some
    of the chargers could not be made."""
    wait_until_ready(terminal, status_url, what, time_out_s)
    job = terminal.api.get(status_url)
    results = job["results"]
    terminal.done(job, f"{what}: {results['created_count']:,} chargers made")
    if results["failed_count"]:
        first = results["failed"][0]
        raise CommandFailed(
            f"{what}: {results['failed_count']:,} could not be made, "
            f"first {first['identity']}: {first['error']}"
        )


def _look(terminal: Terminal, status_url: str) -> dict[str, Any]:
    """A status. That of a bulk lists each charger, so it is taken of the list of jobs, which has
    the counts alone."""
    jobs, is_bulk, job_id = status_url.partition("/chargers/jobs/")
    if is_bulk:
        for job in terminal.api.get(f"{jobs}/chargers/jobs", limit=PAGE_ROWS)["data"]:
            if job["job_id"] == job_id:
                return dict(job)
    return dict(terminal.api.get(status_url))


def _is_on_its_way(status: dict[str, Any]) -> bool:
    """True until it is made; a link is waited for as long as nothing says why there is none."""
    link = status.get("connection")
    if status["status"] != "READY" or link is None:
        return status["status"] in _MAKING
    return not link.get("connected") and not link.get("reason")
