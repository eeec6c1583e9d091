"""A logarithmic x axis that includes 0."""

from math import ceil, floor, log10

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

# Values such as bit recomputations differ by orders of magnitude, and on a linear axis some curves would be a vertical
# stroke. Below this ratio of the largest to the smallest positive x a linear axis shows as much.
LEAST_RATIO = 10
ZERO_TO_FIRST = 0.5  # decades
LABEL_INCHES = 0.42
LABELLED = ((1, 2, 5), (1, 3), (1,))


def is_logarithmic(first: float, last: float) -> bool:
    """Return whether x from ``first``, the smallest positive one, to ``last`` needs a logarithmic axis."""
    return last >= LEAST_RATIO * first


def set_logarithmic(axes: Axes, first: float, last: float, inches: float) -> None:
    """Make x linear from 0 to ``first`` and logarithmic from there, with as many labels as fit in ``inches``.

    last: the largest x.
    """
    axes.set_xscale("symlog", linthresh=first, linscale=ZERO_TO_FIRST)
    axes.xaxis.set_major_locator(FixedLocator([0.0, *label_places(first, last, inches)]))
    axes.xaxis.set_minor_locator(FixedLocator(_between(first, last, range(1, 10))))


def label_places(first: float, last: float, inches: float) -> list[float]:
    """Return the positive x to be labelled: 1, 2 and 5 times powers of ten, or fewer where labels would touch."""
    decade = inches / (log10(last / first) + ZERO_TO_FIRST)
    for steps in LABELLED:
        closest = min(log10(b / a) for a, b in zip(steps, (*steps[1:], 10), strict=True))
        if closest * decade >= LABEL_INCHES:
            return _between(first, last, steps)
    return _between(first, last, (1,))[:: ceil(LABEL_INCHES / decade)]


def _between(first: float, last: float, steps: tuple[int, ...] | range) -> list[float]:
    powers = range(floor(log10(first)), ceil(log10(last)) + 1)
    return [x for x in (step * 10.0**power for power in powers for step in steps) if first <= x <= last]
