"""Make the pages that depend on the code: ``python -m making`` in the folder ``docs``."""

import shutil
import time
from collections.abc import Callable

from making.methods import method_pages
from making.outside import copy_pages
from making.places import MADE, WORK
from making.sample import do_sweeps, landing_figure
from making.terminal import Terminal
from making.verbs import verb_pages


def _make() -> None:
    shutil.rmtree(MADE, ignore_errors=True)
    terminal = Terminal(WORK)
    parts: dict[str, Callable[[], None]] = {
        "copies of pages": copy_pages,
        "small sweeps": lambda: do_sweeps(terminal),
        "pages of methods": lambda: method_pages(MADE / "methods"),
        "landing page": landing_figure,
        "pages of verbs": lambda: verb_pages(MADE / "verbs", terminal),
    }
    for name, part in parts.items():
        started = time.monotonic()
        part()
        print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    _make()
