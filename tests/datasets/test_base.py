import subprocess
import sys
from pathlib import Path

import pytest

from mihash_bench.datasets.base import DatasetSource
from mihash_bench.datasets.cifar10 import Cifar10
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.registry import DATASETS


@pytest.mark.parametrize("name", DATASETS.names())
def test_every_dataset_is_found_by_its_name_and_made_without_arguments(name: str) -> None:
    source = DATASETS.get(name)()
    assert isinstance(source, DatasetSource)
    assert (source.name, source.examples > 0, bool(source.title)) == (name, True, True)
    source.check_params()


def test_names_are_listed_without_importing_the_libraries_that_read_files() -> None:
    code = (
        "import sys; from mihash_bench.registry import DATASETS; names = DATASETS.names();"
        "assert {'sample', 'cifar10', 'synthetic'} <= set(names), names;"
        "assert not {'scipy', 'h5py', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


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


def test_a_missing_file_is_named_with_its_content_its_origin_and_the_option(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Cifar10().load(tmp_path / "nowhere", tmp_path / "cache")
    for part in ("--data-dir", str(tmp_path / "nowhere" / "CIFAR10_VGG16_fc7.mat"), "trainCNN", "github.com/fcakir"):
        assert part in str(caught.value)
