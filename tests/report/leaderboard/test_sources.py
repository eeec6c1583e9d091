"""What methods learn from, and which data are stand-ins."""

import numpy as np
import pytest

from mihash_bench.neighbors import SharedLabels
from mihash_bench.registry import METHODS
from mihash_bench.report.leaderboard.sources import learns_from, stand_in_note


@pytest.mark.parametrize(
    ("method", "first_label", "what"),
    [
        ("ridge", "0", "labels"), ("mihash", "0", "pairs, by label"), ("mihash", "-1", "pairs, by distance"),
        ("mihash", "", "pairs"), ("sketchhash", "0", "features"), ("lsh", "0", "nothing"), ("gone", "0", "not known"),
    ],
)  # fmt: skip
def test_methods_say_what_they_learn_from(method, first_label, what):
    assert learns_from("online", method, first_label) == what


def test_batch_methods_learn_from_labels():
    assert learns_from("batch-1", "sdh", "0") == "labels"


def codes(method_class, labels):
    X = np.random.default_rng(0).normal(size=(400, 20))
    method = method_class(8, random_state=0).start(X)
    return method.partial_fit(X, labels, neighbors=SharedLabels()).encode(X)


@pytest.mark.parametrize("name", [name for name in METHODS.names() if not METHODS.get(name).uses_neighbors])
def test_codes_of_methods_that_use_no_neighbors_do_not_depend_on_labels(name):
    rows = np.arange(400)
    assert np.array_equal(codes(METHODS.get(name), rows % 4), codes(METHODS.get(name), rows % 7))


@pytest.mark.parametrize(
    ("dataset", "title", "note"),
    [
        ("places205-synthetic (n=50000)", "any", "STAND-IN for Places205"),
        ("sample", "any", "STAND-IN for CIFAR-10 and LabelMe"),
        ("cifar10", "CIFAR-10", ""),
        ("cifar10", "CIFAR-10 file, 60,000 x 1,024",
         "STAND-IN for the authors' CIFAR-10 file, which has other features (4,096 columns)"),
        ("labelme (update_interval=2000)", "LabelMe (update_interval=2000)", ""),
        ("synthetic", "any", ""),
    ],
)  # fmt: skip
def test_data_that_stand_in_for_others_say_so(dataset, title, note):
    assert stand_in_note({"dataset": dataset, "dataset_title": title}) == note
