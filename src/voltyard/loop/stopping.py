"""The signals that stop a program which runs until it is told to."""

import asyncio
import signal


def stopped_by_signals() -> asyncio.Event:
    """An event that SIGINT or SIGTERM sets, on the loop that runs. What is in flight may take its
    time then; another signal ends the process at once, as if it had been killed."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        stopping.set()
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in numbers:
        loop.add_signal_handler(number, stop)
    return stopping
