"""Open links by the address at their other end, at most so many of each."""

from collections import Counter
from collections.abc import Callable

from voltyard.kernel.addressing import addresses


class LinksByAddress:
    """Counts the open links of each address, and nothing of addresses that have none."""

    def __init__(
        self, most: int = 0, is_proxy: Callable[[str], bool] = lambda address: False
    ) -> None:
        """`most` of one address, 0 for any number; the links of a proxy are those of many
        chargers, and not bounded."""
        self._most = most
        self.is_proxy = is_proxy
        """True of an address, without its port, that many chargers share."""
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._counts)

    def opened(self, remote: str) -> None:
        """Count a link; `remote` is an address with its port."""
        self._counts[_household(remote)] += 1

    def closed(self, remote: str) -> None:
        """Count it no more."""
        address = _household(remote)
        self._counts[address] -= 1
        if self._counts[address] <= 0:
            del self._counts[address]

    def has_room(self, remote: str, replaced: str | None) -> bool:
        """True where one more may open, or takes the place of one from `replaced`, which is of the
        same address."""
        address = _household(remote)
        if not self._most or self._counts[address] < self._most:
            return True
        if replaced is not None and _household(replaced) == address:
            return True
        return self.is_proxy(addresses.without_port(remote))


def _household(remote: str) -> str:
    return addresses.household(addresses.without_port(remote))
