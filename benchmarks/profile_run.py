"""Profile of one run in this process, by part."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

from measure import markdown, seconds

from mihash_bench.datasets.base import default_cache_dir
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.result import unobserved
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.parameters import defaults
from mihash_bench.registry import DATASETS, METHODS
from mihash_bench.settings._online_options import OnlineConfig, OnlineOptions
from mihash_bench.settings._online_run import run


def _config(dataset: str, examples: int) -> OnlineConfig:
    method = {k: v for k, v in defaults(METHODS.get("mihash")).items() if k not in ("n_bits", "random_state")}
    names: Any = {"setting": "online", "dataset": dataset, "dataset_parameters": (), "method": "mihash"}
    stream = {name: OnlineOptions.defaults()[name] for name in OnlineOptions.must_agree} | {
        "policy": "full",
        "protocol": "standard",
    }
    own: Any = {"bits": 32, "trigger": "on", "trial": 0, "metrics": ("mAP",), **stream, "examples": examples}
    return OnlineConfig(**names, **own, method_parameters=tuple(method.items()))


def profile(dataset: str, data_dir: Path) -> dict[str, Any]:
    """Perform a default MIHash run and return the seconds of its parts and their amount of work."""
    source = DATASETS.get(dataset)()
    prepared = source.load(data_dir, default_cache_dir())
    retrieval = draw_retrieval(prepared, 0)
    config = _config(dataset, min(source.examples, len(retrieval.database)) // 100 * 100)
    coding: list[float] = []
    tables: list[Any] = []
    plain = Coder.code

    def timed(coder: Coder, snapshots: Any) -> Any:
        before = len(tables)
        coding.append(seconds(lambda: tables.extend(plain(coder, snapshots))))
        return tables[before:]

    results: list[Any] = []
    with patch.object(Coder, "code", timed):
        wall = seconds(lambda: results.append(run(config, prepared, unobserved, Keeper())))
    last = {name: float(column[-1]) for name, column in results[0].curve.items() if name.endswith("_s")}
    n, d = prepared.features.shape
    parts = {"training": last["train_s"], "reservoir and trigger": last["reservoir_s"], "coding": sum(coding),
             "evaluation": last["eval_s"]}  # fmt: skip
    return {
        "dataset": dataset, "wall_s": wall, "parts": {**parts, "everything else": wall - sum(parts.values())},
        "examples": config.examples, "codings": len(tables), "passes": len(coding), "rows": n, "features": d,
        "pairs_an_evaluation": len(retrieval.database) * len(retrieval.queries),
    }  # fmt: skip


def text(profile: dict[str, Any], limits: dict[str, float]) -> str:
    """Return the profile as Markdown, with the hardware limit of each part."""
    wall, parts, codings = profile["wall_s"], profile["parts"], profile["codings"]
    # After the last checkpoint, both treatments of ties are evaluated once more, which is not part of eval_s.
    rows = [
        [name, f"{s:.2f}", f"{100 * s / wall:.0f} %", _beside(name, s, profile, limits)] for name, s in parts.items()
    ]
    title = (
        f"A default MIHash run on `{profile['dataset']}` in one process: {wall:.2f} s; the table was "
        f"coded {codings} times, in {profile['passes']} passes over the features."
    )
    return f"{title}\n\n" + markdown(["part", "s", "share", "compared with its limit"], rows)


def _beside(name: str, s: float, profile: dict[str, Any], limits: dict[str, float]) -> str:
    if name == "evaluation":
        pair = s / profile["codings"] / profile["pairs_an_evaluation"] * 1e9
        bare = limits["XOR and population count, ns per pair (59,000 items)"]
        return f"{pair:.2f} ns per pair; XOR and population count alone take {bare:.2f}"
    if name == "coding":
        rate = 2 * profile["rows"] * profile["features"] * 32 * profile["codings"] / s / 1e9
        reading = 4 * profile["rows"] * profile["features"] * profile["passes"] / s / 1e9
        most = limits["single precision, 8192 x 1024 x 32, GFLOP/s"]
        return f"{rate:.0f} GFLOP/s, of {most:.0f} possible for such a product; features read at {reading:.1f} GB/s"
    if name == "training":
        return f"{s / profile['examples'] * 1e6:.0f} us per step"
    return ""
