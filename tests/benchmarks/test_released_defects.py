"""Each re-created defect behaves as described, and the page contains measured runs."""

from dataclasses import replace
from pathlib import Path

import fidelity
import numpy as np
import pytest
from click.testing import CliRunner
from released_defects import (
    DIFFERENCES,
    DropsTheRestOfABatch,
    ForgetfulOSH,
    ForgetfulSketchHash,
    QueriesByNewestMean,
    RoundingAdaptHash,
    ShrinkingSketchHash,
    ZeroInitialCodes,
    saturated_levels,
)

from mihash_bench.codes import hamming
from mihash_bench.datasets.sample import Sample
from mihash_bench.encoders import LinearCodes
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.experiment.trial import Trial
from mihash_bench.methods.adapthash import AdaptHash
from mihash_bench.methods.lsh import LSH
from mihash_bench.methods.osh import OSH
from mihash_bench.methods.sketchhash import SketchHash
from mihash_bench.neighbors import SharedLabels
from mihash_bench.settings._online_run import run as run_online
from mihash_bench.stream.plan import StreamPlan
from mihash_bench.stream.reservoir import ReservoirRows
from mihash_bench.stream.trigger import AlwaysUpdate, TriggerUpdate, quality

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 12))
X /= np.linalg.norm(X, axis=1, keepdims=True)
Y = RNG.integers(0, 4, 400)


def retrieval():
    return Retrieval(X, Y, np.arange(300, 400), np.arange(300), SharedLabels())


def plan(n, checkpoints):
    keys = np.random.default_rng(1).random(n)
    return StreamPlan(np.arange(n), np.array(checkpoints), np.arange(3), np.zeros(3), keys)


def test_a_forgetful_osh_gives_every_label_the_first_code():
    forgetful, kept = (made(8, random_state=0).start(X).partial_fit(X[:40], Y[:40]) for made in (ForgetfulOSH, OSH))
    assert set(forgetful.rows_of_labels_.values()) == {0}
    assert set(kept.rows_of_labels_.values()) == {0, 1, 2, 3}


def test_a_forgetful_sketchhash_knows_only_its_last_batch_and_no_mean():
    method = ForgetfulSketchHash(8, random_state=0).start(X).partial_fit(X[:100])
    assert method.count_ == method.sketch_.filled == 0
    assert not method.snapshot().mean.any()
    alone = SketchHash(8, random_state=0).start(X).partial_fit(X[50:100]).W_
    # Both span the directions of the last batch, whatever the rotation.
    np.testing.assert_allclose(method.W_ @ method.W_.T, alone @ alone.T, atol=1e-10)


def test_a_shrinking_sketch_shrinks_where_there_is_room_once_it_has_had_all_its_rows():
    shrinking, kept = (made(4, batch_size=4, random_state=0).start(X) for made in (ShrinkingSketchHash, SketchHash))
    filled = []
    for start in range(0, 20, 4):
        for method in (shrinking, kept):
            method.partial_fit(X[start : start + 4])
        filled.append((shrinking.sketch_.filled, kept.sketch_.filled))
    # The sketch has 12 rows; a batch has 4, and from the second one on one more with the means.
    assert filled == [(4, 4), (9, 9), (8, 8), (11, 7), (11, 12)]


def test_rounding_takes_one_bit_too_many_at_ten_bits_and_leaves_the_package_as_it_is():
    # The loss is 2 - (1 - 0.9) 10, which comes out as 1.0000000000000002.
    Z = np.vstack([np.ones(10), np.where(np.arange(10) < 2, -1.0, 1.0)])
    rounded, kept = (made(10)._chosen_bits(Z, similar=True) for made in (RoundingAdaptHash, AdaptHash))
    assert (len(rounded), len(kept)) == (2, 1)
    assert len(AdaptHash(10)._chosen_bits(Z, similar=True)) == 1


def test_queries_by_the_newest_mean_differ_only_while_the_table_is_old():
    def curve(trial, policy):
        method = SketchHash(4, batch_size=10, random_state=0)
        return trial(method, retrieval(), plan(100, [0, 50, 100]), policy, update_interval=10).run().curve["mAP"]

    never = [curve(trial, TriggerUpdate(9.0)) for trial in (Trial, QueriesByNewestMean)]
    assert (never[0][1:] != never[1][1:]).all()
    always = [curve(trial, AlwaysUpdate()) for trial in (Trial, QueriesByNewestMean)]
    np.testing.assert_array_equal(*always)


def test_the_rest_of_a_batch_that_only_partly_fits_is_dropped():
    def members(made):
        trial = made(SketchHash(4, batch_size=5), retrieval(), plan(10, [10]), TriggerUpdate(), reservoir_size=7,
                     update_interval=10)  # fmt: skip
        trial._reservoir.offer(X[:10], Y[:10], np.linspace(0.9, 0.1, 10), per_step=5)
        return trial._reservoir.rows.X[:, 0]

    np.testing.assert_array_equal(members(DropsTheRestOfABatch), X[:7, 0])
    assert set(X[7:10, 0]) <= set(members(Trial))


def test_initial_codes_are_zero_for_the_tables_quality_until_the_first_update():
    W = np.linalg.qr(RNG.normal(size=(12, 6)))[0]
    current, table = LinearCodes(W + 0.1), LinearCodes(W)
    rows = ReservoirRows(X[:30], Y[:30])
    policy = ZeroInitialCodes(frozenset(row.tobytes() for row in X[:10]))
    decision = policy.decide(current, table, rows, SharedLabels())
    codes = table.encode(X[:30])
    codes[:10] = False
    zeroed = type("Codes", (), {"encode": lambda self, X: codes})()
    assert decision.q_snapshot == quality(zeroed, rows, SharedLabels())
    policy.updated = True
    assert policy.decide(current, table, rows, SharedLabels()) == TriggerUpdate().decide(
        current, table, rows, SharedLabels()
    )


@pytest.mark.parametrize(("bits", "same"), [(128, True), (192, False)])
def test_saturated_similarities_merge_near_distances_beyond_128_bits(bits, same):
    codes = np.tri(bits + 1, bits, -1).astype(bool)
    distance, saturated = hamming(codes[:1], codes)[0], saturated_levels(codes[:1], codes)[0]
    assert (len(np.unique(saturated)) == len(np.unique(distance))) == same


def test_the_page_has_a_row_for_each_difference_and_keeps_its_other_text(tmp_path, cache_dir, monkeypatch):
    monkeypatch.setattr(fidelity, "DIFFERENCES", (DIFFERENCES[0], DIFFERENCES[4]))
    monkeypatch.setattr(fidelity, "TRIALS", 2)
    monkeypatch.setattr(fidelity, "SATURATED_BITS", (128,))
    monkeypatch.setattr(fidelity, "DRAWS", 2)
    page = tmp_path / "page.md"
    page.write_text(f"before\n{fidelity.BEGIN}\nold\n{fidelity.END}\nafter\n")
    done = CliRunner().invoke(
        fidelity.main,
        ["--dataset", "sample", "--examples", "300", "-j", "1", "--page", str(page), "--cache-dir", str(cache_dir)],
    )
    assert done.exit_code == 0, done.output
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(lines) == 4
    assert "streams of 300 examples, 2 trials" in text
    # Every label one code: far below.
    assert float(lines[2].split("|")[-2].split("(")[0]) < -0.05
    assert "mAP@1000 of LSH" in text


def test_the_committed_page_has_the_titles_and_differences_of_a_new_one():
    page = (Path(fidelity.__file__).parent.parent / "docs" / "fidelity.md").read_text()
    assert f"| {' | '.join(fidelity.TITLES)} |" in page
    for difference in DIFFERENCES:
        assert f"\n| {difference.released} | {difference.here} | " in page


def test_unchanged_cases_equal_the_default_runs_of_the_package(tmp_path, cache_dir):
    case = fidelity.Case("LSH", LSH)
    config = fidelity._config(case, "sample", 200, 1)
    done = run_online(replace(config, metrics=("mAP",)), Sample().load(tmp_path, cache_dir), lambda *_: None, Keeper())
    figures = fidelity.run_case(case, ("sample", tmp_path, cache_dir), 200, 1)
    assert figures["mAP"] == done.curve["mAP"][-1]
