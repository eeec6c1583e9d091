"""``mihash-bench search``: the codes of finished runs in real engines."""

import csv
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mihash_bench.codes import hamming, unpack
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.experiment.feature_neighbors import feature_neighbors
from mihash_bench.report.data.choice import Choice
from mihash_bench.report.figures.figure import figure_of
from mihash_bench.search.figures import rebuilding_grid
from mihash_bench.search.study import measure
from mihash_bench.search.tables import numbers_of_queries
from mihash_bench.search.wishes import Wishes
from mihash_bench.settings.base import read_config
from mihash_bench.store.companions import read_search, search_path
from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.table_codes import final_codes
from mihash_bench.sweeps.verify import fault_of

from .calling import call

RUN = (
    "--dataset", "synthetic", "--set", "synthetic.n=400", "--method", "mihash", "--bits", "12", "--trials", "1",
    "--examples", "300", "--checkpoints", "3",
)  # fmt: skip
K = 10


@pytest.fixture(scope="module")
def results(tmp_path_factory, cache_dir):
    folder = tmp_path_factory.mktemp("search")
    done = call("run", *RUN, "-o", folder, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    return folder


def search(results, cache_dir, *words):
    return call("search", results, "-k", K, "--cache-dir", cache_dir, *words)


@pytest.fixture(scope="module")
def searched(results, cache_dir):
    done = search(results, cache_dir)
    assert done.exit_code == 0, done.output
    return done


def table(results, name):
    with (results / "search" / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


def files(results):
    return sorted((results / "runs").rglob("*.h5"))


def test_the_table_has_each_index_with_each_effort_and_trigger(searched, results):
    rows = table(results, "table-search")
    assert {row["Index"] for row in rows} == {"Flat", "IVF", "HNSW", "Hash", "MultiHash"}
    assert {row["Trigger"] for row in rows} == {"on", "off"}
    assert {row["Effort"] for row in rows if row["Index"] == "Hash"} == {f"nflip={n}" for n in range(4)}
    flat = next(row for row in rows if row["Index"] == "Flat")
    assert (flat["Effort"], float(flat["Recall of codes"])) == ("all rows", 1.0)
    for name in ("search-recall", "search-precision", "search-rebuilding"):
        assert (results / "search" / f"{name}.pdf").stat().st_size > 1000
    for ending in ("tex", "md", "provenance.json"):
        assert (results / "search" / f"table-rebuilding.{ending}").exists()


def test_values_of_a_run_are_those_of_brute_force_on_its_codes(searched, results, cache_dir):
    path = next(each for each in files(results) if "-on-" in each.name)
    record = read_run(path)
    setting, config = read_config(str(record.attributes["config"]))
    view = setting.retrieval(config, Synthetic(n=400).load(results, cache_dir))
    words = final_codes(record, setting, config, view)
    distances = hamming(*(unpack(words[rows], 12) for rows in (view.queries, view.database)))
    near, relevance = feature_neighbors(view, K), view.relevance.block(0, len(view.queries))
    [entry] = [each for each in read_search(path, record.attributes["key"]) if each["index"].startswith("faiss-hash[")]
    assert (entry["rows"], entry["queries"], entry["k"]) == (*distances.shape[::-1], K)
    # With 12 bits and 8 bits in the number of a bucket, no flip: the rows of the query's own bucket, nearest first.
    codes, asked = (unpack(words[rows], 12)[:, :8] for rows in (view.database, view.queries))
    here = (asked[:, None] == codes[None]).all(2)
    [measure] = [each for each in entry["measures"] if each["effort"] == "nflip=0"]
    assert measure["candidates"] == pytest.approx(here.sum(1).mean())
    assert measure["unanswered"] == (~here.any(1)).mean()
    farthest = np.sort(distances, axis=1)[:, K - 1]
    hits = np.minimum((here & (distances <= farthest[:, None])).sum(1), K)
    assert measure["code_recall"] == pytest.approx(hits.mean() / K)
    # Buckets with at most K rows are returned as a whole, so that no tie is left to the engine.
    if (here.sum(1) <= K).all():
        of_features = np.mean([np.isin(np.flatnonzero(row), near.of(q)).sum() for q, row in enumerate(here)]) / K
        assert measure["feature_recall"] == pytest.approx(of_features)
        assert measure["precision"] == pytest.approx((here & relevance).sum() / (K * len(here)))


def test_rebuilding_is_the_seconds_of_a_build_times_the_updates_of_the_run(searched, results):
    rows = {row["Index"]: row for row in table(results, "table-rebuilding")}
    by_trigger = {read_run(path).attributes["trigger"]: path for path in files(results)}
    for trigger, path in by_trigger.items():
        record = read_run(path)
        for entry in read_search(path, record.attributes["key"]):
            seconds = entry["measures"][0]["build_s"] * record.curve["updates"][-1]
            title = {"faiss-hnsw": "HNSW", "faiss-flat": "Flat"}.get(entry["index"].partition("[")[0])
            if title:
                assert float(rows[title][f"{trigger.capitalize()} (s)"]) == pytest.approx(seconds)
    curves = {trigger: read_run(path).curve["mAP"] for trigger, path in by_trigger.items()}
    assert float(rows["Flat"]["Largest loss"]) == pytest.approx(max(curves["off"] - curves["on"]))
    assert float(rows["Flat"]["mAP lost at the end"]) == pytest.approx(curves["off"][-1] - curves["on"][-1])


def measured(results, cache_dir, engines=(), texts=(), trigger=("on", "off"), again=False):
    """What is measured, the lines about what is left out, and those about what is measured, without any file."""
    left_out, said = [], []
    choice = Choice({"trigger": trigger})
    wishes = Wishes(engines, texts, K, again)
    found = measure(results, wishes, Path("/nowhere"), Path(cache_dir), left_out.append, said.append, choice=choice)
    return found, left_out, said


def test_what_was_measured_is_kept_and_read_again_until_it_is_asked_for_again(searched, results, cache_dir):
    before = {path: search_path(path).read_bytes() for path in files(results)}
    found, left_out, said = measured(results, "/nowhere")
    assert (len(found.searched), left_out, said) == (len(table(results, "table-search")), [], [])
    assert {path: search_path(path).read_bytes() for path in files(results)} == before
    *_, said = measured(results, cache_dir, ("faiss-flat",), trigger=("on",), again=True)
    assert len(said) == 1
    # Files of the other trigger, and entries of other engines, stay.
    changed = [path for path in before if search_path(path).read_bytes() != before[path]]
    assert [path.name[:6] for path in changed] == ["12b-on"]
    assert len(read_search(changed[0], read_run(changed[0]).attributes["key"])) == 5


def test_a_damaged_file_of_measurements_is_named_and_replaced(searched, results, cache_dir):
    path = files(results)[0]
    search_path(path).write_bytes(search_path(path).read_bytes()[:-3])
    assert str(search_path(path)) in fault_of(path, results)
    _, [line], said = measured(results, cache_dir, ("faiss-flat",))
    assert line.startswith(str(search_path(path)))
    assert line.endswith("so it is replaced")
    assert len(said) == 1
    assert fault_of(path, results) == ""


def test_what_is_not_possible_is_left_out_with_its_reason(results, cache_dir):
    found, left_out, _ = measured(results, cache_dir, ("faiss-hash", "faiss-flat"), ("faiss-hash.b=16",))
    assert set(found.searched["engine"]) == {"faiss-flat"}
    assert {line.partition("trial 0: ")[2] for line in left_out} == {
        "faiss-hash.b: 16 (allowed at 12 bits: at most 12)"
    }
    too_many = call("search", results, "-k", 401, "--cache-dir", cache_dir)
    assert too_many.exit_code == 2
    assert "-k: 401 (allowed with a table of 360 rows: at most 360)" in too_many.stderr


def test_an_unknown_engine_or_parameter_is_named(results):
    unknown = call("search", results, "--engine", "faiss-hsh")
    assert (unknown.exit_code, unknown.stderr.count("\n")) == (2, 1)
    assert "--engine: 'faiss-hsh' is unknown; did you mean 'faiss-hash'?" in unknown.stderr
    assert call("search", results, "--set", "faiss-hash.c=1").exit_code == 2


def test_without_faiss_one_line_says_what_to_install(results, monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    done = call("search", results)
    assert done.exit_code == 2
    assert done.stderr == (
        "mihash-bench: --engine: faiss-flat needs faiss, which is not installed "
        "(allowed: pip install 'mihash-bench[search]')\n"
    )


def test_codes_of_several_updates_are_left_out(tmp_path, cache_dir):
    words = (*RUN, "--policy", "pool", "--set", "pool.nearest=20", "--trigger", "off", "-o", tmp_path)
    done = call("run", *words, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    done = search(tmp_path, cache_dir, "--engine", "faiss-flat")
    assert done.exit_code == 2
    assert "its table has codes of several updates under policy pool" in done.stderr


def test_the_caption_says_how_many_queries_were_asked_on_each_dataset():
    asked = pd.DataFrame({"queries": [500, 500, 1000], "dataset_title": ["Sample", "Sample", "CIFAR-10"]})
    assert numbers_of_queries(asked[:2]) == "500 queries"
    assert numbers_of_queries(asked) == "500 queries (Sample) and 1,000 queries (CIFAR-10)"


def test_panels_of_engines_of_unlike_cost_keep_all_markers_within_their_limits():
    about = {"setting": "online", "dataset": "sample", "dataset_title": "Sample", "bits": 12, "variant": "", "trial": 0,
             "method": "mihash", "method_title": "MIHash", "status": "done"}  # fmt: skip
    rows = [
        {**about, "trigger": on, "index": name, "engine_title": name, "rebuild_s": factor * cost, "auc": 0.5, "key": on}
        for name, cost in (("flat", 1e-4), ("ivf", 3.0))
        for on, factor in (("on", 1), ("off", 4))
    ]
    drawn = figure_of(rebuilding_grid(pd.DataFrame(rows), "mAP"))
    for place, panel in drawn.panels:
        low, high = drawn.axes[place].get_xlim()
        seconds = panel.rows["rebuild_s"]
        assert low < seconds.min() < seconds.max() < high < 2 * seconds.max()
