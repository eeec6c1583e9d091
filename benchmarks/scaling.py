"""Growth of time with table size, features, bits and queries: a plot and fitted exponents."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from kernels import Codes, Training
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, NullFormatter, NullLocator
from measure import seconds

AXES = {
    "n": ("items in the table (50 queries, 32 bits)", (10_000, 40_000, 160_000, 640_000, 2_500_000)),
    "queries": ("queries (59,000 items, 32 bits)", (50, 200, 800, 3200)),
    "bits": ("bits (59,000 items, 200 queries)", (16, 32, 64, 128, 256)),
    "d": ("features (MIHash, 1,000 steps, 32 bits)", (128, 512, 1024, 2048, 4096)),
}


def _work(axis: str, size: int) -> Callable[[], None]:
    if axis == "d":
        training = Training(size, 32)
        return lambda: training.ours(1000)
    items, queries, bits = {"n": (size, 50, 32), "queries": (59_000, size, 32), "bits": (59_000, 200, size)}[axis]
    codes = Codes(items, queries, bits)
    return lambda: codes.ours("mAP")


def measure() -> dict[str, dict[str, Any]]:
    """Return the sizes of each axis, the best of three times at each size, and the exponent of the fitted power law."""
    results = {}
    for axis, (_, sizes) in AXES.items():
        times = []
        for size in sizes:
            work = _work(axis, size)
            work()
            times.append(min(seconds(work) for _ in range(3)))
        slope = float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
        results[axis] = {"sizes": list(sizes), "seconds": times, "exponent": slope}
    return results


def draw(results: dict[str, dict[str, Any]], stem: Path) -> None:
    """Draw one panel with logarithmic axes for each quantity, as PDF and PNG."""
    figure = Figure(figsize=(7, 4.4), layout="constrained")
    for panel, (axis, result) in zip(figure.subplots(2, 2).flat, results.items(), strict=True):
        panel.loglog(result["sizes"], result["seconds"], "o-", color="#0072B2")
        panel.set(xlabel=AXES[axis][0], ylabel="seconds", title=f"exponent {result['exponent']:.2f}")
        panel.set_xticks(result["sizes"], [EngFormatter(sep="")(size) for size in result["sizes"]], minor=False)
        panel.xaxis.set_minor_locator(NullLocator())
        panel.yaxis.set_minor_formatter(NullFormatter())
        panel.grid(alpha=0.25)
    for ending in (".pdf", ".png"):
        figure.savefig(stem.with_suffix(ending), dpi=150)
