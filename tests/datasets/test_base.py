import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from mihash_bench.datasets.base import AuthorsShape, Dataset, DatasetSource, QueryProtocol
from mihash_bench.datasets.cifar10 import Cifar10
from mihash_bench.datasets.labelme import LabelMe
from mihash_bench.datasets.places205 import Places205
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.parameters import parse
from mihash_bench.registry import DATASETS
from tests.datasets.conftest import Given


@pytest.mark.parametrize("name", DATASETS.names())
def test_every_dataset_is_found_by_its_name_and_constructed_without_arguments(name: str) -> None:
    source = DATASETS.get(name)()
    assert isinstance(source, DatasetSource)
    assert (source.name, source.examples > 0, bool(source.title)) == (name, True, True)
    source.check_params()


def test_names_are_listed_without_importing_the_libraries_that_read_files() -> None:
    code = (
        "import sys; from mihash_bench.registry import DATASETS; names = DATASETS.names();"
        "assert {'sample', 'cifar10', 'synthetic'} <= set(names), names;"
        "assert not {'numpy', 'scipy', 'h5py', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_base_class_is_imported_without_the_libraries_that_read_files() -> None:
    code = (
        "import sys; import mihash_bench.datasets.base; assert not {'scipy', 'h5py', 'pandas', 'numba'} & "
        "set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_helper_modules_are_not_taken_for_datasets() -> None:
    names = DATASETS.names()
    assert "base" not in names
    assert not [name for name in names if name.startswith("-")]


def test_an_unknown_dataset_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="--dataset: 'cifar' is unknown; did you mean 'cifar10'"):
        DATASETS.get("cifar")


def test_parameters_are_stored_untouched() -> None:
    parameters = {"n": 50, "d": 3, "classes": 2, "difficulty": 0.5, "data_seed": 9}
    assert Synthetic(**parameters).get_params() == parameters


def test_the_digest_follows_name_version_parameters_and_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def digest(files: list[str] | None = None, **parameters: int) -> str:
        return Synthetic(**parameters).digest(files or [])

    assert digest() == digest(n=10_000)
    assert len({digest(), digest(n=99), digest(["a"]), Cifar10().digest([])}) == 4
    before = digest()
    monkeypatch.setattr(Synthetic, "version", Synthetic.version + 1)
    assert digest() != before


class Extended(Given):
    """The dataset ``given`` with a parameter that was added later."""

    added_parameters: ClassVar[Mapping[str, Any]] = {"noise": "none"}

    def __init__(self, *, note: str = "", noise: str = "none") -> None:
        super().__init__(note=note)
        self.noise = noise


def test_a_parameter_added_later_leaves_digests_unchanged_while_it_keeps_the_earlier_behaviour() -> None:
    assert Extended().digest(["a"]) == Given().digest(["a"])
    assert Extended(note="x").digest([]) == Given(note="x").digest([])
    assert Extended(noise="gaussian").digest([]) != Given().digest([])


def test_digests_are_those_of_published_results() -> None:
    assert {name: DATASETS.get(name)().digest([]) for name in ("sample", "synthetic")} == {
        "sample": "27c95940c33a0b865878c4342e7b22638fd662cec89de54956ea3e80d8c3d269",
        "synthetic": "bff564546f29fed0feb9d3eab316b74ef34a71901c2109b5b420105228bf7f84",
    }


@pytest.mark.parametrize("source", [Cifar10, LabelMe, Places205])
def test_a_dataset_with_files_has_a_stand_in_that_needs_none(source: type[DatasetSource]) -> None:
    assert source.stand_in is not None
    stand_in = DATASETS.get(source.stand_in.dataset)
    assert stand_in.files == ()
    assert source.stand_in.description
    for text in source.stand_in.set:
        owner, _, setting = text.partition(".")
        name, _, value = setting.partition("=")
        assert owner == stand_in.name
        parse(owner, stand_in.constraints, name, value)


def loaded(rows: int, columns: int) -> Dataset:
    X = np.zeros((rows, columns), np.float32)
    return Dataset("given", X, X[0], X[:, 0], None, None, QueryProtocol(total=1), "0" * 64)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((30, 4), ""),
        ((30, 5), "the file's features have 5 columns, the authors' 4"),
        ((31, 4), "the file's features have 31 rows, the authors' 30"),
        ((31, 5), "the file's features have 5 columns, the authors' 4, and 31 rows, the authors' 30"),
    ],
)
def test_a_file_of_another_shape_than_the_authors_is_described(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int], says: str
) -> None:
    monkeypatch.setattr(Cifar10, "authors_shape", AuthorsShape(columns=4, rows=30))
    assert Cifar10.difference_from_authors(loaded(*shape)) == says


def test_rows_are_not_compared_if_the_authors_number_is_unknown() -> None:
    assert Places205.difference_from_authors(loaded(7, 128)) == ""


def test_a_dataset_without_an_authors_file_does_not_differ_from_it() -> None:
    assert Synthetic.difference_from_authors(loaded(7, 3)) == ""


def test_the_error_for_a_missing_file_names_its_content_its_origin_and_the_option(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Cifar10().load(tmp_path / "nowhere", tmp_path / "cache")
    for part in ("--data-dir", str(tmp_path / "nowhere"), "CIFAR10_VGG16_fc7.mat", "trainCNN", "github.com/fcakir"):
        assert part in str(caught.value)
