"""Reads results folders with one hostile run file by every reader, and judges what the readers make of it.

Every reader names the file in one line and leaves it out, or refuses the folder if that is its purpose. Its numbers are
then those of the folder without the file. Texts of a file that may be used must reach the output escaped.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mihash_bench.store.run_file import read_run
from tests.faults.hostile_runs import Attack, attacks
from tests.faults.outcomes import Report
from tests.faults.readers import READERS, RUN, Case, Desk, Read, Reader
from tests.faults.run_folders import Kind, make_runs

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x9b]|\u202e")
SIX = 6


class Round:
    """A folder with real runs of all kinds, what readers say of it, and attacks on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kinds = make_runs(folder / "real")
        self.real, self.results = folder / "real" / "results", folder / "results"
        self.desk = Desk(folder / "desk")
        self.report = Report(good=("refused", "same", "escaped"))
        self.expected: dict[tuple[str, bool], dict[str, Read]] = {}

    def every_attack(self) -> list[tuple[Kind, Attack]]:
        """Return all attacks on all kinds."""
        found = []
        for kind in self.kinds:
            about = dict(read_run(self.real / kind.place).attributes)
            found += [(kind, attack) for attack in attacks(kind, about)]
        return found

    def attempt(self, kind: Kind, attack: Attack, readers: Sequence[Reader]) -> None:
        """Attack a copy of the folder, read it by these readers, and count the outcomes."""
        self._copy()
        file = attack.make(self.results / kind.place, self.results)
        reads = self.desk.read(self._case(kind, file), [reader.name for reader in readers])
        for reader in readers:
            outcome = self._judge(reader, kind, attack, file, reads[reader.name])
            case = f"{attack.group}: {attack.name} ({kind.name}), {reader.name}"
            self.report.note(outcome, case, reads[reader.name].said)

    def run_again(self, kind: Kind, attack: Attack) -> None:
        """Attack a copy of the folder and repeat the sweep: the run is made good, or the sweep says which file."""
        self._copy()
        place = self.results / kind.place
        file = attack.make(place, self.results)
        read = self.desk.read(self._case(kind, file), [RUN.name])[RUN.name]
        outcome = read.ended
        if outcome == "exit":
            named = any(str(file) in line for line in read.lines)
            good = place.is_file() and _same_run(place, self.real / kind.place)
            outcome = "same" if good else "refused" if read.code == 1 and named else "silent"
        self.report.note(outcome, f"{attack.group}: {attack.name} ({kind.name}), run", read.said)

    def close(self) -> None:
        """End the process that reads."""
        self.desk.close()

    def _copy(self) -> None:
        shutil.rmtree(self.results, ignore_errors=True)
        shutil.copytree(self.real, self.results)

    def _case(self, kind: Kind, file: Path) -> Case:
        cache = self.folder / "real" / "cache"
        return Case(self.results, kind.arguments, file, cache, self.folder / "output", self.real)

    def whole(self, kind: Kind, reader: Reader, *, without: bool) -> Read:
        """Return what a reader makes of the real folder, with or without the file that is attacked."""
        known = self.expected.setdefault((kind.name, without), {})
        if reader.name not in known:
            self._shelve()
            self._copy()
            if without:
                (self.results / kind.place).unlink()
            known.update(self.desk.read(self._case(kind, self.results / kind.place), [reader.name]))
            self._restore()
        return known[reader.name]

    def _shelve(self) -> None:
        if self.results.exists():
            self.results.rename(self.folder / "shelved")

    def _restore(self) -> None:
        if (self.folder / "shelved").exists():
            shutil.rmtree(self.results)
            (self.folder / "shelved").rename(self.results)

    def _judge(self, reader: Reader, kind: Kind, attack: Attack, file: Path, read: Read) -> str:
        if read.ended != "exit":
            return read.ended
        named = sum(str(file) in line for line in read.lines)
        # What cannot be read is listed as such instead of as to do.
        rest = [line.replace("unreadable: ", "to do: ", 1) for line in read.lines if str(file) not in line]
        if attack.escapes and (not named or (reader.lines is None and read.code == 0)):
            return "escaped" if not _unescaped(reader, read) else "silent"
        if attack.moved and reader.reads == "file" and read.code == 0:
            return "same"
        if 2 in reader.codes:
            return _refusal(reader, read, rest, named)
        expected = self.whole(kind, reader, without=attack.replaces) if reader.reads != "file" else Read("exit")
        if reader.codes:
            return _refusal(reader, read, rest, named) if read.files == expected.files else "silent"
        if (read.code, rest, read.files) != (expected.code, list(expected.lines), expected.files):
            return "silent"
        if reader.reads == "sweep" and (not attack.replaces or file.name != Path(kind.place).name):
            return "same"  # it looks at the places of its own runs only
        return "refused" if named == 1 else "unnamed"


def _refusal(reader: Reader, read: Read, rest: list[str], named: int) -> str:
    """Judge a reader that refuses hostile files: its exit code, and one line that names the file."""
    if read.code not in reader.codes:
        return "silent"
    if read.code == 2:
        good = named == len(read.lines) == 1
    elif reader.lines is None:
        good = named > 0 and any("cannot be trusted: " in line or '"fault": "' in line for line in read.lines)
    else:
        good = named == 1 and len(rest) == reader.lines
    return "refused" if good else "unnamed"


def _unescaped(reader: Reader, read: Read) -> bool:
    """Return whether a control character, a LaTeX command, a formula or HTML came through."""
    printed = "\n".join(read.lines)
    texts = [printed, *(text for _, text in read.files)]
    # A data frame holds texts as they are. Whoever prints them escapes them, as the verbs do.
    if reader.name != "load_results" and any(CONTROL.search(line) for line in read.lines):
        return True
    if "latex" in reader.name and re.search(r"(?<!\\textbackslash)\\input\{", printed):
        return True
    if reader.name in ("table csv", "export") and any(re.search(r"(^|,)\"?=1\+1", text, re.M) for text in texts):
        return True
    return reader.name in ("table", "compare") and "<script>" in printed


def _same_run(path: Path, other: Path) -> bool:
    try:
        ours, theirs = read_run(path), read_run(other)
    except ValueError:
        return False
    same = ours.attributes["key"] == theirs.attributes["key"] and ours.final.keys() == theirs.final.keys()
    return same and all(np.array_equal(ours.final[name], theirs.final[name], equal_nan=True) for name in ours.final)


def read_hostile(
    folder: Path, count: int | None = None, seed: int = 0, again: int = 40, readers: int | None = None
) -> Report:
    """Try all attacks, or ``count`` of them with at least one of each class; the figures are of files times readers.

    again: the number of sweeps that are repeated on an attacked folder. readers: how many read each attack, in turn,
    None for all.
    """
    round_ = Round(folder)
    try:
        cases = round_.every_attack()
        rng = np.random.default_rng(seed)
        order = [cases[number] for number in rng.permutation(len(cases))]
        chosen = order if count is None else _of_every_class(order, count)
        for number, (kind, attack) in enumerate(chosen):
            # A few attacks leave drawing to ``plot --strict``, which draws whatever it does not refuse.
            every = [each for each in READERS if not each.slow or (count is None and number % SIX == 0)]
            few = readers or len(every)
            round_.attempt(kind, attack, [every[(number * few + turn) % len(every)] for turn in range(few)])
        repeatable = [case for case in order if case[0].name in ("online", "batch") and not case[1].escapes]
        for kind, attack in _of_every_class(repeatable, again):
            round_.run_again(kind, attack)
    finally:
        round_.close()
    return round_.report


def _of_every_class(order: list[tuple[Kind, Attack]], count: int) -> list[tuple[Kind, Attack]]:
    first = {attack.group: (kind, attack) for kind, attack in reversed(order)}
    chosen = list(first.values())
    chosen += [case for case in order if all(case is not other for other in chosen)][: max(0, count - len(chosen))]
    return chosen[:count]
