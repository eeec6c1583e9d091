"""Feature files of images: their content, their recipe, and extractions that were ended on the way."""

import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

from mihash_bench.datasets.cifar10 import Cifar10
from mihash_bench.datasets.sample import Sample
from mihash_bench.deep.backbones.small import Small
from mihash_bench.deep.extracting import Extraction
from mihash_bench.deep.feature_file import read_recipe
from mihash_bench.errors import InputError
from tests.deep.torch_here import torch

pytestmark = pytest.mark.usefixtures("small_blocks")


class EndedError(Exception):
    """Stands for a process that is killed at a certain image."""


def extraction(few_images, path, **others):
    return Extraction(Small(), few_images, path, Path("no-such-folder"), **others)


def run(each, until=10**9):
    """Run an extraction and return what was reported; it is ended once more than ``until`` images are done."""
    seen = []

    def report(done, total):
        seen.append((done, total))
        if done > until:
            raise EndedError

    each.run(report)
    return seen


def arrays(path):
    with h5py.File(path) as file:
        return {name: file[name][()] for name in file}


def test_features_are_those_of_the_network(few_images, tmp_path):
    run(extraction(few_images, tmp_path / "f.h5"))
    found = arrays(tmp_path / "f.h5")
    from mihash_bench.deep.computing import reproducible

    with reproducible(1):
        network = Small().load(tmp_path)
        expected = [network.features(few_images.features[start : start + 8]) for start in range(0, 60, 8)]
    np.testing.assert_array_equal(found["features"], np.concatenate([*expected]))
    np.testing.assert_array_equal(found["labels"], few_images.labels)
    np.testing.assert_array_equal(found["query"], few_images.query)


def test_a_mat_file_is_one_of_the_authors_layout(few_images, tmp_path):
    path = tmp_path / "CIFAR10_VGG16_fc7.mat"
    run(extraction(few_images, path))
    run(extraction(few_images, tmp_path / "f.h5"))
    raw = Cifar10().read(tmp_path)
    np.testing.assert_array_equal(np.concatenate([*raw.chunks()]), arrays(tmp_path / "f.h5")["features"])
    np.testing.assert_array_equal(raw.labels, few_images.labels)
    assert scipy.io.loadmat(path)["testCNN"].shape == (10, 64)
    assert scipy.io.loadmat(path)["testCNN"].dtype == np.float32


@pytest.mark.parametrize("ending", [".h5", ".mat"])
def test_a_file_contains_its_recipe(ending, few_images, tmp_path):
    path = tmp_path / f"f{ending}"
    recipe = extraction(few_images, path, side=40).run(lambda done, total: None)
    assert read_recipe(path) == recipe.text
    facts = json.loads(recipe.text)
    assert facts["dataset_digest"] == few_images.digest
    assert facts["weights_sha256"] == Small().weights_digest(tmp_path)
    assert facts["backbone_parameters"] == {"weights_seed": 0}
    assert (facts["pixels"], facts["threads"], facts["torch"]) == (40, 1, torch.__version__)


@pytest.mark.parametrize("until", [7, 15, 16, 40, 59])
def test_an_extraction_that_was_ended_goes_on_and_gives_the_same_bits(until, few_images, tmp_path):
    run(extraction(few_images, tmp_path / "whole.h5"))
    ended = extraction(few_images, tmp_path / "ended.h5")
    with pytest.raises(EndedError):
        run(ended, until)
    assert not (tmp_path / "ended.h5").exists()
    seen = run(ended)
    assert seen[0] == (until // 16 * 16 if until < 59 else 48, 60)
    assert seen[-1] == (60, 60)
    assert arrays(tmp_path / "ended.h5")["features"].tobytes() == arrays(tmp_path / "whole.h5")["features"].tobytes()
    assert [path.name for path in tmp_path.glob(".*")] == [".locks"]


def test_an_ended_mat_file_is_the_same_file(few_images, tmp_path):
    whole, ended = (extraction(few_images, tmp_path / name) for name in ("whole.mat", "ended.mat"))
    run(whole)
    with pytest.raises(EndedError):
        run(ended, 20)
    run(ended)
    contents = [scipy.io.loadmat(each.path) for each in (whole, ended)]
    for name in ("trainCNN", "testCNN", "trainLabels", "testLabels"):
        assert contents[0][name].tobytes() == contents[1][name].tobytes()


def test_a_damaged_block_is_computed_again(few_images, tmp_path):
    ended = extraction(few_images, tmp_path / "f.h5")
    with pytest.raises(EndedError):
        run(ended, 40)
    block = sorted((tmp_path / ".f.h5.partial").glob("*.npy"))[1]
    content = bytearray(block.read_bytes())
    content[-1] ^= 1
    block.write_bytes(content)
    assert run(ended)[0] == (16, 60)
    run(extraction(few_images, tmp_path / "whole.h5"))
    np.testing.assert_array_equal(arrays(tmp_path / "f.h5")["features"], arrays(tmp_path / "whole.h5")["features"])


@pytest.mark.parametrize("other", [{"side": 64}, {"backbone": Small(weights_seed=1)}])
def test_blocks_of_another_recipe_are_not_used(other, few_images, tmp_path):
    ended = extraction(few_images, tmp_path / "f.h5")
    with pytest.raises(EndedError):
        run(ended, 40)
    assert run(replace(ended, **other))[0] == (0, 60)


def test_a_finished_file_is_left_alone_and_other_features_only_replace_it_if_asked_to(few_images, tmp_path):
    path = tmp_path / "f.h5"
    run(extraction(few_images, path))
    before = path.stat()
    assert run(extraction(few_images, path)) == []
    now = path.stat()
    assert (now.st_ino, now.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    with pytest.raises(InputError, match=r"f\.h5 exists and has other features \(allowed: another name, or --replace"):
        run(extraction(few_images, path, side=40))
    run(extraction(few_images, path, side=40, replace=True))
    assert json.loads(read_recipe(path))["pixels"] == 40


def test_a_file_that_is_not_ours_is_never_overwritten(few_images, tmp_path):
    (tmp_path / "CIFAR10_VGG16_fc7.mat").write_bytes(b"the authors' file")
    with pytest.raises(InputError, match="exists and has other features"):
        run(extraction(few_images, tmp_path / "CIFAR10_VGG16_fc7.mat"))
    assert (tmp_path / "CIFAR10_VGG16_fc7.mat").read_bytes() == b"the authors' file"


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("f.npz", {}, r"-o: '\.npz' is unknown \(allowed: \.h5, \.mat\)"),
        ("f.mat", {"query": None}, r"no fixed test images \(allowed: a name ending in \.h5\)"),
        ("f.mat", {"labels": None}, r"without a single label each"),
    ],
)
def test_a_layout_that_is_not_possible_is_refused(name, change, said, few_images, tmp_path):
    with pytest.raises(InputError, match=said):
        run(extraction(replace(few_images, **change), tmp_path / name))


def test_images_without_labels_or_marks_have_features_alone(few_images, tmp_path):
    run(extraction(replace(few_images, labels=None, query=None), tmp_path / "f.h5"))
    assert set(arrays(tmp_path / "f.h5")) == {"features"}


def test_a_dataset_of_features_is_refused(cache_dir, tmp_path):
    sample = Sample().load(tmp_path, cache_dir)
    with pytest.raises(InputError, match="--dataset: sample has features"):
        run(extraction(sample, tmp_path / "f.h5"))


def test_a_folder_that_cannot_be_made_is_named(few_images, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"-o: cannot write .*file"):
        run(extraction(few_images, tmp_path / "file" / "f.h5"))


def test_threads_and_algorithms_are_as_before_afterwards(few_images, tmp_path):
    from mihash_bench.deep.computing import reproducible

    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    threads = before[0] + 1
    with reproducible(threads):
        assert torch.get_num_threads() == threads
        assert torch.are_deterministic_algorithms_enabled()
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before
