"""Small tidy frames, made by hand."""

import numpy as np
import pandas as pd

from mihash_bench.store.columns import COST_COLUMNS


class Runs:
    """Runs whose values of queries are given by key, and a memory that counts what is put into it.

    stored: the metrics whose values are stored.
    """

    def __init__(self, queries, values, stored=("mAP",)):
        self.queries, self.values, self.kept, self.read, self.stored = queries, values, {}, [], stored
        self.derived = self

    def has_values(self, key, metric):
        return metric in self.stored

    def values_of_queries(self, key, metric):
        self.read.append(key)
        return self.queries, self.values[key]

    def get(self, name, keys):
        return self.kept.get((name, *keys))

    def put(self, name, keys, value):
        self.kept[name, *keys] = value


IDENTITY = ("dataset", "method", "variant", "bits", "trigger", "trial", "protocol", "status")


def run(method="mihash", trial=0, trigger="on", values=(0.1, 0.3, 0.5), x=(0, 100, 200), **changed):
    """The rows of one finished run."""
    about = {
        "setting": "online", "dataset": "sample", "method": method, "variant": "", "bits": 32, "trigger": trigger,
        "trial": trial, "status": "done", "protocol": "", "started": "1", "method_title": method.upper(),
        "dataset_title": "Sample", "reason": "", "method_version": 1, "dataset_digest": "d" * 64, "code": "",
        **changed,
    }  # fmt: skip
    about.setdefault("key", "-".join(str(about[name]) for name in IDENTITY))
    costs = {name: np.zeros(len(x)) for name in COST_COLUMNS}
    costs |= {"examples": np.array(x), "updates": np.arange(len(x)), "bit_recomputations": 1000 * np.arange(len(x))}
    return pd.DataFrame({**costs, "mAP": values}).assign(**about)


def batch_run(method="sdh", trial=0, bits=12, values=(0.1, 0.4), **changed):
    """The rows of one finished batch run of two epochs (one if its variant says so), as ``comparable`` leaves them."""
    about = {"setting": "batch-1", "train_memory_bytes": 3 * 2**20, **changed}
    key = f"batch-{method}-{bits}-{trial}-{about.get('variant', '')}"
    rows = run(method, trial, "", values, x=(0, 5_000), bits=bits, **{"key": key, **about})
    epochs = (1 if about.get("variant") == "epochs=1" else 2) * np.arange(len(rows))
    return rows.assign(epoch=epochs, objective=1.0 - np.array(values), train_s=2.0 * np.arange(len(rows)))


def failed(**changed):
    """The one row of a run that is not done."""
    row = run(**{"status": "failed", **changed}).tail(1)
    return row.assign(**dict.fromkeys([*COST_COLUMNS, "mAP"], np.nan))


def joined(*frames):
    """Runs as the store delivers them."""
    return pd.concat(frames, ignore_index=True)


def three_trials():
    """MIHash with the trigger on and LSH with both, three trials each."""
    trials = [run(trial=t, values=(0.1, 0.3, 0.5 + 0.1 * t)) for t in range(3)]
    others = [run("lsh", trial=t, trigger=on, values=(0.2, 0.2, 0.2)) for t in range(3) for on in ("on", "off")]
    return joined(*trials, *others)
