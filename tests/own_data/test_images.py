"""Folders of images: one subfolder for each class."""

import numpy as np
import pytest

from mihash_bench.datasets.base import Dataset
from mihash_bench.errors import InputError
from mihash_bench.own_data.source import class_of_file, verify_file

from .conftest import imported

image = pytest.importorskip("PIL.Image", reason="needs the extra deep: pip install 'mihash-bench[deep]'")
pytestmark = pytest.mark.usefixtures("own_folder")
CLASSES = ("ant", "cat", "dog")


def pixels(seed, height=6, width=8):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Four images of each of three classes, of 8 x 6 pixels."""
    return write(tmp_path / "images", 4)


def write(path, count, first=0, **size):
    for place, name in enumerate(CLASSES):
        (path / name).mkdir(parents=True)
        for number in range(count):
            image.fromarray(pixels(first + 10 * place + number, **size)).save(path / name / f"{number}.png")
    return path


def loaded(seen, tmp_path) -> Dataset:
    return class_of_file(seen.path)().load(tmp_path, tmp_path / "cache")


def refusal(given, **changes):
    with pytest.raises(InputError) as caught:
        imported(given, **changes)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_images_become_a_dataset_of_images_with_the_folders_as_classes(folder, tmp_path):
    seen = imported(folder, queries=3)
    lines = list(seen.lines())
    assert lines[0] == "mine: 12 images of 8 x 6 pixels"
    assert lines[1] == "labels: 3 classes, one for each row; ant 4, cat 4, dog 4"
    assert not any("normalize" in line or "constant columns" in line for line in lines)
    dataset = loaded(seen, tmp_path)
    assert dataset.has_images
    assert dataset.features.shape == (12, 6, 8, 3)
    np.testing.assert_array_equal(dataset.features[5], pixels(11))
    np.testing.assert_array_equal(dataset.labels, np.repeat([0, 1, 2], 4))
    assert verify_file(seen.path).image == [6, 8]
    assert "12 images of 8 x 6 pixels, 3 named classes" in class_of_file(seen.path).__doc__


def test_a_second_folder_has_the_queries(folder, tmp_path):
    dataset = loaded(imported(folder, queries_file=write(tmp_path / "test", 2, first=100)), tmp_path)
    assert dataset.query.tolist() == [False] * 12 + [True] * 6
    np.testing.assert_array_equal(dataset.labels[12:], [0, 0, 1, 1, 2, 2])


def test_images_of_several_sizes_are_scaled_if_asked_to(folder, tmp_path):
    image.fromarray(pixels(99, 20, 30)).save(folder / "cat" / "z.png")
    assert "30 x 20 pixels, but" in refusal(folder)
    dataset = loaded(imported(folder, pixels=4), tmp_path)
    assert dataset.features.shape == (13, 4, 4, 3)
    expected = image.fromarray(pixels(99, 20, 30)[:, 5:25]).resize((4, 4), image.Resampling.BICUBIC)
    assert np.abs(dataset.features[8].astype(int) - np.asarray(expected)).max() <= 1


def test_other_formats_and_colors_become_red_green_and_blue(tmp_path):
    for name, mode, ending in (("a", "L", "bmp"), ("b", "RGBA", "png"), ("c", "P", "gif")):
        (tmp_path / "images" / name).mkdir(parents=True)
        image.fromarray(pixels(1)).convert(mode).save(tmp_path / "images" / name / f"1.{ending}")
    dataset = loaded(imported(tmp_path / "images", queries=1), tmp_path)
    grey = dataset.features[0]
    assert (grey == grey[:, :, :1]).all()
    np.testing.assert_array_equal(dataset.features[1], pixels(1))


def test_equal_images_are_counted_and_dropped(folder):
    image.fromarray(pixels(0)).save(folder / "dog" / "copy.png")
    seen = imported(folder, queries=3)
    assert (seen.repeats.copies, seen.repeats.other_labels) == (1, 1)
    assert imported(folder, queries=3, drop_duplicates=True, replace=True).about.rows == 12


def test_the_digest_knows_the_shape_of_images(folder):
    about = imported(folder, queries=3).about
    other = type(about).from_json(about.to_json().encode())
    assert other == about
    array = imported(np.zeros((12, 144), np.uint8), labels=np.arange(12) % 3, name="array").about
    assert "image" not in array.to_json()
    assert type(array).from_json(array.to_json().encode()).image == []


def test_files_that_are_no_images_are_refused_by_name(folder):
    (folder / "cat" / "notes.txt").write_text("x")
    assert "notes.txt is no image (allowed: files ending in .png" in refusal(folder)
    (folder / "cat" / "notes.txt").rename(folder / "cat" / "broken.png")
    assert "broken.png: not a readable image" in refusal(folder)
    content = (folder / "cat" / "0.png").read_bytes()
    (folder / "cat" / "broken.png").write_bytes(content[: len(content) // 2])
    assert "broken.png: not a readable image" in refusal(folder)


def test_hidden_files_are_passed_over(folder):
    (folder / ".DS_Store").touch()
    (folder / "cat" / ".DS_Store").touch()
    assert imported(folder, queries=3).about.rows == 12


def test_a_folder_without_classes_is_refused(folder, tmp_path):
    assert "0.png is no folder (allowed: one folder of images for each class)" in refusal(folder / "cat")
    (tmp_path / "empty").mkdir()
    assert "no images in it" in refusal(tmp_path / "empty")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"array": "X"}, "--array: given for a folder of images, which has no columns"),
        ({"query_column": "q"}, "--query-column: given for a folder of images"),
        ({"label_column": "y"}, "--label-column: given for a folder of images"),
        ({"pixels": 0}, "--pixels: 0 is not allowed (allowed: 1 to 4,096)"),
    ],
)
def test_options_of_tables_are_refused(changes, said, folder):
    assert said in refusal(folder, **changes)


def test_pixels_are_refused_for_a_file():
    with pytest.raises(InputError, match="--pixels: given for a file"):
        imported(pixels=8)


def test_an_image_with_too_many_pixels_is_refused(folder, monkeypatch):
    monkeypatch.setattr("mihash_bench.own_data.readers.images.MOST_PIXELS", 47)
    assert "not a readable image (8 x 6 pixels)" in refusal(folder)
