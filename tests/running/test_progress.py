"""What a display of a sweep prints, on a terminal and elsewhere."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from mihash_bench.running.progress import print_line, progress_for
from mihash_bench.running.statuses import Outcome
from mihash_bench.running.time_left import TimeLeft

NASTY = "[red]x[/red] [link=http://e.org]y[/link] :bomb: \x1b]8;;http://e.org\x07\r\u202e\nnext"
SHOWN = "[red]x[/red] [link=http://e.org]y[/link] :bomb: \\x1b]8;;http://e.org\\x07\\r\\u202e next"


def display(*, terminal):
    return Console(file=io.StringIO(), width=400, force_terminal=terminal, color_system=None, legacy_windows=False)


@pytest.mark.parametrize("terminal", [False, True])
def test_labels_reasons_and_metrics_are_shown_as_they_are(terminal):
    console, task = display(terminal=terminal), SimpleNamespace(key="k", label=f"run {NASTY}")
    with progress_for(console, [task]) as listener:
        listener.started(task)
        listener.checkpoint(task, 1, 2, {f"metric {NASTY}": 0.5})
        if terminal:
            listener._progress.refresh()
        listener.ended(Outcome(task, "failed", NASTY, 1.0))
    text = console.file.getvalue()
    assert f"run {SHOWN}: failed ({SHOWN}), 1.0 s" in text
    assert (f"metric {SHOWN} 0.5000" in text) == terminal
    assert "\x1b]8" not in text
    assert "\u202e" not in text


def test_a_line_is_one_line():
    console = display(terminal=False)
    print_line(console, NASTY)
    assert console.file.getvalue() == f"{SHOWN}\n"


@pytest.mark.parametrize("terminal", [False, True])
def test_the_time_left_is_shown(terminal):
    console = display(terminal=terminal)
    tasks = [SimpleNamespace(key=key, label=key) for key in "ab"]
    with progress_for(console, tasks, TimeLeft({"a": 1.0, "b": 1.0}, 1e9)) as listener:
        for task in tasks:
            listener.started(task)
        listener.ended(Outcome(tasks[0], "done", "", 1.0))
        if terminal:
            listener._progress.refresh()
        listener.ended(Outcome(tasks[1], "done", "", 1.0))
    # Half of the work is left, and its past speed counts for half of the estimate.
    assert "about 2.89e+03 days left" in console.file.getvalue()


def test_a_run_that_is_tried_once_more_has_one_bar():
    task = SimpleNamespace(key="k", label="run")
    with progress_for(display(terminal=True), [task]) as listener:
        listener.started(task)
        listener.started(task)
        assert len(listener._progress.tasks) == 2
        listener.ended(Outcome(task, "done", "", 1.0))
        assert len(listener._progress.tasks) == 1
