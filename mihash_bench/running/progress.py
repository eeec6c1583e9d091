"""Progress of a sweep: a live display on a terminal, one line for each ended run elsewhere."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as Bar
from rich.text import Text

from mihash_bench.running.events import Listener
from mihash_bench.running.statuses import Outcome
from mihash_bench.running.task import Task
from mihash_bench.running.time_left import TimeLeft
from mihash_bench.text import duration, one_line


def print_line(console: Console, text: str, *, soft_wrap: bool = True) -> None:
    """Print one line as it is: rich reads no markup in it, and control characters are visible."""
    console.print(one_line(text), markup=False, highlight=False, emoji=False, soft_wrap=soft_wrap)


class LeftColumn(TimeRemainingColumn):
    """The time left: of a run by the speed of its bar, of the sweep as ``TimeLeft`` estimates it."""

    def render(self, task: Bar) -> Text:
        """Return the text of the field ``left``, if the bar has one."""
        return Text(task.fields["left"], style="progress.remaining") if "left" in task.fields else super().render(task)


@contextmanager
def progress_for(console: Console, tasks: Sequence[Task], left: TimeLeft | None = None) -> Iterator[Listener]:
    """Yield the listener that shows a sweep's progress. left: estimates its time; None if all runs count alike."""
    left = left or TimeLeft({task.key: 1.0 for task in tasks})
    if not (console.is_terminal or console.is_jupyter):
        yield PlainProgress(console, len(tasks), left)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
        LeftColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield LiveProgress(progress, tasks, left)


def ending(outcome: Outcome, metrics: dict[str, float]) -> str:
    """Return the line that is printed for a run that has ended."""
    shown = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
    what = shown if outcome.status == "done" and shown else outcome.status
    reason = f" ({outcome.reason})" if outcome.reason else ""
    return f"{outcome.task.label}: {what}{reason}, {outcome.seconds:.1f} s"


# Time between two lines about a run that counts steps, where lines cannot be replaced.
LINE_SECONDS = 60.0


def how_far(done: int, total: int, values: dict[str, float], unit: str) -> str:
    """Return how far a run is, with the first metric at a checkpoint, and all values of another unit."""
    shown = list(values.items())[: 1 if unit == "checkpoint" else None]
    digits = 4 if unit == "checkpoint" else 1
    return ", ".join([f"{unit} {done:,} of {total:,}", *(f"{one_line(name)} {v:,.{digits}f}" for name, v in shown)])


class PlainProgress:
    """Prints one line for each run that has ended, and one a minute for a run that counts its steps.

    The lines end with the time left, if that is at least ``LINE_SECONDS``.
    """

    def __init__(self, console: Console, total: int, left: TimeLeft) -> None:
        self._console, self._total, self._count, self._left = console, total, 0, left
        self._last: dict[str, dict[str, float]] = {}
        self._printed: dict[str, float] = {}

    def started(self, task: Task) -> None:
        """Print nothing."""

    def checkpoint(self, task: Task, done: int, total: int, values: dict[str, float], unit: str = "checkpoint") -> None:
        """Store the latest metrics for the line at the end of the run. Print how far it is, if it counts steps."""
        self._left.reached(task.key, done / total)
        if unit == "checkpoint":
            self._last[task.key] = values
        elif time.monotonic() - self._printed.get(task.key, -LINE_SECONDS) >= LINE_SECONDS:
            self._printed[task.key] = time.monotonic()
            print_line(self._console, f"{task.label}: {how_far(done, total, values, unit)}")

    def ended(self, outcome: Outcome) -> None:
        """Print the line of the run."""
        self._left.ended(outcome.task.key, performed=outcome.seconds > 0)
        if outcome.status == "interrupted":
            return
        self._count += 1
        line = f"[{self._count}/{self._total}] {ending(outcome, self._last.get(outcome.task.key, {}))}"
        left = self._left.seconds() or 0.0
        print_line(self._console, f"{line}; about {duration(left)} left" if left >= LINE_SECONDS else line)


class LiveProgress:
    """Shows a bar for each running run and one for the sweep, which counts runs and parts of them."""

    def __init__(self, progress: Progress, tasks: Sequence[Task], left: TimeLeft) -> None:
        self._progress, self._total, self._count, self._left = progress, len(tasks), 0, left
        self._sweep = progress.add_task("all runs", total=max(len(tasks), 1), note="", left="")
        self._bars: dict[str, TaskID] = {}
        self._parts: dict[str, float] = {}
        self._last: dict[str, dict[str, float]] = {}

    def started(self, task: Task) -> None:
        """Add the run's bar."""
        self._bars[task.key] = self._progress.add_task(f"  {one_line(task.label)}", total=1, note="")

    def checkpoint(self, task: Task, done: int, total: int, values: dict[str, float], unit: str = "checkpoint") -> None:
        """Advance the bars of the run and of the sweep, and show the latest values."""
        self._progress.update(self._bars[task.key], completed=done / total, note=how_far(done, total, values, unit))
        self._parts[task.key] = done / total
        self._left.reached(task.key, done / total)
        if unit == "checkpoint":
            self._last[task.key] = values
        self._show()

    def ended(self, outcome: Outcome) -> None:
        """Remove the run's bar and print its line above the bars."""
        key = outcome.task.key
        bar = self._bars.pop(key, None)
        if bar is not None:
            self._progress.remove_task(bar)
        self._parts.pop(key, None)
        self._left.ended(key, performed=outcome.seconds > 0)
        if outcome.status == "interrupted":
            return
        self._count += 1
        line = ending(outcome, self._last.pop(key, {}))
        print_line(self._progress.console, line, soft_wrap=False)
        self._show()

    def _show(self) -> None:
        completed = self._count + sum(list(self._parts.values()))
        seconds = self._left.seconds()
        left = "" if seconds is None else f"about {duration(seconds)} left"
        note = f"{self._count} of {self._total} ended"
        self._progress.update(self._sweep, completed=completed, note=note, left=left)
