"""Records of runs whose key, names and final values agree with each other, without performing the runs."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from mihash_bench.experiment.config import key_of_text
from mihash_bench.methods.lsh import LSH
from mihash_bench.parameters import defaults
from mihash_bench.settings._online_options import OnlineConfig
from mihash_bench.store.columns import COST_COLUMNS
from mihash_bench.store.layout import run_path
from mihash_bench.store.run_file import RunRecord, write_run

NAMES = ("setting", "dataset", "method", "bits", "trigger", "trial")


def config_text(**changed: Any) -> str:
    """The canonical text of the config of an online run, with some values changed, whether they are allowed or not."""
    config = OnlineConfig(
        setting="online", dataset="sample", dataset_parameters=(("labels", True),), method="lsh",
        method_parameters=tuple(sorted(defaults(LSH).items())), bits=8, trial=0, checkpoints=2, metrics=("mAP",),
        seed=0, trigger="on", examples=2_000, reservoir=200, update_interval=100, threshold=0.0,
    )  # fmt: skip
    plain = {**json.loads(config.to_json()), **changed}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def record(*, status: str = "done", reason: str = "", traceback: str = "", **changed: Any) -> RunRecord:
    """The record of a run with two checkpoints. changed: values of its config."""
    text = config_text(**changed)
    plain = json.loads(text)
    about = {name: plain[name] for name in NAMES} | {
        "variant": "", "protocol": "checkpoints=2", "metrics": ",".join(plain["metrics"]), "config": text,
        "key": key_of_text(text, "d" * 64, 1), "dataset_digest": "d" * 64, "method_version": 1,
        "method_title": plain["method"].upper(), "dataset_title": plain["dataset"].title(), "status": status,
        "reason": reason, "traceback": traceback, "started": "2026-01-01", "ended": "2026-01-01", "versions": "{}",
        "machine": "{}", "git_commit": "", "git_dirty": False,
    }  # fmt: skip
    if status != "done":
        return RunRecord(about)
    curve = {name: np.array([0.0, 1.0]) for name in COST_COLUMNS}
    curve |= {"examples": np.array([0.0, plain["examples"]])}
    curve |= {metric: np.array([0.25, 0.5]) for metric in plain["metrics"]}
    trigger = {"examples": np.array([100, 200]), "updated": np.array([True, False])}
    final = {"queries": np.arange(3), "ap_expected": np.full(3, 0.5), "ap_index": np.full(3, 0.5)}
    return RunRecord(about, curve, trigger, final | {"W": np.eye(4, plain["bits"])}, {"mean": np.zeros(4)})


def write(results: Path, made: RunRecord) -> Path:
    """Write a record to its place in a results folder."""
    path = run_path(
        results,
        key=str(made.attributes["key"]),
        **{name: made.attributes[name] for name in NAMES},  # type: ignore[arg-type]
    )
    write_run(path, made)
    return path


def written(results: Path, **changed: Any) -> Path:
    """Write the file of such a run and return its path."""
    return write(results, record(**changed))
