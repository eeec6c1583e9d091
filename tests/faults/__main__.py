"""``make test-faults``: the complete fault-injection suite. The exit code is 1 if a fault was found.

``python -m tests.faults --help`` lists its parts, which can be run one by one.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.full_disk import fill_disks
from tests.faults.hostile_mats import read_mats
from tests.faults.kills import kill_sweeps
from tests.faults.liars import tell_lies
from tests.faults.mutations import try_caches, try_files
from tests.faults.read_hostile import read_hostile


@dataclass(frozen=True)
class Part:
    """A part of the suite.

    attacks: how many it makes, or None if it always makes all. run: is given their number, a folder and the seed.
    """

    title: str
    attacks: int | None
    run: Callable[[Any, Path, int], Any]


PARTS = {
    "files": Part("damaged input", 2_500, try_files),
    "caches": Part("damaged caches", 200, lambda count, folder, seed: try_caches(count, folder, seed + 1)),
    "runs": Part(
        "hostile run files, by all readers", 400, lambda count, folder, seed: read_hostile(folder, count, seed)
    ),
    "mats": Part("hostile .mat files", None, lambda count, folder, seed: read_mats(folder)),
    "liars": Part("lying plug-ins", None, lambda count, folder, seed: tell_lies(folder)),
    "disks": Part("full disks", None, lambda count, folder, seed: fill_disks(folder)),
    "kills": Part("killed sweeps", 200, kill_sweeps),
}


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the parts, the seed, the number of attacks and the time limit that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="The fault-injection suite.")
    counted = ", ".join(f"{name} {part.attacks:,}" for name, part in PARTS.items() if part.attacks)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)} [default: all]")
    parser.add_argument("--seed", type=_whole, default=0, metavar="N", help="of what is drawn at random [default: 0]")
    parser.add_argument("--attacks", type=_whole, metavar="N", help=f"in each part that counts [default: {counted}]")
    parser.add_argument("--minutes", type=float, metavar="M", help="begin no further part after so many minutes")
    chosen = parser.parse_args(given)
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r} (allowed: {', '.join(PARTS)})")
    return chosen


def _whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError(text)
    return value


def main(given: Sequence[str] | None = None) -> int:
    """Run the chosen parts and print the figures."""
    chosen = arguments(given)
    began, worrying, left_out = time.monotonic(), list[str](), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        for name in dict.fromkeys(chosen.parts or PARTS):
            if chosen.minutes is not None and time.monotonic() - began > 60 * chosen.minutes:
                left_out.append(name)
                continue
            part = PARTS[name]
            attacks = part.attacks if chosen.attacks is None else chosen.attacks
            report = part.run(attacks, Path(folder) / name, chosen.seed)
            print(f"{part.title}: {report}", flush=True)
            worrying += report.worrying
    for line in worrying:
        print(f"  {line}")
    if left_out:
        print(f"not begun, because the time was up: {', '.join(left_out)}")
    print("faults: all that must be 0 is 0" if not worrying else f"faults: {len(worrying)} to look at")
    return 1 if worrying else 0


if __name__ == "__main__":
    sys.exit(main())
