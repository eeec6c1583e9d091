"""The functions of ``import mihash_bench``."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mihash_bench
from mihash_bench.api.sweep import _execution
from mihash_bench.datasets.sample import Sample
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.experiment.training_points import TrainingCentred, draw_training_points
from mihash_bench.store.run_file import read_run, write_run
from tests.conftest import GOLDEN

SMALL = {"bits": 8, "trials": 1, "examples": 200, "checkpoints": 2, "progress": False}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def runs(folder, cache_dir):
    return mihash_bench.run(
        method="lsh,mihash,sketchhash,okh", trigger=["on"], results=folder, cache_dir=cache_dir, **SMALL
    )


def test_run_returns_a_row_for_each_run_and_checkpoint(runs):
    assert len(runs) == 4 * 2
    assert runs["status"].eq("done").all()
    assert set(runs["method"]) == {"lsh", "mihash", "sketchhash", "okh"}
    assert runs["mAP"].between(0, 1).all()


def test_a_second_call_computes_nothing_and_other_arguments_return_only_their_own_runs(runs, folder, cache_dir):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.h5")}
    again = mihash_bench.run(method="lsh", trigger="on", results=folder, cache_dir=cache_dir, **SMALL)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.h5")} == before
    assert set(again["method"]) == {"lsh"}


def test_set_takes_a_mapping_and_lists(tmp_path, cache_dir):
    more = {"set": {"synthetic.n": 400, "mihash.step_size": [0.5, 1]}, "dataset": "synthetic"}
    runs = mihash_bench.run(method="mihash", trigger="on", results=tmp_path, cache_dir=cache_dir, **SMALL, **more)
    assert set(runs["variant"]) == {"synthetic.n=400", "step_size=0.5,synthetic.n=400"}


def test_runs_that_are_not_done_are_returned_with_a_warning(tmp_path, cache_dir):
    with pytest.warns(UserWarning, match="1 of 1 runs are not done"):
        runs = mihash_bench.run(
            method="lsh", trigger="on", results=tmp_path, cache_dir=cache_dir, timeout=1e-3, **SMALL
        )
    assert runs["status"].tolist() == ["timeout"]
    assert "--timeout" in runs["reason"].iloc[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"methods": "lsh"}, "option: 'methods' is unknown; did you mean 'method'?"),
        ({"bits": 0}, "--bits: 0 is not allowed"),
        ({"setting": "batch1"}, "--setting: 'batch1' is unknown; did you mean 'batch-1'?"),
        ({"setting": "batch-1", "trigger": "on"}, "--trigger: batch-1 has no stream and no trigger"),
        ({"preset": "papr"}, "--preset: 'papr' is unknown; did you mean 'paper'?"),
        ({"timeout": -1}, "--timeout: -1 is not allowed"),
        ({"jobs": "two"}, "--jobs: 'two' is not allowed (allowed: a whole number of at least 1)"),
        ({"rerun": "everything"}, "--rerun: 'everything' is unknown"),
    ],
)
def test_bad_input_is_an_input_error(arguments, said, tmp_path):
    with pytest.raises(InputError) as caught:
        mihash_bench.run(results=tmp_path, **arguments)
    assert said in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_progress_is_shown_unless_switched_off(runs, folder, cache_dir, capfd):
    arguments = {"method": "lsh", "trigger": "on", "results": folder, "cache_dir": cache_dir, **SMALL}
    mihash_bench.run(**arguments)
    assert capfd.readouterr().out == ""
    mihash_bench.run(**{**arguments, "progress": True})
    assert "All runs (1) are already in" in capfd.readouterr().out


def test_load_results_names_each_runs_file_and_warns_of_files_left_out(runs, folder, tmp_path):
    frame = mihash_bench.load_results(folder)
    assert {read_run(folder / path).attributes["key"] for path in frame["path"].unique()} == set(frame["key"])
    bad = tmp_path / "runs" / "bad.h5"
    bad.parent.mkdir()
    bad.write_bytes(b"nothing")
    with pytest.warns(UserWarning, match="left out: .*bad.h5"):
        assert mihash_bench.load_results(tmp_path).empty


def test_table_returns_the_text_of_the_command_line(runs, folder):
    assert mihash_bench.table(folder).startswith("| Dataset | Bits |")
    assert "toprule" in mihash_bench.table(folder, format="latex", metric=["mAP"])
    with pytest.raises(InputError, match="--metric: 'P@7' is unknown"):
        mihash_bench.table(folder, metric="P@7")
    with pytest.raises(InputError, match="--format: 'md' is unknown"):
        mihash_bench.table(folder, format="md")


def test_table_and_plot_take_the_words_of_the_command_line(runs, folder, tmp_path):
    words = {"method": ["mihash", "lsh"], "label": {"mihash": "Ours"}, "trigger": "on"}
    tex = tmp_path / "t.tex"
    made = {"format": "latex", "columns": ["mAP", "updates"], "decimals": 1, "provenance": False, "output": tex}
    text = mihash_bench.table(folder, **words, **made, layout="long", caption="Mine", siunitx=True, second=True)
    assert tex.read_text() == f"{text.rstrip()}\n"
    assert text.index("Ours") < text.index("LSH")
    assert r"\caption{Mine.}" in text
    assert r"\underline" in text
    with pytest.raises(InputError, match=r"option: 'colums' is unknown; did you mean 'columns'\?"):
        mihash_bench.table(folder, colums="mAP")
    with pytest.raises(InputError, match="metric: given together with columns"):
        mihash_bench.table(folder, metric="mAP", columns="mAP")
    chosen = {"x": "bits", "y": "updates", "size": (3, 2), "legend": "none", "format": "png", "provenance": False}
    paths = mihash_bench.plot(folder, output=tmp_path, **words, **chosen, script=tmp_path / "fig.py")
    assert [path.name for path in paths] == ["curve-updates-bits.png", "fig.py", "fig.csv"]
    assert all(path.stat().st_size for path in paths)


@pytest.mark.parametrize("method", ["lsh", "mihash", "sketchhash", "okh"])
def test_an_encoder_codes_raw_vectors_as_the_runs_table_was_coded(method, runs, tmp_path, cache_dir):
    """The AP of every query follows from codes of raw vectors, so preprocessing and functions are the run's own."""
    path = runs[runs["method"] == method]["path"].iloc[0]
    dataset = Sample().load(tmp_path, cache_dir)
    raw = dataset.features.astype(np.float64) * dataset.norms[:, None] + dataset.mean
    codes = mihash_bench.load_encoder(path).encode(raw)
    assert codes.shape == (11_000, 8)
    retrieval = draw_retrieval(dataset, 0)
    found = mihash_bench.evaluate(
        codes[retrieval.database], codes[retrieval.queries], labels=dataset.labels[retrieval.database],
        query_labels=dataset.labels[retrieval.queries],
    )  # fmt: skip
    assert found["mAP"] == pytest.approx(read_run(tmp_path / path).final["ap_expected"].mean(), abs=1e-3)


@pytest.mark.parametrize(
    ("method", "sets"),
    [
        ("sdh", {"sdh.n_anchors": 60}),
        ("dpsh", {"dpsh.epochs": 3}),
        ("vdsh", {"vdsh.epochs": 2}),
        ("fasthash", {"fasthash.n_trees": 5}),
    ],
)
def test_an_encoder_of_a_batch_run_centres_on_the_training_points(method, sets, tmp_path, cache_dir):
    data = {"synthetic.n": 1600, "synthetic.d": 12, "synthetic.classes": 2, "synthetic.difficulty": 1.5}
    runs = mihash_bench.run(
        setting="batch-1", dataset="synthetic", method=method, bits=6, trials=1, set={**data, **sets},
        results=tmp_path, cache_dir=cache_dir, progress=False,
    )  # fmt: skip
    dataset = Synthetic(n=1600, d=12, classes=2, difficulty=1.5).load(tmp_path, cache_dir)
    raw = dataset.features.astype(np.float64) * dataset.norms[:, None] + dataset.mean
    codes = mihash_bench.load_encoder(runs["path"].iloc[0]).encode(raw)
    retrieval = draw_retrieval(dataset, 0)
    labels, asked = dataset.labels[retrieval.database], dataset.labels[retrieval.queries]
    found = mihash_bench.evaluate(
        codes[retrieval.database], codes[retrieval.queries], labels=labels, query_labels=asked
    )
    assert found["mAP"] == pytest.approx(runs["mAP"].iloc[-1], abs=1e-3)


def test_an_encoders_mean_is_that_of_the_training_points(tmp_path, cache_dir):
    """On the run's own rows in raw form, the codes are those of the rows that the run saw, bit by bit."""
    data = {"synthetic.n": 1600, "synthetic.d": 4, "synthetic.classes": 2, "synthetic.difficulty": 3}
    runs = mihash_bench.run(
        setting="batch-1", dataset="synthetic", method="dpsh", bits=64, trials=1, set={**data, "dpsh.epochs": 2},
        results=tmp_path, cache_dir=cache_dir, progress=False,
    )  # fmt: skip
    dataset = Synthetic(n=1600, d=4, classes=2, difficulty=3).load(tmp_path, cache_dir)
    rows = TrainingCentred(dataset, draw_training_points(dataset, 0, 0).training)
    raw = dataset.features.astype(np.float64) * dataset.norms[:, None] + dataset.mean
    encoder = mihash_bench.load_encoder(runs["path"].iloc[0])
    wrong = replace(encoder, mean=dataset.mean)
    seen = encoder.encoder.encode(rows[:])
    assert (encoder.encode(raw) != seen).mean() < 1e-4
    assert (wrong.encode(raw) != seen).mean() > 1e-3


def test_an_encoder_refuses_what_the_run_could_not_have_seen(runs):
    encoder = mihash_bench.load_encoder(runs["path"].iloc[0])
    with pytest.raises(InputError, match=r"X: shape \(3, 5\) \(allowed: \(n, 128\)"):
        encoder.encode(np.zeros((3, 5)))
    for value, told in (
        (np.nan, "NaN or infinity"),
        (np.inf, "NaN or infinity"),
        (1e300, "too large"),
        ("a", r"<U1 \(allowed: real numbers\)"),
        (1j, r"complex128 \(allowed: real numbers\)"),
    ):
        with pytest.raises(InputError, match=f"^X: {told}"):
            encoder.encode(np.full((3, 128), value))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"results": 3}, "results: 3 is not allowed"),
        ({"results": ""}, "results: '' is not allowed"),
        ({"data_dir": b"x"}, "data_dir: b'x' is not allowed"),
        ({"cache_dir": 3}, "cache_dir: 3 is not allowed"),
        ({"config": 3}, "config: 3 is not allowed"),
        ({"timeout": "x"}, "--timeout: 'x' is not allowed"),
        ({"timeout": True}, "--timeout: True is not allowed"),
        ({"max_memory": "2X"}, "--max-memory: '2X' is not allowed .allowed: a size such as 800M or 2G"),
        ({"max_memory": 1.5}, "--max-memory: 1.5 is not allowed"),
        ({"metric": 3}, "--metric: 3 is not allowed"),
        ({"bits": 300}, "--bits: 300 is not allowed .allowed: a whole number from 1 to 256"),
        ({"dry_run": True}, "dry_run: is an option of the command line only .*mihash-bench run --dry-run"),
        ({"yes": True}, "yes: is an option of the command line only"),
    ],
)
def test_arguments_that_are_not_allowed_are_named(given, said, tmp_path):
    with pytest.raises(InputError, match=f"^{said}"):
        mihash_bench.run(**{"results": tmp_path, "progress": False, **given})


@pytest.mark.parametrize("size", ["2G", 2**31, np.int64(2**31)])
def test_a_memory_limit_is_a_text_or_a_number(size):
    assert _execution("results", "datasets", None, {"max_memory": size}).max_memory == 2**31


def test_warnings_point_at_the_caller(runs, folder):
    with pytest.warns(UserWarning, match="^--published: no figure was published") as caught:
        mihash_bench.table(folder, published=True)
    assert {warning.filename for warning in caught} == {__file__}


def test_runs_without_an_encoder_are_named(tmp_path):
    with pytest.raises(InputError, match="run_schema_1.h5: the file is too old to contain the preprocessing"):
        mihash_bench.load_encoder(GOLDEN / "run_schema_1.h5")
    record = read_run(GOLDEN / "run_schema_2.h5")
    write_run(tmp_path / "failed.h5", replace(record, attributes={**record.attributes, "status": "failed"}))
    with pytest.raises(InputError, match=r"failed.h5: the status of the run is failed \(allowed: done\)"):
        mihash_bench.load_encoder(tmp_path / "failed.h5")


def test_evaluate_accepts_labels_label_matrices_and_a_matrix_of_relevance():
    rng = np.random.default_rng(0)
    codes, queries = rng.random((60, 10)) < 0.5, rng.random((7, 10)) < 0.5
    labels, asked = rng.integers(0, 3, 60), rng.integers(0, 3, 7)
    by_label = mihash_bench.evaluate(codes, queries, labels=labels, query_labels=asked, metric="mAP,P@5")
    by_columns = mihash_bench.evaluate(
        codes.astype(int), queries.astype(int), labels=np.eye(3)[labels], query_labels=np.eye(3)[asked],
        metric=["mAP", "P@5"],
    )  # fmt: skip
    relevant = asked[:, None] == labels[None, :]
    by_matrix = mihash_bench.evaluate(codes, queries, relevant=relevant, metric="mAP,P@5")
    assert by_label == by_columns == by_matrix
    assert set(by_label) == {"mAP", "P@5"}


def test_labels_in_a_column_are_labels_and_not_a_matrix():
    rng = np.random.default_rng(0)
    codes, queries = rng.random((60, 10)) < 0.5, rng.random((7, 10)) < 0.5
    labels, asked = rng.integers(0, 3, 60), rng.integers(0, 3, 7)
    plain = mihash_bench.evaluate(codes, queries, labels=labels, query_labels=asked)
    assert mihash_bench.evaluate(codes, queries, labels=labels[:, None], query_labels=asked[:, None]) == plain


def test_queries_without_a_relevant_item_are_counted_in_a_warning():
    with pytest.warns(UserWarning, match="1 of 2 queries have no relevant item"):
        mihash_bench.evaluate(np.eye(4), np.eye(4)[:2], labels=[0, 0, 1, 1], query_labels=[0, 9])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"codes": np.zeros((5, 3))}, "queries: 4 bits"),
        ({"codes": np.full((5, 4), 2)}, "codes: int64 of shape"),
        ({"labels": np.zeros(4)}, "labels, query_labels: shapes"),
        ({"labels": None}, "labels, query_labels: missing"),
        ({"codes": np.zeros((5, 257))}, "codes: 257 bits .*from 1 to 256"),
        ({"metric": 3}, "metric: 3 is not allowed"),
        ({"metric": ["mAP", 3]}, r"metric: \['mAP', 3\] is not allowed"),
        ({"metric": "P@6"}, "--metric: P@6 needs 6 items, but the database has 5"),
        ({"metric": "P@r5"}, "--metric: P@r5 has a radius above the code length of 4 bits"),
        ({"relevant": np.zeros((5, 2), bool), "labels": None, "query_labels": None}, "relevant: bool of shape"),
        ({"relevant": np.zeros((2, 5), bool)}, "relevant: given together with labels"),
        ({"labels": np.full((5, 3), 7), "query_labels": np.full((2, 3), 7)}, "labels: shape .* or a matrix of 0 and 1"),
    ],
)
def test_arrays_that_do_not_fit_together_are_named(change, said):
    arrays = {
        "codes": np.zeros((5, 4)),
        "queries": np.zeros((2, 4)),
        "labels": np.zeros(5),
        "query_labels": np.zeros(2),
    }
    with pytest.raises(InputError, match=said):
        mihash_bench.evaluate(**{**arrays, **change})


def test_importing_the_package_loads_nothing_heavy_and_lists_its_functions():
    code = (
        "import sys, mihash_bench\n"
        "print(sorted({'numpy', 'pandas', 'numba', 'matplotlib', 'scipy'} & set(sys.modules)))\n"
        "print(dir(mihash_bench))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy, names = done.stdout.splitlines()
    assert heavy == "[]"
    assert {"run", "load_results", "table", "evaluate", "load_encoder"} <= set(eval(names))
    assert not hasattr(mihash_bench, "nothing_such")


def test_the_results_are_a_plain_data_frame(runs):
    assert isinstance(runs, pd.DataFrame)


def test_labels_that_are_missing_are_refused():
    codes = np.eye(4, dtype=bool)
    labels = np.array([0.0, 1.0, np.nan, 1.0])
    for given in ({"labels": labels, "query_labels": np.zeros(4)}, {"labels": np.zeros(4), "query_labels": labels}):
        with pytest.raises(InputError, match="a label is missing or NaN"):
            mihash_bench.evaluate(codes, codes, **given)
