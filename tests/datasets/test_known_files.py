"""Files of known datasets: refused if they cannot be the dataset, titled apart if they are not the authors' file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.io

from mihash_bench.datasets._types import KnownContent, Shape
from mihash_bench.datasets.cifar10 import Cifar10
from mihash_bench.datasets.labelme import LabelMe
from mihash_bench.datasets.places205 import Places205
from mihash_bench.datasets.sample import Sample
from mihash_bench.errors import InputError
from mihash_bench.experiment.result import unobserved
from mihash_bench.report.data.published import beside
from mihash_bench.report.data.selection import comparable
from mihash_bench.report.data.statistics import summary
from mihash_bench.report.render import render
from mihash_bench.store.run_file import read_run, write_run
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.results import load_results
from mihash_bench.sweeps.sweep import Folders

ENDED = {"status": "done", "reason": "", "traceback": "", "started": "2026-01-01"}


def cifar10_file(folder: Path, train: int = 50_000, test: int = 10_000, d: int = 3, first: int = 0) -> Path:
    """Write a file with as many rows as CIFAR-10 has, but few features."""
    rng = np.random.default_rng(0)
    content = {
        "trainCNN": rng.random((train, d), np.float32),
        "testCNN": rng.random((test, d), np.float32),
        "trainLabels": (np.arange(train) % 10)[:, None] + first,
        "testLabels": (np.arange(test) % 10)[:, None] + first,
    }
    scipy.io.savemat(folder / "CIFAR10_VGG16_fc7.mat", content)
    return folder


def refused(source: Any, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        source.load(folder, folder / "cache")
    return str(caught.value)


def test_digits_in_the_place_of_cifar10_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    file = cifar10_file(tmp_path, 1_500, 297, d=64) / "CIFAR10_VGG16_fc7.mat"
    said = refused(Cifar10(), tmp_path)
    assert said == (
        f"--data-dir: {file}: 1,797 rows, 10 classes of 179 to 180 rows, which cannot be CIFAR-10 (allowed: 60,000 "
        "rows, 10 classes of 6,000 rows)"
    )
    assert not list(tmp_path.rglob("*.npy"))


def test_labels_that_cannot_be_those_of_cifar10_are_refused(tmp_path: Path) -> None:
    cifar10_file(tmp_path)
    content = scipy.io.loadmat(tmp_path / "CIFAR10_VGG16_fc7.mat", appendmat=False)
    labels = content["trainLabels"].copy()
    labels[0] = 1
    own = {name: value for name, value in content.items() if not name.startswith("_")}
    scipy.io.savemat(tmp_path / "CIFAR10_VGG16_fc7.mat", {**own, "trainLabels": labels})
    assert "60,000 rows, 10 classes of 5,999 to 6,001 rows, which cannot be CIFAR-10" in refused(Cifar10(), tmp_path)


def test_content_that_was_prepared_before_there_was_a_check_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cifar10_file(tmp_path, 600, 400)
    with monkeypatch.context() as before:
        before.setattr(Cifar10, "content", None)
        assert len(Cifar10().load(tmp_path, tmp_path / "cache").features) == 1_000
    assert "1,000 rows, 10 classes" in refused(Cifar10(), tmp_path)


def test_another_number_of_rows_is_refused_as_labelme(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "LabelMe_GIST.mat", {"gist": np.random.default_rng(0).random((22_018, 2))})
    said = refused(LabelMe(), tmp_path)
    assert said.endswith("22,018 rows without labels, which cannot be LabelMe (allowed: 22,019 rows)")


@pytest.mark.parametrize("labels", [np.arange(400) % 204, np.eye(10, dtype=np.uint8)[np.arange(400) % 10]])
def test_other_classes_than_205_are_refused_as_places205(tmp_path: Path, labels: Any) -> None:
    labels = labels if labels.ndim == 2 else labels[:, None]
    content = {"pca_feats": np.random.default_rng(0).random((400, 2)), "labels": labels}
    scipy.io.savemat(tmp_path / "Places205_AlexNet_fc7_PCA128.mat", content)
    assert "which cannot be Places205 (allowed: 205 classes)" in refused(Places205(), tmp_path)


def test_a_number_that_is_not_known_is_not_checked() -> None:
    assert KnownContent(rows=3).allows(3, None)
    assert KnownContent(classes=2).allows(3, np.array([5, 7, 7]))
    assert KnownContent(classes=3).allows(2, np.eye(3)[:2])
    assert not KnownContent(classes=2).allows(3, None)
    assert not KnownContent(classes=2, per_class=1).allows(3, np.array([5, 7, 7]))


@pytest.mark.parametrize(
    ("source", "shape", "title"),
    [
        (Cifar10, Shape(60_000, 4_096, 0, 9), "CIFAR-10"),
        (Cifar10, Shape(60_000, 1_024, 0, 9), "CIFAR-10 file, 60,000 x 1,024"),
        (Cifar10, Shape(60_000, 4_096, 1, 10), "CIFAR-10 file, 60,000 x 4,096, labels 1 to 10"),
        (LabelMe, Shape(22_019, 512), "LabelMe"),
        (LabelMe, Shape(22_019, 960), "LabelMe file, 22,019 x 960"),
        (Places205, Shape(2_448_873, 128, 0, 204), "Places205"),
        (Places205, Shape(2_448_873, 128), "Places205 file, 2,448,873 x 128, several labels per row"),
        (Sample, Shape(11_000, 128, 0, 9), "CIFAR-10 sample"),
    ],
)
def test_only_a_file_of_the_authors_shape_has_the_title_of_the_dataset(source: Any, shape: Shape, title: str) -> None:
    assert source.title_of(shape) == title


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The results of a run on a CIFAR-10 file of 60,000 rows and 3 features, and the path of its run file."""
    folder = cifar10_file(tmp_path_factory.mktemp("known"))
    sweep = sweep_of({"dataset": "cifar10", "method": "lsh", "bits": 8, "trials": 1, "examples": 100}, {})
    task = sweep.tasks(Folders(folder / "results", folder, folder / "cache"))[0]
    record = task.perform(unobserved)
    write_run(task.path, replace(record, attributes={**record.attributes, **ENDED}))
    return folder / "results", task.path


def test_a_run_keeps_the_shape_of_its_file_which_gives_its_title_in_reports(loaded: Any) -> None:
    results, path = loaded
    attributes = read_run(path).attributes
    assert [attributes[name] for name in ("rows", "columns", "first_label", "last_label")] == [60_000, 3, 0, 9]
    frame = load_results(results).frame
    assert set(frame["dataset_title"]) == {"CIFAR-10 file, 60,000 x 3"}
    assert "CIFAR-10 file, 60,000 x 3" in render(summary(comparable(frame), "mAP"), "markdown")


@pytest.mark.parametrize("changed", [{"rows": None}, {"rows": "many"}, {"columns": 2.5}], ids=str)
def test_a_run_file_without_a_usable_shape_has_the_title_of_its_dataset(
    loaded: Any, tmp_path: Path, changed: dict[str, Any]
) -> None:
    results, path = loaded
    record = read_run(path)
    attributes = {k: v for k, v in {**record.attributes, **changed}.items() if v is not None}
    write_run(tmp_path / path.relative_to(results), replace(record, attributes=attributes))
    assert set(load_results(tmp_path).frame["dataset_title"]) == {"CIFAR-10"}


def batch(dataset: str, title: str) -> pd.DataFrame:
    about = {"setting": "batch-1", "dataset": dataset, "dataset_title": title, "bits": 12, "method": "sdh"}
    more = {"method_title": "SDH", "variant": "", "trigger": "", "metric": "mAP", "trials": 1, "final_mean": 0.5}
    return pd.DataFrame([{**about, **more, "final_sd": np.nan, "auc_mean": 0.5, "auc_sd": np.nan, "diverged": ""}])


@pytest.mark.parametrize(
    ("dataset", "title", "other"),
    [
        ("cifar10", "CIFAR-10", False),
        ("cifar10 (checkpoints=3)", "CIFAR-10 (checkpoints=3)", False),
        ("cifar10", "CIFAR-10 file, 60,000 x 1,024", True),
        ("sample", "CIFAR-10 sample", True),
    ],
)
def test_published_figures_beside_other_features_are_marked(dataset: str, title: str, other: bool) -> None:
    table = beside(batch(dataset, title))
    assert table["published_features"].tolist() == ["other" if other else ""]
    for form, mark, note in (
        ("markdown", "‡ |", "‡ published figure of"),
        ("latex", r"^{\ddagger}$", r"$\ddagger$ published"),
    ):
        text = render(table, form)
        assert (mark in text, note in text) == (other, other)
    assert ("other" in render(table, "csv")) == other
