"""Own data on the command line, from the import to tables."""

import os

import numpy as np
import pytest

import mihash_bench
from mihash_bench.errors import InputError

from ..own_data.conftest import features, labels, own_folder
from .calling import call
from .test_surroundings import below, refused
from .test_surroundings import run as run_apart

__all__ = ["own_folder"]
SHORT = ("--trials", 1, "--checkpoints", 2, "--examples", 400, "--bits", 8, "-j", 1)


@pytest.fixture
def files(tmp_path, own_folder):
    np.save(tmp_path / "X.npy", features(600))
    np.save(tmp_path / "y.npy", labels(600))
    return tmp_path


def import_(files, *more):
    return call("datasets", "import", files / "X.npy", "--labels", files / "y.npy", "--name", "mine", *more)


def test_an_imported_dataset_works_in_every_verb(files, cache_dir):
    said = import_(files, "--title", "Mine & yours")
    assert said.exit_code == 0, said.stderr
    assert "mine: 600 rows of 4 features, float32" in said.stdout
    assert f"mine: Mine & yours (imported, {files}" in call("datasets", "list").stdout
    assert "600 rows of 4 features (float32)" in call("datasets", "info", "mine").stdout
    results = files / "results"
    sweep = ("run", "--dataset", "mine,sample", "--method", "lsh", "--cache-dir", cache_dir, "-o", results, *SHORT)
    done = call(*sweep)
    assert done.exit_code == 0, done.output
    assert "All runs (4) are already" in call(*sweep).stdout
    assert "Mine & yours" in call("table", results).stdout
    assert r"Mine \& yours" in call("table", results, "--format", "latex").stdout
    assert call("plot", results, "--x", "examples", "-o", files / "plots").exit_code == 0
    assert any("mine" in path.read_text() for path in (files / "plots").glob("*.csv"))
    assert call("export", results, "-o", files / "runs.csv").exit_code == 0
    assert ",mine," in (files / "runs.csv").read_text()
    assert call("status", results).stdout == "4 done\n"
    checked = call("verify", results, "--recompute", "--cache-dir", cache_dir)
    assert checked.exit_code == 0
    assert "their snapshots give the values" in checked.stdout


def test_names_of_any_bytes_can_hold_a_dataset_and_its_files(files, cache_dir):
    folder = files / os.fsdecode(b"data\xff\x1b[31m")
    folder.mkdir()
    given = (files / "X.npy").rename(folder / os.fsdecode(b"X\xfe.npy"))
    done = call("datasets", "import", given, "--name", "mine", "--data-dir", folder)
    assert done.exit_code == 0, done.output
    verbs = [["list"], ["info", "mine"], ["prepare", "mine", "--cache-dir", cache_dir], ["verify", "mine"]]
    for verb in [*verbs, ["remove", "mine"]]:
        done = call("datasets", *verb, "--data-dir", folder)
        assert done.exit_code == 0, (verb, done.output)
        assert all(line.isprintable() for line in done.output.splitlines()), verb


def test_runs_find_a_dataset_below_the_data_dir_and_only_there(files, cache_dir):
    assert import_(files, "--data-dir", files / "d", "--citation", "Me, 2020").exit_code == 0
    run = ("run", "--dataset", "mine", "--method", "lsh", "--cache-dir", cache_dir, "-o", files / "results", *SHORT)
    missing = call(*run)
    assert missing.exit_code == 2
    assert "--dataset: 'mine' is unknown" in missing.stderr
    assert "datasets import" in missing.stderr
    assert call(*run, "--data-dir", files / "d").exit_code == 0
    # Reports need no data.
    assert "mine" in call("table", files / "results").stdout
    bibtex = ("export", files / "results", "--bibtex")
    assert "no BibTeX: dataset mine: it is not known here" in call(*bibtex).stderr
    assert "@misc{mine,\n  title = {mine},\n  note = {Me, 2020},\n}" in call(*bibtex, "--data-dir", files / "d").stdout


def test_another_import_under_the_same_name_is_run_anew(files, cache_dir):
    import_(files)
    run = ("run", "--dataset", "mine", "--method", "lsh", "--trigger", "on", "--cache-dir", cache_dir,
           "-o", files / "results", *SHORT)  # fmt: skip
    assert call(*run).exit_code == 0
    assert import_(files).exit_code == 2
    assert import_(files, "--replace", "--queries", 50).exit_code == 0
    assert "1 to do" in call(*run).stdout


def test_batch_settings_run_on_raw_rows_and_code_new_vectors_as_they_were_trained(files, cache_dir):
    np.save(files / "X.npy", features(3000) * 2 + 1)
    np.save(files / "y.npy", labels(3000))
    assert import_(files, "--normalize", "none").exit_code == 0
    frame = mihash_bench.run(
        dataset="mine", setting="batch-1", method="dpsh", set="dpsh.learning_rate=0.001", bits=8, trials=1,
        checkpoints=1, results=files / "results", cache_dir=cache_dir, jobs=1, progress=False,
    )  # fmt: skip
    encoder = mihash_bench.load_encoder(frame["path"].iloc[0])
    assert not encoder.unit
    assert (encoder.mean == 0).all()
    rows = features(3000) * 2 + 1
    assert np.array_equal(encoder.encode(rows), encoder.encoder.encode(rows))
    with pytest.raises(InputError, match="X: too large"):
        encoder.encode(np.full((1, 4), 1e300))
    checked = call("verify", files / "results", "--recompute", "--cache-dir", cache_dir)
    assert "their snapshots give the values" in checked.stdout


def test_batch_settings_refuse_neighbors_by_distance(files, cache_dir):
    import_(files, "--neighbors", "distance:5%")
    said = call("run", "--dataset", "mine", "--setting", "batch-1", "--cache-dir", cache_dir, "-o", files / "results")
    assert said.exit_code == 2
    assert "mine has no labels (allowed for batch methods: one label per row" in said.stderr


def test_verify_and_remove(files, own_folder):
    import_(files)
    assert "is intact: 600 rows" in call("datasets", "verify", "mine").stdout
    assert "would be removed" in call("datasets", "remove", "mine").stdout
    assert (own_folder / "mine.h5").exists()
    assert call("datasets", "remove", "mine", "--yes").exit_code == 0
    assert not (own_folder / "mine.h5").exists()
    again = call("datasets", "remove", "mine", "--yes")
    assert (again.exit_code, again.stderr.count("\n")) == (2, 1)
    assert "'mine' is no imported dataset (allowed: nothing, because none was imported)" in again.stderr


def test_a_damaged_file_is_named_and_does_not_stop_the_list(files, own_folder):
    import_(files)
    (own_folder / "broken.h5").write_bytes(b"no HDF5")
    (own_folder / "folder.h5").mkdir()
    said = call("datasets", "list")
    assert said.exit_code == 0
    assert f"{own_folder / 'broken.h5'}: damaged" in said.stdout
    assert f"{own_folder / 'folder.h5'}: not a regular file" in said.stdout
    assert "mine: mine (imported" in said.stdout
    assert call("datasets", "verify", "broken").exit_code == 2
    assert call("datasets", "remove", "broken", "--yes").exit_code == 0


def test_a_missing_file_and_an_unknown_format_are_one_line(files):
    for name, found in (("nothing.npy", "there is no such file"), ("X.xlsx", "cannot be read")):
        (files / "X.xlsx").touch()
        said = call("datasets", "import", files / name, "--name", "mine")
        assert said.exit_code == 2
        assert said.stderr.startswith(f"mihash-bench: {files / name}: ")
        assert found in said.stderr
        assert said.stderr.count("\n") == 1


def test_python_imports_arrays_and_runs_on_them(own_folder, tmp_path, cache_dir):
    rows, numbers = features(600), labels(600)
    seen = mihash_bench.import_dataset(
        rows[:500], numbers[:500].tolist(), name="arrays", title="Arrays", queries=rows[500:],
        query_labels=numbers[500:],
    )  # fmt: skip
    assert "queries: 100 given, 500 rows are the database" in str(seen)
    frame = mihash_bench.run(
        dataset="arrays", method="lsh", bits=8, trials=1, trigger="on", checkpoints=1, results=tmp_path / "results",
        cache_dir=cache_dir, jobs=1, progress=False,
    )  # fmt: skip
    assert frame["dataset_title"].tolist() == ["Arrays"]
    assert frame["mAP"].iloc[-1] > 0.5
    with pytest.raises(InputError, match="option: 'titel' is unknown; did you mean 'title'"):
        mihash_bench.import_dataset(rows, name="more", titel="x")


def test_tune_and_a_sweep_from_a_file_use_an_imported_dataset(files, cache_dir):
    np.save(files / "X.npy", features(2400))
    np.save(files / "y.npy", labels(2400))
    assert import_(files, "--data-dir", files / "d").exit_code == 0
    where = ("--data-dir", files / "d", "--cache-dir", cache_dir, "-o", files / "results", "-j", 1)
    tuned = call("tune", "--dataset", "mine", "--method", "dpsh", "--bits", 8, "--budget", 1, *where)
    assert tuned.exit_code == 0, tuned.output
    (files / "sweep.toml").write_text('dataset = "mine"\nmethod = "lsh"\nbits = 8\ntrials = 1\nexamples = 400\n')
    assert call("run", "--config", files / "sweep.toml", *where).exit_code == 0


PLUGIN = """
from mihash_bench.methods.lsh import LSH


class Mine(LSH):
    name, title = "own", "Own"
    NOTE = 1
"""


def test_runs_of_changed_code_on_an_imported_dataset_are_left_out(files, cache_dir):
    import_(files)
    plugin, results = files / "own.py", files / "results"
    plugin.write_text(PLUGIN)
    run = ("run", "--plugin", plugin, "--dataset", "mine", "--method", "own", "--trigger", "on", "-o", results,
           "--cache-dir", cache_dir, *SHORT)  # fmt: skip
    assert call(*run).exit_code == 0
    assert "older" not in call("status", results, "--plugin", plugin).output
    plugin.write_text(PLUGIN.replace("NOTE = 1", "NOTE = 2"))
    assert "1 run of own (online) made by older code" in call("status", results, "--plugin", plugin).output
    refused = call("table", results, "--plugin", plugin)
    assert "left out: 1 run of own (online) made by older code" in refused.stderr
    assert (refused.exit_code, "has no finished run" in refused.stderr, refused.stdout) == (2, True, "")


def test_show_gives_the_command_of_a_run_on_an_imported_dataset(files, cache_dir):
    import_(files)
    results = files / "results"
    run = ("run", "--dataset", "mine", "--method", "lsh", "--trigger", "on", "--cache-dir", cache_dir, *SHORT)
    assert call(*run, "-o", results).exit_code == 0
    (path,) = results.rglob("*.h5")
    said = call("show", path)
    assert said.exit_code == 0, said.output
    assert "--dataset mine" in said.stdout
    assert "here is none" not in said.output


def test_a_full_disk_is_one_line_and_leaves_nothing(files, own_folder):
    given = ("datasets", "import", str(files / "X.npy"), "--name", "mine")
    refused(run_apart(*given, preexec_fn=below(50)), f"--data-dir: cannot write to {own_folder}")
    assert not [path for path in own_folder.iterdir() if path.name != ".locks"]
