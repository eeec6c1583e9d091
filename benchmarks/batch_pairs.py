"""CPU time of the batch methods in two checkouts of this package, epoch by epoch in turn in one process and one thread.

Usage: ``python benchmarks/batch_pairs.py OLD NEW [--data-dir DIR] [--method dtsh] [--bits 32] [--epochs 4]
[--anchors 300]``, where OLD and NEW are folders of checkouts. The training points are those of trial 0 of Setting 1.
"""

import argparse
import importlib
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

KERNELS = ("_dtsh_kernel", "_dpsh_kernel", "_shk_kernel", "_mihash_kernel", "_layer_kernel")


def modules_of(checkout: Path, method: str) -> dict[str, Any]:
    """Import a method and its kernels from a checkout and return all modules of the package."""
    for name in [name for name in sys.modules if name.startswith("mihash_bench")]:
        del sys.modules[name]
    sys.path.insert(0, str(checkout))
    for name in (method, *(kernel for kernel in KERNELS if (checkout / f"mihash_bench/batch/{kernel}.py").exists())):
        importlib.import_module(f"mihash_bench.batch.{name}")
    sys.path.remove(str(checkout))
    return {name: module for name, module in sys.modules.items() if name.startswith("mihash_bench")}


def training_points(data_dir: Path) -> tuple[Any, Any]:
    """Return features and labels of CIFAR-10's training points of trial 0."""
    from mihash_bench.datasets.cifar10 import Cifar10
    from mihash_bench.experiment.training_points import TrainingCentred, draw_training_points

    with TemporaryDirectory() as cache:
        dataset = Cifar10().load(data_dir, Path(cache))
        rows = draw_training_points(dataset, 0, 0).training
        return np.asarray(TrainingCentred(dataset, rows)[rows], np.float64), np.array(dataset.labels)[rows]


def class_in(module: Any, method: str) -> Any:
    """Return the class of a method from its module."""
    return next(each for each in vars(module).values() if isinstance(each, type) and vars(each).get("name") == method)


def cpu_s(call: Any) -> float:
    """Return the CPU time of a call."""
    began = time.process_time()
    call()
    return time.process_time() - began


def main() -> None:
    """Print the medians of both checkouts and the median of their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkouts", type=Path, nargs=2)
    parser.add_argument("--data-dir", type=Path, default=Path("datasets"))
    parser.add_argument("--method", choices=("shk", "dpsh", "dtsh", "mihash"), default="dtsh")
    for name, default in (("--bits", 32), ("--epochs", 4), ("--anchors", 300)):
        parser.add_argument(name, type=int, default=default)
    given = parser.parse_args()
    X, y = training_points(given.data_dir)
    versions = [modules_of(path.resolve(), given.method) for path in given.checkouts]
    extra = {"n_anchors": given.anchors} if given.method == "shk" else {}
    classes = [class_in(each[f"mihash_bench.batch.{given.method}"], given.method) for each in versions]
    methods = [each(given.bits, random_state=0, **extra) for each in classes]
    learning = [each.fit_by_epoch(X, y) for each in methods]
    for what, calls in {
        "start": [lambda each=each: next(each) for each in learning],
        "epoch": [lambda each=each: next(each) for each in learning],
        "objective": [each.objective for each in methods],
    }.items():
        times = np.empty((1 if what == "start" else given.epochs, 2))
        for row in times:
            for i, call in enumerate(calls):
                # Kernels are imported when they are used, so each checkout needs its own modules then.
                sys.modules.update(versions[i])
                row[i] = cpu_s(call)
        ratio = np.median(times[:, 0] / times[:, 1])
        print(f"{given.method} {given.bits} bits, {what}: {np.median(times, axis=0).round(4)} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
