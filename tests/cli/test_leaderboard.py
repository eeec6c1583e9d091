"""``mihash-bench leaderboard`` on real runs."""

import re

import pytest

from mihash_bench.report.formats.numbers import number_text
from mihash_bench.report.tables.model import Column
from mihash_bench.store.results import load_results

from .calling import call

DATA = ("--dataset", "synthetic", "--set", "synthetic.n=600", "--examples", "400", "--update-interval", "200")
SWEEP = (*DATA, "--bits", "4,8", "--trials", "2", "--checkpoints", "2", "--trigger", "off")


@pytest.fixture(scope="module")
def folders(tmp_path_factory, cache_dir):
    """Runs of two methods with defaults, and tuned ones of one of them, one code length of which has the defaults."""
    folder = tmp_path_factory.mktemp("leaderboard")
    for words in (
        ("--method", "lsh,ridge", *SWEEP, "-o", folder / "results"),
        ("--method", "ridge", "--set", "ridge.regularization=100", *SWEEP, "-o", folder / "tuned"),
    ):
        done = call("run", *words, "--cache-dir", cache_dir)
        assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def page(folders):
    words = ("leaderboard", folders / "results", "--tuned", folders / "tuned", "--no-provenance")
    done = call(*words, "-o", folders / "page" / "board.md")
    assert done.exit_code == 0, done.output
    return (folders / "page" / "board.md").read_text(encoding="utf-8")


def rows_of(page, titles):
    """The cells of the rows of the table whose first titles these are."""
    [table] = re.findall(rf"^\| {re.escape(titles)} \|.*\n\| ---.*\n((?:\|.*\n)+)", page, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()]


def test_cells_are_the_means_of_the_runs_and_the_best_is_bold(page, folders):
    last = load_results(folders / "results").frame.groupby("key").tail(1)
    means = last.groupby(["method", "trigger", "bits"])["mAP"].mean()
    rows = rows_of(page, "Method")
    [lsh] = [row for row in rows if row[0] == "LSH"]
    shown = number_text(means["lsh", "off", 8], Column("", decimals=3))
    assert lsh[1:3] == ["defaults", "nothing"]
    assert lsh[6].startswith(shown)
    best = [row for row in rows if row[6].startswith("**")]
    assert {row[0] for row in best} <= {"Ridge", "Ridge (regularization=100.0)"}
    assert all(row[7] == "1" for row in best)
    assert [row[3] for row in rows] == sorted(row[3] for row in rows)


def test_rows_are_marked_by_the_tests_of_the_table(page, folders):
    """Without tuned runs, the same rows are compared as in ``table``."""
    words = ("leaderboard", folders / "results", "--no-provenance", "-o", folders / "alone.md")
    assert call(*words).exit_code == 0
    text = (folders / "alone.md").read_text(encoding="utf-8")
    marked = {row[0] for row in rows_of(text, "Method") if "*" in row[6].replace("**", "")}
    long = call("table", folders / "results", "--columns", "mAP", "--bits", "8").output
    asterisks = [line.split(" | ") for line in long.splitlines() if r"\*" in line and line.startswith("|")]
    assert marked == {cells[2] for cells in asterisks} == {"LSH"}
    assert "No folder with tuned runs was given" in text
    assert "### Tuned parameters" not in text


def test_the_front_is_named_and_drawn(page, folders):
    front = rows_of(page, "Bits | Method | Parameters")
    assert {bits for bits, *_ in front} == {"4", "8"}
    # LSH never recodes its table, so that nothing can be cheaper.
    assert next([*row[1:3], row[4]] for row in front if row[0] == "8") == ["LSH", "defaults", "0 ± 0"]
    assert "](board-synthetic.svg)" in page
    assert (folders / "page" / "board-synthetic.svg").read_text(encoding="utf-8").count("<svg") == 1


def test_tuned_parameters_are_beside_the_defaults_of_the_same_trials(page):
    rows = rows_of(page, "Bits | Method | not tuned | tuned")
    assert [row[:2] for row in rows] == [["4", "Ridge (regularization=100.0)"], ["8", "Ridge (regularization=100.0)"]]
    ridge = {row[1]: row for row in rows_of(page, "Method") if row[0].startswith("Ridge")}
    assert set(ridge) == {"defaults", "tuned"}
    for row, place in zip(rows, (4, 6), strict=True):
        assert row[2] in ridge["defaults"][place]
        assert row[3] in ridge["tuned"][place]


def test_stand_ins_and_other_budgets_are_told_apart(folders, cache_dir, page):
    assert "STAND-IN" not in page
    words = [word if word != "400" else "200" for word in DATA]
    done = call(
        "run", *words, "--method", "lsh", "--bits", "8", "--trials", "1", "--trigger", "off", "-o", folders / "other",
        "--cache-dir", cache_dir,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    both = call("leaderboard", folders / "results", folders / "other", "-o", folders / "both.md")
    assert both.exit_code == 0, both.output
    text = (folders / "both.md").read_text(encoding="utf-8")
    sections = [line for line in text.splitlines() if line.startswith("## Synthetic")]
    assert len(sections) == 2
    assert len(set(sections)) == 2
    refused = call("leaderboard", folders / "results", "--tuned", folders / "other", "-o", folders / "no.md")
    assert refused.exit_code == 2
    assert "--tuned: it has runs of synthetic" in refused.output
    assert not (folders / "no.md").exists()


def test_an_entry_with_fewer_trials_is_left_out_and_named(folders, cache_dir):
    one = call(
        "run", *DATA, "--method", "mihash", "--bits", "8", "--trials", "1", "--trigger", "off", "--checkpoints", "2",
        "-o", folders / "one", "--cache-dir", cache_dir,
    )  # fmt: skip
    assert one.exit_code == 0, one.output
    done = call("leaderboard", folders / "results", folders / "one", "-o", folders / "fewer.md")
    assert "mihash 8 bits, trigger off: 1 of 2 trials" in done.output
    text = (folders / "fewer.md").read_text(encoding="utf-8")
    assert "mihash 8 bits, trigger off: 1 of 2 trials" in text
    assert "| MIHash" not in text


def test_the_same_results_give_the_same_bytes(folders, page):
    again = call(
        "leaderboard", folders / "results", "--tuned", folders / "tuned", "--no-provenance", "-o",
        folders / "again" / "board.md",
    )  # fmt: skip
    assert again.exit_code == 0, again.output
    for path in (folders / "page").iterdir():
        assert (folders / "again" / path.name).read_bytes() == path.read_bytes()
    assert "Digest of the run keys" in page
    assert "mihash-bench run --method lsh,ridge" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tuned", "{}/results"), "--tuned: {}/results is given twice"),
        (("-o", "{}/page.txt"), "-o: {}/page.txt (allowed: a name that ends in .md)"),
        (("--metric", "mAp"), "--metric: 'mAp' is unknown; did you mean 'mAP'? (allowed: mAP)"),
    ],
)
def test_what_is_not_possible_is_refused(folders, words, said):
    done = call("leaderboard", folders / "results", *(word.format(folders) for word in words))
    assert done.exit_code == 2
    assert said.format(folders) in done.output
