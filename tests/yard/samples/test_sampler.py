"""Sampler of the yard, and the totals of its samples."""

from tests.fakes.samples import sample
from tests.yard.samples.bench import OURS, Site
from voltyard.yard.samples.sample_totals import SampleTotals
from voltyard.yard.samples.sampler import Sampler


async def test_running_totals_are_those_of_the_samples_there_are() -> None:
    site = Site()
    sampler = Sampler(site.provider, site.chargers)  # type: ignore[arg-type]
    for charger in ("A", "B", "C"):
        site.chargers.organizations[charger] = OURS
        site.provider.samples[charger] = sample(power_w=7_000)
    await sampler.refresh()
    assert (sampler.totals.chargers, sampler.totals.power_w) == (3, 21_000)

    site.provider.samples["A"] = sample(power_w=1_000)
    del site.provider.samples["B"]
    await sampler.refresh()

    counted = SampleTotals()
    for _, _, one in sampler.all():
        counted.add(one)
    assert (sampler.totals.chargers, sampler.totals.power_w) == (2, 8_000)
    assert +sampler.totals.by_status == counted.by_status
    assert sampler.totals.connectors == counted.connectors


async def test_the_totals_of_no_chargers_are_none() -> None:
    site = Site()
    sampler = Sampler(site.provider, site.chargers)  # type: ignore[arg-type]
    site.chargers.organizations["A"] = OURS
    site.provider.samples["A"] = sample(power_w=7_000)
    await sampler.refresh()

    site.provider.samples.clear()
    await sampler.refresh()

    assert not +sampler.totals.by_status
    assert sampler.totals.chargers == sampler.totals.power_w == sampler.totals.connected == 0
