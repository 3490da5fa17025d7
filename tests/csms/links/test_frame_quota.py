"""The frames a second of an organization: its links wait, and no other's."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from voltyard.csms.links.frame_quota import FrameQuota
from voltyard.simulation.virtual_loop import VirtualLoop, run

ORG, OTHER = "org_a", "org_b"


class Link:
    """A socket that says as much as it is let."""

    def __init__(self, organization_id: str) -> None:
        row = SimpleNamespace(organization_id=organization_id)
        self.session = SimpleNamespace(charger=SimpleNamespace(row=row))
        self.is_paused = False
        self.frames = 0

    def pause(self, reason: str) -> None:
        self.is_paused = True

    def resume(self, reason: str) -> None:
        self.is_paused = False


class Office:
    """A quota, with links that flood."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.most: dict[str, int | None] = {ORG: 10, OTHER: None}
        self.reached: list[str] = []
        self.quota = FrameQuota(self.most.__getitem__, loop.time, self.reached.append)

    def say(self, link: Link) -> None:
        if not link.is_paused:
            link.frames += 1
            self.quota.received(link)  # type: ignore[arg-type]

    async def flood(self, links: list[Link], for_s: float) -> None:
        """Each says something a hundred times a second, where it may."""
        for _ in range(round(for_s * 100)):
            for link in links:
                self.say(link)
            await asyncio.sleep(0.01)


def play(test: Any) -> None:
    loop = VirtualLoop(1_000.0)
    run(test(Office(loop)), loop)


@pytest.mark.parametrize("count", [1, 7, 200])
def test_all_links_together_say_no_more_than_the_quota(count: int) -> None:
    async def test(office: Office) -> None:
        links = [Link(ORG) for _ in range(count)]
        await office.flood(links, 60.0)

        said = sum(link.frames for link in links)
        # a burst of a second, and one frame of each link before it knows
        assert 0.8 * 600 <= said <= 600 + 10 + count
        assert set(office.reached) == {ORG}
        office.quota.close()

    play(test)


def test_links_that_wait_take_turns() -> None:
    async def test(office: Office) -> None:
        links = [Link(ORG) for _ in range(20)]
        await office.flood(links, 60.0)

        frames = [link.frames for link in links]
        assert min(frames) >= 0.7 * max(frames)
        office.quota.close()

    play(test)


def test_another_organization_says_what_it_likes() -> None:
    async def test(office: Office) -> None:
        links = [Link(ORG) for _ in range(50)]
        other = Link(OTHER)
        await office.flood([*links, other], 10.0)

        assert other.frames == 1_000
        assert not other.is_paused
        office.quota.close()

    play(test)


def test_a_quota_that_is_lifted_lets_all_go_on() -> None:
    async def test(office: Office) -> None:
        links = [Link(ORG) for _ in range(50)]
        await office.flood(links, 1.0)
        office.most[ORG] = None
        await office.flood(links, 10.0)

        assert not any(link.is_paused for link in links)
        assert office.quota.used(ORG) == 0.0

    play(test)


def test_a_link_that_is_gone_is_not_resumed() -> None:
    async def test(office: Office) -> None:
        links = [Link(ORG) for _ in range(30)]
        await office.flood(links, 0.5)
        for link in links:
            office.quota.closed(link)  # type: ignore[arg-type]
        paused = [link for link in links if link.is_paused]
        await office.flood([Link(OTHER)], 30.0)

        assert paused and all(link.is_paused for link in paused)

    play(test)


def test_what_is_left_is_told() -> None:
    async def test(office: Office) -> None:
        assert office.quota.used(ORG) == 0.0
        for _ in range(4):
            office.say(Link(ORG))

        assert office.quota.used(ORG) == 4.0
        assert office.quota.used(OTHER) == 0.0

    play(test)
