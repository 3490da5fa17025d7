"""Subscriptions of one process to what is said among the server and its nodes."""

from contextlib import AsyncExitStack

from voltyard.kernel import limits
from voltyard.ports.bus import Bus, Handler


async def subscribe(bus: Bus, stack: AsyncExitStack, subject: str, handler: Handler) -> None:
    """Hear a subject until the stack ends."""
    stack.push_async_callback((await bus.subscribe(subject, handler)).end)


async def answer(bus: Bus, stack: AsyncExitStack, subject: str, handler: Handler) -> None:
    """The same, limits.CLAIMS_AT_ONCE messages at a time: one that takes long holds up no other."""
    for _ in range(limits.CLAIMS_AT_ONCE):
        group = subject.replace(".", "-")
        subscription = await bus.subscribe(subject, handler, group=group)
        stack.push_async_callback(subscription.end)
