"""Which runs are tuned, and what cannot be called so."""

import pandas as pd
import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.leaderboard.entries import _complete
from mihash_bench.report.leaderboard.roles import CHOSEN, ROLE, with_roles

COLUMNS = ["method", "variant", "trial", "folders"]


def runs(*rows, **changed):
    frame = pd.DataFrame([(m, v, t, frozenset(f)) for m, v, t, f in rows], columns=COLUMNS)
    return frame.assign(**{"setting": "online", "dataset": "sample", "bits": 8, "trigger": "on", **changed})


def roles(frame):
    return list(with_roles(frame, 1)[ROLE])


def test_without_tuned_folders_only_the_parameters_count():
    frame = runs(("osh", "", 0, [0]), ("osh", "boosting=off", 0, [0])).drop(columns="folders")
    assert roles(frame) == ["defaults", "as given"]
    assert not with_roles(frame, 1)[CHOSEN].any()


def test_runs_of_a_tuned_folder_with_other_parameters_are_tuned():
    assert roles(runs(("osh", "", 0, [0]), ("osh", "eta=2", 0, [1]))) == ["defaults", "tuned"]


def test_parameters_that_tuning_confirms_are_one_entry_without_its_further_trials():
    frame = with_roles(runs(("osh", "", 0, [0, 1]), ("osh", "", 1, [1]), ("lsh", "", 0, [0])), 1)
    assert list(frame[ROLE]) == ["defaults and tuned", "defaults"]
    assert list(frame[CHOSEN]) == [True, False]


def test_several_sets_of_tuned_parameters_are_refused():
    with pytest.raises(InputError, match=r"--tuned: osh has several sets .*8 bits, trigger on: eta=2; eta=3 \("):
        with_roles(runs(("osh", "", 0, [0]), ("osh", "eta=2", 0, [1]), ("osh", "eta=3", 0, [1])), 1)


def test_tuned_runs_of_another_budget_are_refused():
    frame = runs(("osh", "", 0, [0]), ("osh", "eta=2", 0, [1]), dataset=["sample", "sample (examples=9)"])
    with pytest.raises(InputError, match=r"--tuned: it has runs of sample \(examples=9\).*: sample \(online\)\)"):
        with_roles(frame, 1)


def test_an_entry_of_other_trials_is_left_out_and_named():
    rows = runs(*((name, "", trial, [0]) for name in ("osh", "lsh") for trial in (0, 1)), ("okh", "", 2, [0]))
    rows = pd.concat([rows, runs(("okh", "", 3, [0]))], ignore_index=True)
    titles = {"osh": "OSH", "lsh": "LSH", "okh": "OKH"}
    complete, lines = _complete(rows.assign(method_title=rows["method"].map(titles), variant="", role="defaults"))
    assert list(rows["method"][complete]) == ["osh", "osh", "lsh", "lsh"]
    assert [line for line in lines if "trials [2, 3]" in line] == lines != []
