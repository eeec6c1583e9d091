"""Plug-ins that lie, and what must become of their runs."""

from pathlib import Path

from tests.plugins import install

HEAD = """
import atexit, ctypes, gc, json, os, resource, signal, subprocess, sys, tempfile, threading, time, traceback, warnings
from multiprocessing import resource_tracker
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
class Whole(LinearCodes):
    def encode(self, X): return super().encode(X).astype("u1")
class Lists(LinearCodes):
    def encode(self, X): return super().encode(X).tolist()
class Deep(LinearCodes):
    def encode(self, X): return super().encode(X)[:, :, None]
class Other(LinearCodes):
    n_bits = property(lambda self: 8.5)
class Gone(LinearCodes):
    def encode(self, X): raise KeyboardInterrupt

class Honest(OnlineHasher):
    title, citation = "Titled", "none"
    def __init__(self, n_bits=32, *, random_state=None):
        self.n_bits, self.random_state = n_bits, random_state
    def start(self, database, **given):
        self.database_ = database
        return super().start(database, **given)
    def _step(self, X, y, *, neighbors, reservoir):
        self.given_ = X
        if getattr(self, "steps_", 0) == 3: self.lie()
        self.steps_ = getattr(self, "steps_", 0) + 1
        self.W_ += 0.01 * self.random_.standard_normal(self.W_.shape)
    def lie(self): pass
    def chain(self, length):
        error = ValueError("first")
        for number in range(length):
            error, error.__cause__ = ValueError(number), error
        raise error
    def snapshot(self): return LinearCodes(self.W_.copy())
def write_everywhere():
    # The tracker is no part of a sweep and would print its own traceback.
    for number in set(range(3, 64)) - {resource_tracker.getfd()}:
        try: os.write(number, b"\\x80" * 999)
        except OSError: pass
def sleeper(**how):
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", os.environ["MARK"]], **how)
"""
# The body of ``lie`` by name, and the status of its run: failed, killed, done or either of done and failed.
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
    "abort": ("os.abort()", "killed"),
    "alarm": ("signal.alarm(1); time.sleep(600)", "killed"),
    "kills-group": ("os.killpg(0, signal.SIGKILL); time.sleep(600)", "killed"),
    "cpu-limit": (
        "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n        while True: pass", "killed"
    ),
    "file-limit": ("resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))", "failed"),
    "no-files": ("resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))", "failed"),
    "address-space": ("resource.setrlimit(resource.RLIMIT_AS, (1 << 20, 1 << 20)); np.ones(1 << 26)", "failed"),
    "thread-exits": ("threading.Thread(target=os._exit, args=(3,)).start(); time.sleep(600)", "failed"),
    "at-exit": ("atexit.register(os._exit, 7)", "either"),
    "at-exit-sleeps": ("atexit.register(time.sleep, 600)", "done"),
    "streams": ("sys.stdout = sys.stderr = sys.stdin = None", "done"),
    "closes-streams": ("os.close(0); os.close(1); os.close(2)", "done"),
    "asks": ("input()", "failed"),
    "group": ("os.setpgid(0, 0)", "done"),
    "no-folder": ("folder = tempfile.mkdtemp(); os.chdir(folder); os.rmdir(folder)", "done"),
    "hooks": ("sys.excepthook = sys.unraisablehook = None; raise ValueError('hooked')", "failed"),
    "formats": ("traceback.format_exc = traceback.format_exception = None; raise ValueError('formats')", "failed"),
    "several": ("raise BaseExceptionGroup('many', [ValueError('a'), KeyboardInterrupt()])", "failed"),
    "chain": ("self.chain(3000)", "failed"),
    "notes": ("error = ValueError('n'); error.add_note('\\x1b[2J\\udcff\\0'); raise error", "failed"),
    "type-name": ("raise type('\\x1b[2J\\udcff', (Exception,), {})('t')", "failed"),
    "warns": ("warnings.warn('\\x1b[2J\\udcff', stacklevel=1)", "done"),
    "clock": ("time.perf_counter = lambda: float('nan')", "either"),
    "backwards": ("time.perf_counter = lambda: -1e300", "either"),
    "json": ("json.dumps = json.loads = None", "either"),
    "no-modules": ("sys.modules.clear()", "either"),
    "writes-everywhere": ("write_everywhere()", "either"),
    "narrower": ("self.W_ = self.W_[:, :7]", "failed"),
    "no-bits": ("self.W_ = self.W_[:, :0]", "failed"),
    "complex": ("self.W_ = self.W_ * 1j", "failed"),
    "turned": ("self.W_ = self.W_.T", "failed"),
    "huge": ("self.W_ *= 1e300", "either"),
    "own-rows": ("self.given_[:] = 0", "done"),
    "places": ("self.database_.database[:] = 0", "failed"),
    "features": ("self.database_.features[:] = 0", "failed"),
    "other-bits": ("self.n_bits = 16", "either"),
    "no-tracking": ("gc.disable(); gc.freeze(); sys.settrace(lambda *_: None)", "done"),
}  # fmt: skip
# Lies that only ``--timeout`` ends.
SLOW = {
    "stops": ("os.kill(os.getpid(), signal.SIGSTOP)", "timeout"),
    "stops-guard": ("os.kill(os.getppid(), signal.SIGSTOP); time.sleep(600)", "timeout"),
    "sleeps": ("time.sleep(600)", "timeout"),
    "waits": ("threading.Event().wait()", "timeout"),
    "computes": ("while True: pass", "timeout"),
    "ignores": ("[signal.signal(n, signal.SIG_IGN) for n in range(1, 20) if n not in (9, 19)]; time.sleep(600)",
                "timeout"),
}  # fmt: skip
SNAPSHOTS = {
    "wide": "Wide(self.W_.copy())", "kind": "Kind(self.W_.copy())", "rows": "Rows(self.W_.copy())",
    "moods": "Moods(self.W_.copy())", "gone": "Gone(self.W_.copy())", "shared": "LinearCodes(self.W_)",
    "none": "None", "text": "'snapshot'", "module": "os", "type": "LinearCodes", "generator-of-codes": "iter([1])",
    "raises-late": "1 / 0", "whole-numbers": "Whole(self.W_.copy())", "lists": "Lists(self.W_.copy())",
    "deep": "Deep(self.W_.copy())", "false-size": "Other(self.W_.copy())", "loop": "self",
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
    "leaves": "exit(0)",
}
BATCH_HEAD = """
import os, signal
import numpy as np
from mihash_bench.batch.sdh import SDH
class Honest(SDH):
    citation = "none"
    def __init__(self, n_bits=32, *, n_anchors=20, nu=1e-5, ridge=1.0, sweeps=2, epochs=2, random_state=None):
        super().__init__(n_bits, n_anchors=n_anchors, nu=nu, ridge=ridge, sweeps=sweeps, epochs=epochs,
                         random_state=random_state)
    def _learn(self, X, y, **given):
        for epoch in super()._learn(X, y, **given):
            if epoch == 1: self.lie()
            yield epoch
    def lie(self): pass
"""
# Lines of a lying batch method by name, and the status of its run.
BATCH = {
    "batch-honest": ("", "done"),
    "batch-raises": ("def lie(self): raise KeyboardInterrupt", "failed"),
    "batch-dies": ("def lie(self): os.kill(os.getpid(), signal.SIGKILL)", "killed"),
    "batch-leaves": ("def lie(self): os._exit(0)", "failed"),
    "batch-never": ("def _learn(self, X, y, **given): return iter(())", "failed"),
    "batch-endless": ("def _learn(self, X, y, **given): return iter(int, 1)", "failed"),
    "batch-texts": ("def _learn(self, X, y, **given): return iter('abc')", "failed"),
    "batch-negative": ("def _learn(self, X, y, **given): return iter([0, -1, -2])", "failed"),
    "batch-objective": ("def objective(self): return 'low'", "failed"),
    "batch-complex": ("def objective(self): return 1j", "failed"),
    "batch-nan": ("def objective(self): return float('nan')", "either"),
    "batch-zero": ("def objective(self): return 1 / 0", "failed"),
    "batch-none": ("def snapshot(self): return None", "failed"),
    "batch-encode": ("def encode(self, X): raise SystemExit", "either"),
    "batch-epochs": ("n_epochs = property(lambda self: 1 / 0)", "failed"),
    "batch-many": ("n_epochs = property(lambda self: 10**30)", "failed"),
    "batch-few": ("n_epochs = property(lambda self: -5)", "failed"),
    "batch-half": ("n_epochs = property(lambda self: 'two')", "failed"),
}
# Lines of methods that are refused before any run begins.
DECLARED = {
    "declared-title": "title = 3", "declared-empty": "title = ' '", "declared-version": "version = 'new'",
    "declared-nan": "version = float('nan')", "declared-foreign": "constraints = {'missing': Integer(1)}",
    "declared-number": "constraints = 5", "declared-odd": "constraints, __init__ = {'depth': Odd()}, deep",
    "declared-more": "def __init__(self, n_bits, depth, *, random_state=None): pass",
    "declared-any": "def __init__(self, **given): pass", "declared-raises": "def __init__(self, n_bits=32): 1 / 0",
    "declared-check": "def check(self, *given): 1 / 0", "declared-exit": "def check(self, *given): raise SystemExit(0)",
    "declared-added": "added_parameters = 3", "declared-steps": "examples_per_step = 0",
    "declared-name": "title = Silent()",
}  # fmt: skip
DECLARED_HEAD = """
from mihash_bench.methods.lsh import LSH
from mihash_bench.parameters import Integer
class Odd:
    def allows(self, value): raise ValueError("odd")
def deep(self, n_bits=32, *, depth=1, random_state=None): pass
class Silent:
    def __repr__(self): raise RuntimeError("no")
    __str__ = __repr__
"""
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


def plug_ins(folder: Path) -> None:
    """Install all lying plug-ins into a folder."""
    folder.mkdir(parents=True)
    code = HEAD
    for name, (body, _) in {**LIES, **SLOW}.items():
        code += f"\nclass {_class(name)}(Honest):\n    name = {name!r}\n    def lie(self):\n        {body}\n"
    for name, snapshot in SNAPSHOTS.items():
        code += f"\nclass {_class(name)}(Honest):\n    name = {name!r}\n    def snapshot(self): return {snapshot}\n"
    for name, title in TITLES.items():
        code += f'\nclass {_class(name)}(Honest):\n    name, title = {name!r}, "{title}"\n'
    names = [*LIES, *SLOW, *SNAPSHOTS, *TITLES]
    install(folder, "liars", code, methods={name: _class(name) for name in names})
    batch = "".join(
        f"\nclass {_class(name)}(Honest):\n    name, title = {name!r}, 'Titled'\n    {body}\n"
        for name, (body, _) in BATCH.items()
    )
    install(folder, "batch_liars", BATCH_HEAD + batch, batch={name: _class(name) for name in BATCH})
    declared = "".join(
        f"\nclass {_class(name)}(LSH):\n    name, title = {name!r}, 'Titled'\n    {body}\n"
        for name, body in DECLARED.items()
    )
    install(folder, "declared", DECLARED_HEAD + declared, methods={name: _class(name) for name in DECLARED})
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


def _class(name: str) -> str:
    return "L" + name.replace("-", "_")
