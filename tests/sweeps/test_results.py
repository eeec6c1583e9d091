"""What reports get from a results folder."""

import subprocess
import sys
from dataclasses import replace
from importlib.metadata import EntryPoint

from mihash_bench.registry import SETTINGS
from mihash_bench.settings.online import Online
from mihash_bench.sweeps.results import load_results, verdict

from ..records import record, write, written


def test_a_verdict_lasts_only_if_it_depends_on_this_package_alone(tmp_path):
    path = tmp_path / "x.h5"
    for changed in ({"setting": "elsewhere"}, {"method": "elsewhere"}, {"dataset": "elsewhere"}):
        assert verdict(record(**changed), path, None)[:2] == ("", False)
    assert verdict(record(), path, None)[:2] == ("", True)
    assert verdict(record(config="nothing"), path, None).lasting is False


def test_variant_protocol_and_titles_follow_from_the_config(tmp_path):
    usual = {"momentum": 0.9}
    written(tmp_path, trial=0)
    written(tmp_path, trial=1, seed=7)
    written(tmp_path, trial=2, checkpoints=50, method="elsewhere", method_parameters=usual)
    runs = load_results(tmp_path).runs.set_index("trial")
    assert runs["protocol"].to_dict() == {0: "checkpoints=2", 1: "checkpoints=2,seed=7", 2: "checkpoints=2"}
    assert runs["method_title"].to_dict() == {0: "LSH", 1: "LSH", 2: "ELSEWHERE"}
    assert set(runs["variant"]) == {""}


class ByTrial(Online):
    """A setting of another package, in which runs of different trials and code lengths are not compared."""

    name = "by-trial"

    def protocol(self, config, **usual):
        """Name what the others do not."""
        return f"only={config.trial},{config.bits}"


def test_runs_that_differ_in_trial_and_bits_have_the_protocol_that_their_setting_gives_each(tmp_path, monkeypatch):
    point = EntryPoint("by-trial", f"{__name__}:ByTrial", SETTINGS.package)
    monkeypatch.setitem(SETTINGS._installed, "by-trial", point)
    for trial, bits in ((0, 8), (1, 8), (1, 16)):
        written(tmp_path, setting="by-trial", trial=trial, bits=bits)
        written(tmp_path, trial=trial, bits=bits, seed=7)
    runs = load_results(tmp_path).runs
    own = runs[runs["setting"] == "by-trial"]
    assert own["protocol"].tolist() == [f"only={t},{b}" for t, b in zip(own["trial"], own["bits"], strict=True)]
    assert set(runs[runs["setting"] == "online"]["protocol"]) == {"checkpoints=2,seed=7"}
    assert len(runs) == 6


def test_a_process_that_reads_files_loads_no_pandas():
    code = "import sys, mihash_bench.sweeps.results; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_everything_reads_also_what_has_not_changed(tmp_path):
    path = written(tmp_path)
    load_results(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    assert len(load_results(tmp_path, everything=True).refused) == 1


def test_a_value_that_only_some_runs_call_the_default_of_their_dataset_is_named(tmp_path):
    written(tmp_path, trial=0)
    assert load_results(tmp_path).runs["protocol"].tolist() == ["checkpoints=2"]
    made = record(trial=1)
    write(tmp_path, replace(made, attributes={**made.attributes, "protocol": "examples=2000,checkpoints=2"}))
    assert load_results(tmp_path).runs["protocol"].tolist() == ["examples=2000,checkpoints=2"] * 2


def test_two_values_cannot_both_be_the_default_of_a_dataset(tmp_path):
    written(tmp_path, trial=0)
    written(tmp_path, trial=1, examples=1_000)
    written(tmp_path, trial=2, examples=1_000, seed=5)
    runs = load_results(tmp_path).runs.set_index("trial")
    assert runs["protocol"].to_dict() == {
        0: "examples=2000,checkpoints=2", 1: "examples=1000,checkpoints=2", 2: "checkpoints=2,seed=5",
    }  # fmt: skip
