from pathlib import Path

import pytest

from mihash_bench.errors import InputError
from mihash_bench.sweeps.found import Found
from mihash_bench.sweeps.merging import choices


def copy(folder, key, digest="", status="failed"):
    path = Path(folder) / "runs" / "8b-on-t0-aaaaaaaa.h5"
    return Found(Path(folder), path, {"key": key, "status": status, "started": folder}, digest or key)


def test_no_rule_drops_one_of_two_runs_whose_keys_begin_alike():
    made, conflicts = choices([copy("a", "a" * 64), copy("b", "a" * 63 + "b")], "first")
    assert made == []
    assert conflicts == [
        "a/runs/8b-on-t0-aaaaaaaa.h5, b/runs/8b-on-t0-aaaaaaaa.h5: runs with other keys, of which no rule can keep both"
    ]


def test_a_run_without_rivals_is_chosen():
    only = copy("a", "a" * 64)
    ((choice,), conflicts) = choices([only], None)
    assert (choice.chosen, conflicts) == (only, [])


def test_an_unknown_rule_is_refused():
    with pytest.raises(InputError, match="--prefer: 'oldest' is unknown"):
        choices([], "oldest")
