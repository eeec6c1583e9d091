"""``mihash-bench check``: the rules of the contracts, each tried on a plug-in in a process of its own."""

import inspect
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.plugins import KINDS, Plugin, load_plugins
from mihash_bench.running.process import START_SECONDS, ForkedProcess
from mihash_bench.store.record import Observer
from mihash_bench.testing import (
    BACKBONE_CHECKS,
    BATCH_CHECKS,
    CHECKS,
    DATASET_CHECKS,
    METRIC_CHECKS,
    POLICY_CHECKS,
    PROTOCOL_CHECKS,
)
from mihash_bench.text import message_of, one_line

RULES: dict[str, tuple[Callable[..., None], ...]] = {
    "method": CHECKS, "batch method": BATCH_CHECKS, "dataset": DATASET_CHECKS, "backbone": BACKBONE_CHECKS,
    "policy": POLICY_CHECKS, "protocol": PROTOCOL_CHECKS, "metric": METRIC_CHECKS,
}  # fmt: skip
WHERE = "PLUGIN"
POLL_SECONDS = 0.1
# The rule of a plug-in that cannot even be loaded.
LOADING = "it can be imported"


@dataclass(frozen=True)
class Verdict:
    """Whether a class keeps a rule; if not, ``seen`` says what was seen instead of what is ``expected``."""

    rule: str
    expected: str
    seen: str = ""

    @property
    def passed(self) -> bool:
        """Whether the rule holds."""
        return not self.seen


@dataclass(frozen=True)
class Checked:
    """A class of a plug-in, and the verdicts on it, each of which is found when it is its turn."""

    kind: str
    name: str
    verdicts: Iterator[Verdict]


@dataclass(frozen=True)
class _Trial:
    """One rule and one class of a plug-in, to be sent to a process. Without a rule, the plug-in is only loaded.

    path and threads are those of a run, which the process asks for; no file is written.
    """

    spec: str
    data_dir: Path
    cache_dir: Path
    kind: str = ""
    name: str = ""
    rule: int = -1
    path: Path = Path()
    threads: int = 1

    def measure(self, observer: Observer) -> bool:
        """Try the rule. Raises InputError, which says what was seen, if it does not hold."""
        observer(0, 0, {})
        (plugin,) = load_plugins([self.spec], WHERE)
        if self.rule < 0:
            observer(1, 1, {f"{kind}:{each.name}": 0.0 for kind, each in plugin.classes})
            return True
        folders = {"dataset": (self.data_dir, self.cache_dir), "backbone": (self.data_dir,)}.get(self.kind, ())
        try:
            RULES[self.kind][self.rule](KINDS[self.kind].get(self.name), *folders)
        except BaseException as error:  # noqa: BLE001 - a plug-in raises whatever it raises
            raise InputError(_seen(error, plugin)) from None
        return True


def checked(spec: str, data_dir: Path, cache_dir: Path, timeout: float) -> Iterator[Checked]:
    """Yield each class of a plug-in with the verdict of each rule.

    timeout: the most seconds that a rule may take. cache_dir: an empty folder for prepared datasets. The code of the
    plug-in runs in other processes only. Raises InputError if it cannot be imported or defines no class.
    """
    where = Path(spec).absolute() if Path(spec).exists() else spec
    trial = _Trial(str(where), data_dir.absolute(), cache_dir.absolute())
    reported, seen = _tried(trial, timeout)
    if seen.startswith(f"{WHERE}: "):
        raise InputError(seen)
    if seen:
        failed = Verdict(LOADING, "Importing the plug-in ends, and leaves the process running.", seen)
        yield Checked("plug-in", str(spec), iter([failed]))
    for text in reported:
        kind, _, name = text.partition(":")
        yield Checked(kind, name, _verdicts(trial, kind, name, timeout))


def _verdicts(trial: _Trial, kind: str, name: str, timeout: float) -> Iterator[Verdict]:
    for number, check in enumerate(RULES[kind]):
        rule = check.__name__.removeprefix("check_").replace("_", " ")
        expected = " ".join((inspect.getdoc(check) or "").replace("``", "").split())
        one = _Trial(trial.spec, trial.data_dir, trial.cache_dir, kind, name, number)
        yield Verdict(rule, expected, _tried(one, timeout)[1])


def _tried(trial: Any, timeout: float) -> tuple[dict[str, float], str]:
    """Return what a process reports, and what was seen if the rule does not hold, or ""."""
    try:
        process = ForkedProcess(trial)
    except (OSError, EOFError) as error:
        return {}, f"its process could not be started ({error})"
    try:
        return _heard(process, timeout)
    finally:
        process.end()


def _heard(process: ForkedProcess, timeout: float) -> tuple[dict[str, float], str]:
    reported: dict[str, float] = {}
    # The time of the rule begins with the first message.
    limit, began = START_SECONDS, time.monotonic()
    while time.monotonic() - began < limit:
        try:
            message = process.message(POLL_SECONDS)
        except EOFError:
            return reported, process.death()[1]
        if message is not None and message[0] == "checkpoint":
            limit, began, reported = timeout, time.monotonic(), message[3]
        elif message is not None:
            return reported, message[1] if message[0] == "failed" else ""
    return reported, f"still running after {limit:g} s"


def _seen(error: BaseException, plugin: Plugin) -> str:
    """Return what an error of a rule says, and for an error of the plug-in its type and where it was raised."""
    if isinstance(error, AssertionError) and str(error):
        return one_line(str(error))
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).name in {Path(name).name for name in plugin.code.digests}]
    place = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    return one_line(f"it raised {type(error).__name__}: {message_of(error)}{place}")
