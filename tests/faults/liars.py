"""Sweeps with plug-ins that lie: each costs itself only, and its record says why.

The other runs' files are equal to those of a sweep without liars, and nothing is left running.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from mihash_bench.errors import InputError
from mihash_bench.store.run_file import read_run
from tests.faults.kills import contents
from tests.faults.outcomes import Report
from tests.plugins import install

PATIENCE = 600.0  # seconds for a sweep
TIMEOUT = 15.0  # seconds for a run
SWEEP = ["--bits", "8", "--trials", "1", "--trigger", "on", "--examples", "200", "--checkpoints", "3", "-j", "2"]
HEAD = """
import ctypes, os, signal, subprocess, sys, threading, time
import numpy as np
from mihash_bench.encoders import LinearCodes
from mihash_bench.methods.base import OnlineHasher

class Silent(Exception):
    def __str__(self): raise RuntimeError("no")
    __repr__ = __str__
class Base(BaseException): pass
class Wide(LinearCodes):
    n_bits = 8
    def encode(self, X): return np.hstack([super().encode(X)] * 2)
class Kind(LinearCodes):
    def encode(self, X): return super().encode(X).astype(float)
class Rows(LinearCodes):
    def encode(self, X): return super().encode(X)[1:]
class Moods(LinearCodes):
    def encode(self, X):
        self.W += np.random.default_rng().standard_normal(self.W.shape)
        return super().encode(X)
class Gone(LinearCodes):
    def encode(self, X): raise KeyboardInterrupt

class Honest(OnlineHasher):
    title, citation = "Titled", "none"
    def __init__(self, n_bits=32, *, random_state=None):
        self.n_bits, self.random_state = n_bits, random_state
    def _step(self, X, y, *, neighbors, reservoir):
        if getattr(self, "steps_", 0) == 3: self.lie()
        self.steps_ = getattr(self, "steps_", 0) + 1
        self.W_ += 0.01 * self.random_.standard_normal(self.W_.shape)
    def lie(self): pass
    def snapshot(self): return LinearCodes(self.W_.copy())
def sleeper(**how):
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", os.environ["MARK"]], **how)
"""
# The body of ``lie`` by name, and the end of the status of its run: failed, killed, timeout or done.
LIES = {
    "honest": ("pass", "done"),
    "raises": ("raise ValueError('x' * 10_000_000)", "failed"),
    "base": ("raise Base('b')", "failed"),
    "silent": ("raise Silent", "failed"),
    "interrupt": ("raise KeyboardInterrupt", "failed"),
    "leaves": ("sys.exit(0)", "failed"),
    "generator": ("raise GeneratorExit", "failed"),
    "texts": ("raise ValueError('a\\0b\\udcff\\x1b[2J\\r\\n[bold]x[/y]')", "failed"),
    "memory": ("raise MemoryError", "failed"),
    "recursion": ("self.lie()", "failed"),
    "os-exit": ("os._exit(0)", "failed"),
    "kills-itself": ("os.kill(os.getpid(), signal.SIGKILL)", "killed"),
    "segfault": ("ctypes.string_at(0)", "killed"),
    "kills-guard": ("os.kill(os.getppid(), signal.SIGKILL); time.sleep(600)", "killed"),
    "stops": ("os.kill(os.getpid(), signal.SIGSTOP)", "timeout"),
    "stops-guard": ("os.kill(os.getppid(), signal.SIGSTOP); time.sleep(600)", "timeout"),
    "sleeps": ("time.sleep(600)", "timeout"),
    "closes": ("os.closerange(0, 1000); time.sleep(600)", "failed"),
    "session": ("sleeper(start_new_session=True)", "done"),
    "forks": (
        "if os.fork() == 0:\n            os.setsid()\n            if os.fork() == 0: sleeper()\n"
        "            os._exit(0)",
        "done",
    ),
    "returns-twice": ("if os.fork() == 0: time.sleep(600)", "done"),
    "thread": ("threading.Thread(target=time.sleep, args=(600,)).start()", "done"),
    "chdir": ("os.chdir('/')", "done"),
    "umask": ("os.umask(0o777)", "done"),
    "signals": ("[signal.signal(n, signal.SIG_IGN) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]", "done"),
    "prints": ("print('\\x1b[2J' * 10_000, flush=True); os.write(2, b'\\xff' * 70_000)", "done"),
    "nan": ("self.W_[:] = np.nan", "either"),
    "infinite": ("self.W_[:] = np.inf", "either"),
    "longer": ("self.W_ = np.hstack([self.W_, self.W_])", "failed"),
    "objects": ("self.W_ = self.W_.astype(object)", "failed"),
    "environment": ("os.environ.clear()", "done"),
    "rng": ("np.random.seed(0); np.seterr(all='raise')", "done"),
}  # fmt: skip
SNAPSHOTS = {
    "wide": "Wide(self.W_.copy())", "kind": "Kind(self.W_.copy())", "rows": "Rows(self.W_.copy())",
    "moods": "Moods(self.W_.copy())", "gone": "Gone(self.W_.copy())", "shared": "LinearCodes(self.W_)",
    "none": "None", "text": "'snapshot'", "module": "os",
}  # fmt: skip
TITLES = {"title-nul": "a\\0b", "title-lone": "a\\udcff", "title-esc": "\\x1b[2J", "title-tex": "\\\\input{x}"}
LOADING = {
    "import-raises": "raise ValueError('on import')", "import-exits": "import sys; sys.exit(3)",
    "import-garbage": "print('\\x1b[2J' * 99)", "import-syntax": "this is not Python",
    "import-interrupt": "raise KeyboardInterrupt",
}  # fmt: skip
DATASETS = {
    "one-dim": "RawData(40, 4, lambda: iter([np.ones(4)] * 40), np.arange(40) % 2)",
    "fewer": "RawData(40, 4, lambda: iter([np.eye(4)]), np.arange(40) % 2)",
    "more": "RawData(40, 4, lambda: iter([np.eye(4)] * 90), np.arange(40) % 2)",
    "wider": "RawData(40, 4, lambda: iter([np.ones((40, 7))]), np.arange(40) % 2)",
    "nans": "RawData(40, 4, lambda: iter([np.full((40, 4), np.nan)]), np.arange(40) % 2)",
    "texts": "RawData(40, 4, lambda: iter([np.full((40, 4), 'a')]), np.arange(40) % 2)",
    "objects": "RawData(40, 4, lambda: iter([np.full((40, 4), None)]), np.arange(40) % 2)",
    "labels": "RawData(40, 4, lambda: iter([np.random.rand(40, 4)]), np.arange(30) % 2)",
    "huge": "RawData(10**15, 10**6, lambda: iter([]), None)",
    "negative": "RawData(-1, 4, lambda: iter([]), None)",
    "nothing": "None",
    "raises": "1 / 0",
}
DATASET_HEAD = """
import numpy as np
from mihash_bench.datasets.base import DatasetSource, QueryProtocol, RawData
class Lying(DatasetSource):
    title, examples = "Titled", 20
    @property
    def queries(self): return QueryProtocol(total=4)
"""
METRIC_HEAD = """
from dataclasses import dataclass
import numpy as np
from mihash_bench.metrics.base import Metric
@dataclass(frozen=True)
class Lying(Metric):
    title, higher_is_better = "Titled", True
    @classmethod
    def parse(cls, text): return cls() if text == cls.name else None
    def __str__(self): return self.name
"""
METRICS = {
    "shape": "np.ones(3)", "scalar": "1.0", "nans": "np.full(len(counts.hits), np.nan)", "raises": "1 / 0",
    "texts": "np.full(len(counts.hits), 'a')", "none": "None",
}  # fmt: skip


def plug_ins(folder: Path) -> list[str]:
    """Install all lying methods into a folder and return their names."""
    folder.mkdir(parents=True)
    code = HEAD
    for name, (body, _) in LIES.items():
        code += f"\nclass {_class(name)}(Honest):\n    name = {name!r}\n    def lie(self):\n        {body}\n"
    for name, snapshot in SNAPSHOTS.items():
        code += f"\nclass {_class(name)}(Honest):\n    name = {name!r}\n    def snapshot(self): return {snapshot}\n"
    for name, title in TITLES.items():
        code += f'\nclass {_class(name)}(Honest):\n    name, title = {name!r}, "{title}"\n'
    names = [*LIES, *SNAPSHOTS, *TITLES]
    install(folder, "liars", code, methods={name: _class(name) for name in names})
    for name, text in LOADING.items():
        install(folder, name.replace("-", "_"), text, methods={name: "Mine"})
    sources = "".join(
        f"\nclass {_class(name)}(Lying):\n    name = 'data-{name}'\n    def read(self, data_dir): return {raw}\n"
        for name, raw in DATASETS.items()
    )
    install(folder, "lying_data", DATASET_HEAD + sources, datasets={f"data-{name}": _class(name) for name in DATASETS})
    metrics = "".join(
        f"\nclass {_class(name)}(Lying):\n    name, forms = 'metric-{name}', ('metric-{name}',)\n"
        f"    def per_query(self, counts, ranks): return {value}\n"
        for name, value in METRICS.items()
    )
    install(
        folder, "lying_metrics", METRIC_HEAD + metrics, metrics={f"metric-{name}": _class(name) for name in METRICS}
    )
    return names


def _class(name: str) -> str:
    return "L" + name.replace("-", "_")


def tell_lies(folder: Path, names: list[str] | None = None, others: int | None = None) -> Report:
    """Do a sweep with lying methods (by default all), and one for each lying dataset, metric and entry point.

    others: how many of the latter, None for all.
    """
    report = Report(good=("recorded", "refused", "same", "done"))
    every = plug_ins(folder / "plug-ins")
    plain = folder / "plain"
    _sweep(folder, plain, "lsh")
    expected = contents(plain)
    liars = every if names is None else names
    mark = f"liar-{os.getpid()}"
    done = _sweep(folder, folder / "lies", ",".join(["lsh", *liars]), mark=mark)
    _judge_sweep(done, "methods", report)
    for name in liars:
        outcome, said = _judge_record(folder / "lies", name)
        report.note(outcome, f"method: {name}", said)
    found = contents(folder / "lies")
    same = all(found.get(name) == content for name, content in expected.items())
    report.note("same" if same else "silent", "methods: the files of other runs")
    left = _left(mark)
    report.note("same" if not left else "hang", f"methods: processes that were left: {left}")
    singles = [*LOADING, *(f"data-{name}" for name in DATASETS), *(f"metric-{name}" for name in METRICS)]
    for name in singles[:: 1 if others is None else max(1, len(singles) // others)]:
        _judge_single(folder, name, report)
    return report


def _sweep(
    folder: Path, results: Path, method: str, *more: str, mark: str = ""
) -> subprocess.CompletedProcess[str] | None:
    command = [sys.executable, "-m", "mihash_bench.cli", "run", "--method", method, *SWEEP, *more]
    command += ["--timeout", str(TIMEOUT), "-o", str(results), "--cache-dir", str(folder / "cache")]
    environment = {**os.environ, "PYTHONPATH": str(folder / "plug-ins"), "MARK": mark}
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", env=environment, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return None


def _judge_sweep(done: subprocess.CompletedProcess[str] | None, case: str, report: Report) -> None:
    if done is None:
        report.note("hang", case)
        return
    said = done.stdout + done.stderr
    wrong = "Traceback (most recent call last)" in done.stderr
    # A plug-in that raises KeyboardInterrupt while it is imported ends the command as Ctrl-C does.
    crashed = done.returncode not in (0, 1, 2, 130)
    outcome = "traceback" if wrong else "crash" if crashed else "refused" if done.returncode == 2 else "done"
    report.note(outcome, case, said[-400:])


def _judge_record(results: Path, name: str) -> tuple[str, str]:
    """Compare the status of a liar's run with what it should be; a run that is not done says why."""
    found = list((results / "runs" / "online" / "sample" / name).glob("*.h5"))
    if len(found) != 1:
        return "silent", f"{len(found)} files"
    try:
        about = read_run(found[0]).attributes
    except InputError as error:
        return "silent", str(error)
    status, reason = str(about["status"]), str(about["reason"])
    wanted = LIES[name][1] if name in LIES else "done" if name in TITLES else "failed"
    if wanted not in (status, "either"):
        return "silent", f"{status} instead of {wanted}: {reason}"
    return ("done", "") if status == "done" else ("recorded" if reason else "unnamed", reason)


def _judge_single(folder: Path, name: str, report: Report) -> None:
    """Name one lying plug-in: refused in one line that names it, or the run's record says why."""
    results = folder / f"single-{name}"
    kind = name.partition("-")[0]
    more = {"data": ["--dataset", name, "--examples", "20"], "metric": ["--metric", f"mAP,{name}"]}.get(kind, [])
    done = _sweep(folder, results, name if kind == "import" else "lsh", *(_without_examples(more)))
    if done is not None and done.returncode == 0 and name != "metric-nans":  # NaN leaves a query out
        report.note("silent", f"{kind}: {name}", done.stdout[-200:])
    elif done is not None and done.returncode == 2:
        lines = done.stderr.splitlines()
        good = len(lines) == 1 and (name in lines[0] or kind == "data")
        outcome = "traceback" if "Traceback" in done.stderr else "refused" if good else "unnamed"
        report.note(outcome, f"{kind}: {name}", done.stderr[-300:])
    else:
        _judge_sweep(done, f"{kind}: {name}", report)


def _without_examples(more: list[str]) -> list[str]:
    return more[:2]  # an option may be given once only, and SWEEP has --examples


def _left(mark: str) -> list[int]:
    """Return the processes that carry a mark, given a moment to be gone."""
    found: list[int] = []
    for _ in range(40):
        found = [each.pid for each in psutil.process_iter(["cmdline"]) if mark in (each.info["cmdline"] or [])]
        if not found:
            break
        time.sleep(0.05)
    return found
