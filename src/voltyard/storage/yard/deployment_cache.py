"""Cache of deployments that were read lately, for clients that poll."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voltyard.kernel import limits
from voltyard.yard.deployments.deployment import Deployment


class DeploymentCache:
    """Cache of deployments by organization and name, the limits.KNOWN_DEPLOYMENTS last used.

    Any write to their table ends what is known of all, before and after its commit: writes are few
    where readings are many. What was read while one was under way is not kept.
    """

    def __init__(self) -> None:
        self._by_name: OrderedDict[tuple[str, str], Deployment] = OrderedDict()
        self._writings = 0
        self.version = 0
        """Changes with every write; a reading takes it first, and gives it to `keep`."""

    def get(self, organization_id: str, name: str) -> Deployment | None:
        """By id or identity; None says nothing of whether there is one."""
        found = self._by_name.get((organization_id, name))
        if found is not None:
            self._by_name.move_to_end((organization_id, name))
        return found

    def keep(self, version: int, name: str, deployment: Deployment) -> None:
        """Know what was read since `version` by this name."""
        if version != self.version or self._writings:
            return
        self._by_name[deployment.organization_id, name] = deployment
        if len(self._by_name) > limits.KNOWN_DEPLOYMENTS:
            self._by_name.popitem(last=False)

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[None]:
        """Around a write."""
        self._writings += 1
        self._forget()
        try:
            yield
        finally:
            self._writings -= 1
            self._forget()

    def _forget(self) -> None:
        self.version += 1
        self._by_name.clear()
