"""Figures stay bounded, and may be added up."""

from itertools import pairwise

from voltyard.kernel import limits
from voltyard.load.figures import MORE_REASONS, ActionFigures, LoadSample, Timeline


def test_a_timeline_keeps_a_bounded_number_of_samples_over_all_the_time() -> None:
    timeline = Timeline()

    for second in range(20_000):
        timeline.add(LoadSample(float(second), "hold", 1, 1, second, 0))

    times = [one.at_s for one in timeline.samples]
    gaps = {later - earlier for earlier, later in pairwise(times)}
    assert len(times) <= limits.LOAD_SAMPLES
    assert times[0] == 0.0
    assert times[-1] > 19_900.0
    assert gaps == {timeline.step_s}


def test_strangers_words_do_not_fill_the_memory() -> None:
    one, other = ActionFigures(), ActionFigures()

    for number in range(limits.LOAD_REASONS + 20):
        one.failed(f"a{number}")
        other.failed(f"b{number}", 0.5)
    one.merge(other)

    assert len(one.errors) == limits.LOAD_REASONS + 1
    assert one.errors.total() == one.calls == 2 * (limits.LOAD_REASONS + 20)
    assert one.errors[MORE_REASONS] > limits.LOAD_REASONS
    assert one.latency.count == limits.LOAD_REASONS + 20, "what was not sent has no latency"
