"""``make test-faults``: the complete fault-injection suite. The exit code is 1 if a fault was found."""

import sys
import tempfile
from pathlib import Path

from tests.faults.full_disk import fill_disks
from tests.faults.hostile_mats import read_mats
from tests.faults.kills import kill_sweeps
from tests.faults.liars import tell_lies
from tests.faults.mutations import try_caches, try_files
from tests.faults.read_hostile import read_hostile

KILLS, FILES, CACHES, RUN_FILES = 200, 2_500, 200, 400


def main() -> int:
    """Run everything and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        files = try_files(FILES, Path(folder) / "files")
        caches = try_caches(CACHES, Path(folder) / "caches")
        print(f"damaged input: {files}\ndamaged caches: {caches}", flush=True)
        runs = read_hostile(Path(folder) / "runs", RUN_FILES)
        print(f"hostile run files, by all readers: {runs}", flush=True)
        mats = read_mats(Path(folder) / "mats")
        print(f"hostile .mat files: {mats}", flush=True)
        liars = tell_lies(Path(folder) / "liars")
        print(f"lying plug-ins: {liars}", flush=True)
        disks = fill_disks(Path(folder) / "disks")
        print(f"full disks: {disks}", flush=True)
        kills = kill_sweeps(KILLS, Path(folder) / "kills")
        print(f"killed sweeps: {kills}")
    reports = (files, caches, runs, mats, liars, disks, kills)
    worrying = [line for report in reports for line in report.worrying]
    for line in worrying:
        print(f"  {line}")
    print("faults: all that must be 0 is 0" if not worrying else f"faults: {len(worrying)} to look at")
    return 1 if worrying else 0


if __name__ == "__main__":
    sys.exit(main())
