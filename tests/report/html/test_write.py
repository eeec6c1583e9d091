"""The HTML report of run files that were written by hand."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods.lsh import LSH
from mihash_bench.report.data.choice import Choice
from mihash_bench.report.html import plotly
from mihash_bench.report.html.numbers import Numbers
from mihash_bench.report.html.queries import queries_of
from mihash_bench.report.html.series import choices_of
from mihash_bench.report.html.write import write_html
from mihash_bench.store.results import load_results

from ...records import record, write, written

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)> {{7*7}} \u2028\u202e&amp; %{x} $x$"


class Elements(HTMLParser):
    """The tags of a page with their attributes, and the text of each script by its id."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.inside = [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = dict(attributes).get("id", "") if tag == "script" else None

    def handle_data(self, data):
        if self.inside is not None:
            self.scripts[self.inside] = self.scripts.get(self.inside, "") + data

    def handle_endtag(self, tag):
        self.inside = None


def page_of(results, tmp_path, **options):
    path = write_html(results, tmp_path / "out" / "report.html", lambda line: None, **options)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def results(tmp_path):
    return usual_runs(tmp_path / "results")


def usual_runs(folder):
    for trial in (0, 1):
        written(folder, trial=trial)
    written(folder, trial=2, status="failed", reason=HOSTILE)
    return folder


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """The page of the runs of ``results``."""
    folder = tmp_path_factory.mktemp("usual")
    return page_of(usual_runs(folder / "results"), folder)


def test_texts_of_run_files_are_never_markup(results, tmp_path, monkeypatch):
    monkeypatch.setattr(LSH, "title", HOSTILE)
    text = page_of(results, tmp_path, choice=Choice(labels={"sample": HOSTILE}))
    elements = Elements(text)
    tags = [tag for tag, _ in elements.tags]
    assert tags.count("script") == 3
    assert "img" not in tags
    assert not any(name.startswith("on") for _, attributes in elements.tags for name in attributes)
    assert "\u202e" not in text
    assert "{{7*7}}" in text
    series = json.loads(elements.scripts["data"])["series"]
    assert [each["name"] for each in series] == [HOSTILE.replace("\u2028", "\\u2028").replace("\u202e", "\\u202e")]


def test_only_the_scripts_of_the_page_may_run_and_nothing_is_loaded(usual):
    elements = Elements(usual)
    [policy] = [each["content"] for tag, each in elements.tags if each.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    for _, attributes in elements.tags:
        assert not re.match(r"(https?:)?//", attributes.get("src") or attributes.get("href") or "")


def test_failures_are_listed_with_their_reasons(usual):
    assert "2 done, 1 failed" in " ".join(usual.split())
    assert "sample lsh 8 bits, trigger on, trial 2" in usual
    assert "&lt;img src=x onerror=alert(1)&gt;" in usual


def test_a_table_of_one_dataset_names_it_in_the_caption(usual, results, tmp_path):
    assert 'data-column="dataset"' not in usual
    assert "CIFAR-10 sample (checkpoints=2): mAP (ties expected" in usual
    written(tmp_path / "results", seed=1)
    assert 'data-column="dataset"' in page_of(results, tmp_path)


def test_what_the_trigger_saves_is_shown_where_there_are_runs_without_it(tmp_path):
    write(tmp_path / "results", with_decisions())
    assert "Updates, off" not in page_of(tmp_path / "results", tmp_path)
    written(tmp_path / "results", trigger="off")
    assert "Updates, off" in page_of(tmp_path / "results", tmp_path)


def test_a_page_without_provenance_does_not_say_what_made_it(usual, results, tmp_path):
    assert "Made by: mihash-bench report" in page_of(results, tmp_path, made_by=("command", "mihash-bench report"))
    assert "Made by" not in usual


def with_decisions():
    """The record of a run that has computed Q."""
    made = record()
    q = {"q_current": np.array([0.2, 0.3]), "q_snapshot": np.array([0.1, 0.3])}
    return replace(made, trigger={**made.trigger, **q})


def test_the_decisions_of_the_trigger_are_in_the_page(tmp_path):
    write(tmp_path / "results", with_decisions())
    data = json.loads(Elements(page_of(tmp_path / "results", tmp_path)).scripts["data"])
    [run] = data["triggers"]
    assert (run["updates"], run["decisions"], run["trial"]) == (1.0, 2, 0)


def test_hundreds_of_runs_stay_below_10_mb(tmp_path):
    rng = np.random.default_rng(0)
    for trigger in ("on", "off"):
        for trial in range(3):
            made, checkpoints = record(trigger=trigger, trial=trial, metrics=["mAP", "mAP@1000"]), 50
            curve = {name: np.sort(rng.random(checkpoints)) for name in made.curve}
            curve |= {"examples": np.linspace(0, 2_000, checkpoints), "updates": np.arange(checkpoints) * 1.0}
            ap = rng.random(1_000)
            curve["mAP"][-1] = curve["mAP@1000"][-1] = ap.mean()
            decided = {"examples": np.arange(1, checkpoints) * 40, "updated": np.ones(checkpoints - 1, bool)}
            decided |= {name: rng.random(checkpoints - 1) for name in ("q_current", "q_snapshot")}
            final = {**made.final, "queries": np.arange(1_000), "ap_expected": ap, "ap_index": ap}
            changed = {"curve": curve, "trigger": decided, "final": final, "per_query": {"mAP@1000": ap}}
            write(tmp_path / "results", replace(made, **changed))
    scripts = Elements(page_of(tmp_path / "results", tmp_path)).scripts
    data = json.loads(scripts["data"])
    assert len(data["triggers"]) == 3
    of_a_run = len(scripts["data"]) / 6
    assert 300 * of_a_run + len(scripts["plotly"]) < 10e6


def test_tables_and_figures_of_runs_with_learned_codes_in_the_table_say_so(tmp_path):
    written(tmp_path / "results", policy="learned")
    choice = Choice(labels={"sample (checkpoints=2,policy=learned)": "Ours"})
    text = page_of(tmp_path / "results", tmp_path, choice=choice)
    [panel] = json.loads(Elements(text).scripts["data"])["panels"]
    assert panel["dataset"] == "Ours"
    assert panel["remarks"][0].startswith("Policy learned: labels in the table.")
    assert "Policy learned: labels in the table." in text.split("<script")[0]


def two_metrics(**changed):
    """The record of a run with the values of queries of two metrics."""
    made = record(metrics=["mAP", "P@2"], **changed)
    return replace(made, per_query={"P@2": np.array([0.0, 0.5, 1.0])})


def entries_of(results, metrics, most_bytes):
    """What a page of up to so many bytes of values has about single queries."""
    loaded = load_results(results)
    choices, last = choices_of(loaded.runs), loaded.last_rows(loaded.runs)
    return queries_of(last, metrics, loaded, choices, Numbers(), most_bytes)


def test_metrics_for_whose_values_there_is_no_room_have_their_distribution(tmp_path):
    write(tmp_path, two_metrics())
    every = entries_of(tmp_path, ["mAP", "P@2"], 24)
    assert [("values" in entry, entry["mean"]) for entry in every] == [(True, 0.5), (True, 0.5)]
    first, second = entries_of(tmp_path, ["mAP", "P@2"], 23)
    assert "values" in first
    assert "values" not in second
    assert [second[name] for name in ("n", "least", "median", "greatest")] == [3, 0.0, 0.5, 1.0]


def test_a_series_with_a_run_without_values_of_queries_is_left_out(tmp_path):
    write(tmp_path, two_metrics())
    write(tmp_path, replace(two_metrics(trial=1), per_query={}))
    assert [entry["metric"] for entry in entries_of(tmp_path, ["mAP", "P@2"], 1_000)] == ["mAP"]


def test_the_same_runs_give_the_same_bytes(results, tmp_path):
    assert page_of(results, tmp_path) == page_of(results, tmp_path)


def test_a_missing_library_is_one_line(results, tmp_path, monkeypatch):
    monkeypatch.setattr(plotly, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"plotly, which is not installed \(pip install 'mihash-bench\[report\]'\)"):
        write_html(results, tmp_path / "report.html", pytest.fail)
    assert not (tmp_path / "report.html").exists()


def test_a_folder_without_a_finished_run_is_refused(tmp_path):
    written(tmp_path, status="failed", reason="broken")
    with pytest.raises(InputError, match="has no finished run"):
        write_html(tmp_path, tmp_path / "report.html", lambda line: None)
