"""Division of a total into equal parts, as water fills a row of vessels: max-min fair shares."""

from collections.abc import Sequence


def equal_parts(total: float, wants: Sequence[float]) -> tuple[list[float], float]:
    """Part of each want, in their order, and what is left of the total.

    Nothing is more than its want; what one leaves of its equal part goes to the others.
    """
    parts = [0.0] * len(wants)
    left = total
    for place, index in enumerate(sorted(range(len(wants)), key=wants.__getitem__)):
        parts[index] = min(wants[index], left / (len(wants) - place))
        left -= parts[index]
    return parts, left
