"""Files in the format of MatConvNet, in both of its layouts, and files that are not what they should be."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from mihash_bench.deep.backbones._matconvnet import read_matconvnet
from mihash_bench.errors import InputError

SHAPES = {"conv1": (5, 3, 3, 4), "fc2": (1, 1, 4, 6)}
SIDE = 7


def arrays() -> dict[str, Any]:
    """Random filters, biases and average image."""
    rng = np.random.default_rng(0)
    made: dict[str, Any] = {name: rng.normal(size=shape).astype(np.float32) for name, shape in SHAPES.items()}
    made["biases"] = {name: rng.normal(size=(1, shape[3])).astype(np.float32) for name, shape in SHAPES.items()}
    made["average"] = rng.uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)
    return made


def cell(*values: Any) -> np.ndarray:
    made = np.empty((1, len(values)), object)
    for place, value in enumerate(values):
        made[0, place] = value
    return made


def write_network(path: Path, made: dict[str, Any], *, old: bool = False) -> Path:
    """Write a file with the layers of MatConvNet: a cell of structures, among them layers without weights."""
    layers = []
    for name in SHAPES:
        if name in made:
            biases = made["biases"][name]
            weights = {"filters": made[name], "biases": biases} if old else {"weights": cell(made[name], biases)}
            layers.append({"type": "conv", "name": name, "stride": [[1.0, 1.0]], **weights})
            layers.append({"type": "relu", "name": f"relu_{name}"})
    normalization = {"imageSize": [[SIDE, SIDE, 3.0]], "averageImage": made["average"]}
    about = {"normalization": normalization} if old else {"meta": {"normalization": normalization}}
    scipy.io.savemat(path, {"layers": cell(*layers), **about})
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_matconvnet(path, SHAPES, SIDE)
    said = str(caught.value)
    assert "\n" not in said
    assert str(path) in said
    return said


@pytest.mark.parametrize("old", [False, True])
def test_filters_biases_and_the_average_image_are_read_in_both_layouts(old: bool, tmp_path: Path) -> None:
    made = arrays()
    found = read_matconvnet(write_network(tmp_path / "net.mat", made, old=old), SHAPES, SIDE)
    for name, shape in SHAPES.items():
        height, width, channels, number = shape
        assert found.filters[name].shape == (number, channels, height, width)
        assert found.filters[name][3, 2, 0, 0] == made[name][0, 0, 2, 3]
        np.testing.assert_array_equal(found.filters[name], np.moveaxis(made[name], (3, 2), (0, 1)))
        np.testing.assert_array_equal(found.biases[name], made["biases"][name][0])
    np.testing.assert_array_equal(found.average, made["average"].transpose(2, 0, 1))


def test_rows_and_columns_of_filters_are_not_exchanged(tmp_path: Path) -> None:
    made = arrays()
    found = read_matconvnet(write_network(tmp_path / "net.mat", made), SHAPES, SIDE)
    assert found.filters["conv1"][0, 0, 4, 1] == made["conv1"][4, 1, 0, 0]


def test_a_missing_layer_is_named(tmp_path: Path) -> None:
    made = arrays()
    del made["fc2"]
    assert "layer fc2 is missing" in refusal(write_network(tmp_path / "net.mat", made))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"conv1": np.zeros((3, 3, 3, 4))}, "the filters of conv1: float64 of shape (3, 3, 3, 4) (allowed"),
        ({"average": np.zeros((SIDE, SIDE))}, "the average image: float64 of shape (7, 7) (allowed: numbers of"),
        ({"average": np.full((SIDE, SIDE, 3), np.nan)}, "the average image: NaN or infinity"),
        ({"biases": {"conv1": np.zeros((1, 4)), "fc2": np.zeros((1, 5))}}, "the biases of fc2: float64 of shape (5,)"),
        ({"conv1": "text"}, "the filters of conv1: missing"),
    ],
)  # fmt: skip
def test_other_shapes_are_refused_by_name(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in refusal(write_network(tmp_path / "net.mat", arrays() | change))


def test_a_file_without_an_average_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.mat"
    content = scipy.io.loadmat(write_network(path, arrays()))
    scipy.io.savemat(path, {"layers": content["layers"]})
    assert "the average image: missing" in refusal(path)


@pytest.mark.parametrize("damage", ["cut", "text", "other"])
def test_damaged_and_other_files_are_refused(damage: str, tmp_path: Path) -> None:
    path = write_network(tmp_path / "net.mat", arrays())
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-500])
    elif damage == "text":
        path.write_bytes(b"no MATLAB file" * 100)
    else:
        scipy.io.savemat(path, {"x": np.zeros(3)})
    refusal(path)
