"""``--reference float`` of plot and table."""

import base64
import json

import numpy as np
import pytest

from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.experiment.float_ranking import float_values
from mihash_bench.metrics.base import parse_metric
from mihash_bench.settings.base import read_config, setting_of
from mihash_bench.store.run_file import read_run

from .calling import call

WORDS = (
    "--dataset", "synthetic", "--set", "synthetic.n=400", "--method", "lsh", "--bits", "8", "--trials", "1",
    "--trigger", "off", "--examples", "200", "--checkpoints", "2", "--metric", "mAP,P@r2",
)  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory, cache_dir):
    folder = tmp_path_factory.mktemp("reference")
    done = call("run", *WORDS, "-o", folder, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def expected(results, cache_dir):
    [path] = results.glob("runs/online/synthetic/lsh/*.h5")
    _, config = read_config(str(read_run(path).attributes["config"]))
    dataset = Synthetic(n=400).load(results, cache_dir)
    [(seen, view)] = setting_of("online").views(config, dataset)
    assert seen is None
    return float_values(view, [parse_metric("mAP")])["mAP"]


def references(results):
    return [json.loads(path.read_text()) for path in (results / "references").glob("float-*.json")]


def test_a_table_says_what_the_features_reach_and_keeps_it_in_a_file(results, expected, cache_dir):
    first = call("table", results, "--reference", "float", "--cache-dir", cache_dir)
    assert first.exit_code == 0, first.output
    of = "Synthetic clusters (n=400, examples=200, checkpoints=2)"
    note = f"Rows ranked by the cosine of their features, without codes: {of}: mAP {expected:.3f}."
    assert note in first.output
    [kept] = references(results)
    assert kept["values"]["mAP"][""] == pytest.approx(expected)
    assert kept["facts"]["dataset"] == "synthetic"
    # It is read without the dataset now.
    again = call("table", results, "--reference", "float", "--cache-dir", "/nowhere", "--data-dir", "/nowhere")
    assert note in again.output
    assert note not in call("table", results).output


def test_figures_have_a_line_of_the_reference(results, cache_dir, tmp_path):
    words = ("plot", results, "--x", "examples", "--format", "png", "--no-provenance", "--cache-dir", cache_dir)
    assert call(*words, "-o", tmp_path / "without").exit_code == 0
    done = call(*words, "-o", tmp_path / "with", "--reference", "float")
    assert done.exit_code == 0, done.output
    without, beside = ((tmp_path / name / "curve-mAP-examples.png").read_bytes() for name in ("without", "with"))
    assert without != beside


def test_the_page_has_the_line_of_the_reference(results, expected, cache_dir, tmp_path):
    done = call("report", results, "-o", tmp_path / "r.html", "--reference", "float", "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    lines = [line for view in data["views"] if view["metric"] == "mAP" for line in view["references"]]
    kind, content = data["arrays"][lines[0]["mean"]]
    assert kind == "Float32Array"
    assert np.frombuffer(base64.b64decode(content), "<f4")[0] == pytest.approx(expected)
    assert len({line["mean"] for line in lines}) == 1
    assert not any(view["references"] for view in data["views"] if view["metric"] == "P@r2")
    assert f"mAP {expected:.3f}" in text


def test_a_metric_of_distances_has_no_reference(results, cache_dir):
    done = call("table", results, "--metric", "P@r2", "--reference", "float", "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    assert "without codes" not in done.output


def test_a_file_that_was_changed_is_replaced(results, expected, cache_dir):
    call("table", results, "--reference", "float", "--cache-dir", cache_dir)
    [path] = (results / "references").glob("float-*.json")
    path.write_text(path.read_text().replace(str(references(results)[0]["values"]["mAP"][""]), "0.9"))
    done = call("table", results, "--reference", "float", "--cache-dir", cache_dir)
    assert f"{path}: this file is damaged and is replaced" in done.output
    assert references(results)[0]["values"]["mAP"][""] == pytest.approx(expected)


def test_a_script_does_not_draw_a_reference(results, tmp_path):
    done = call("plot", results, "--x", "examples", "--script", tmp_path / "f.py", "--reference", "float")
    assert done.exit_code == 2
    assert "--reference: float is not possible with --script" in done.output
