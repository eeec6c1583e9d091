"""How learning rates change over the steps of a training."""

import math


def share_of_rate(step: int, steps: int, warmup: int) -> float:
    """Return the share of the highest rate at a step, counted from 0.

    It is ``(1 + cos(pi step / steps)) / 2``, times ``(step + 1) / warmup`` in the first ``warmup`` steps.
    """
    rising = min(1.0, (step + 1) / warmup) if warmup else 1.0
    return rising * 0.5 * (1 + math.cos(math.pi * step / steps))
